"""The one Spark session of a process, on the local engine or on the cluster that SPARK_REMOTE names."""

from __future__ import annotations

import atexit
import functools
import logging
import os
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lakehouse.engine import calls
from lakehouse.engine.orphans import CLOSING_SECONDS, Claim, claim, end_claim, reap
from lakehouse.engine.probe import Answer, probe, probe_session
from lakehouse.engine.server import start
from lakehouse.engine.state import Endpoint, files
from lakehouse.errors import EngineError
from lakehouse.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DEFAULT_PORT = 15002
USER = "greenhouse"
CLIENT_LOGS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger", "pyspark.sql.connect.logging")

# What a cluster must share with the local engine for the same code to mean the same there.
_SESSION_CONFIGURATION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.connect.serverStacktrace.enabled": "false",
    "spark.sql.pyspark.jvmStacktrace.enabled": "false",
}


@dataclass(frozen=True)
class _Open:
    """The session this process has open, and by which claim."""

    endpoint: Endpoint
    claim: Claim
    spark: SparkSession


_lock = threading.RLock()
_open: _Open | None = None


def session(settings: Settings) -> SparkSession:
    """Return this process's Spark session, opening it (and starting the local engine) where there is none that works.

    Before it is returned, what dead processes left running is ended. Raises EngineError within seconds where the
    server cannot be reached.
    """
    global _open
    with _lock:
        endpoint = _endpoint(settings)
        if _open is None or not _works(_open, endpoint):
            _forget()
            _open = _connect(settings, endpoint)
        else:
            reap(settings, endpoint)  # a process may have died since, in the middle of what this one is about to write
        return _open.spark


def close() -> None:
    """End this process's session: what it still runs is interrupted and seen to end. Without one, nothing happens."""
    global _open
    with _lock:
        closing, _open = _open, None
        if closing is None:
            return
        with suppress(EngineError):  # what could not be ended now is found by the next process's `reap_orphans`
            end_claim(closing.claim, closing.endpoint, CLOSING_SECONDS)
        os.close(closing.claim.descriptor)
        _discard(closing.spark)


def reap_orphans(settings: Settings) -> int:
    """End what dead processes of this home left running on the server; how many sessions were ended.

    Call it before a write is tried again: once it returns, no killed attempt can commit any more.
    """
    return reap(settings, _endpoint(settings))


def _endpoint(settings: Settings) -> Endpoint:
    """The server to use, known to answer."""
    if settings.spark_remote is None:
        return start(settings).endpoint
    endpoint = remote_endpoint(settings.spark_remote)
    found = probe(endpoint)
    if found.answer is not Answer.OK:
        raise EngineError(
            f"The Spark server {endpoint.identity} (SPARK_REMOTE) is {found.answer}: {found.detail.rstrip('.')}. "
            "Check the address and its token, or unset SPARK_REMOTE to use the local engine."
        )
    return endpoint


def remote_endpoint(url: str) -> Endpoint:
    """Read a `sc://host:port/;name=value` address; EngineError where it is none."""
    parts = urlsplit(url)
    if parts.scheme != "sc" or not parts.hostname:
        raise EngineError("SPARK_REMOTE must look like sc://host:15002, with parameters after `/;`.")
    port = parts.port or DEFAULT_PORT
    return Endpoint(url if "/" in parts.path else f"{url}/", parts.hostname, port, f"sc://{parts.hostname}:{port}")


def _works(current: _Open, endpoint: Endpoint) -> bool:
    """Whether the open session is this process's own, on this server, and still known there."""
    if current.endpoint != endpoint or current.spark.client.is_closed:
        return False
    client = current.spark.client
    found = probe_session(endpoint, client._session_id, current.claim.user_id, client._server_session_id)
    return found.answer is Answer.OK


def _connect(settings: Settings, endpoint: Endpoint) -> _Open:
    reap(settings, endpoint)
    calls.silence_grpc()
    held = claim(files(settings).sessions, str(uuid.uuid4()), _user(endpoint), endpoint)
    spark = _new_session(settings, endpoint, held)
    atexit.unregister(close)
    atexit.register(close)  # registered after the client's own hook, so it runs before it
    _watch_forks()
    return _Open(endpoint, held, spark)


def _new_session(settings: Settings, endpoint: Endpoint, held: Claim) -> SparkSession:
    from pyspark.sql import SparkSession

    _silence_client()
    url = f"{endpoint.url.rstrip(';')};session_id={held.session_id}"
    if ";user_id=" not in url:
        url += f";user_id={held.user_id}"
    builder = SparkSession.builder.remote(url)
    if settings.spark_remote is not None:
        for name, value in _SESSION_CONFIGURATION.items():
            builder = builder.config(name, value)
    spark = builder.create()
    _limit_retries(spark, local=settings.spark_remote is None)
    return spark


def _silence_client() -> None:
    """Spark's client repeats every server error, plan and all, as a line of JSON on stderr; the exception says it already.

    By level: the client's own way, `disabled`, is undone by whoever configures logging after it, as each Dagster run does.
    """
    for repeats in CLIENT_LOGS:
        logging.getLogger(repeats).setLevel(logging.CRITICAL + 1)


def _limit_retries(spark: SparkSession, local: bool) -> None:
    """The client retries for ten minutes by default; a local engine that is gone does not come back at its address."""
    from pyspark.sql.connect.client.retries import DefaultPolicy

    tries, longest_milliseconds = (5, 1_000) if local else (8, 15_000)
    spark.client.set_retry_policies([DefaultPolicy(max_retries=tries, max_backoff=longest_milliseconds)])


def _user(endpoint: Endpoint) -> str:
    """The user named in the address, else Greenhouse's own: other tools' sessions are never touched."""
    named = [part.removeprefix("user_id=") for part in endpoint.url.split(";") if part.startswith("user_id=")]
    return named[0] if named else USER


@functools.cache
def _watch_forks() -> None:
    os.register_at_fork(after_in_child=_let_go_after_fork)


def _let_go_after_fork() -> None:
    """A forked child would keep the parent's lock after the parent's death; it opens a session of its own."""
    global _open, _lock
    _lock = threading.RLock()
    if _open is not None:
        from pyspark.sql.connect.session import SparkSession as ConnectSession

        os.close(_open.claim.descriptor)
        ConnectSession._default_session = None
        ConnectSession._active_session = threading.local()
        _open = None


def _forget() -> None:
    """Drop a session that no longer works; its claim stays for `reap` where the server may still run its work."""
    global _open
    if _open is not None:
        os.close(_open.claim.descriptor)
        _discard(_open.spark)
        _open = None


def _discard(spark: SparkSession) -> None:
    """Close the client without asking the server, which may be gone."""
    spark.release_session_on_close = False  # type: ignore[attr-defined]
    spark.stop()
