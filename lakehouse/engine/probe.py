"""Whether a Spark Connect server answers: within seconds where it is dead, patiently where it is only busy."""

from __future__ import annotations

import socket
import uuid
from dataclasses import dataclass
from enum import StrEnum

from lakehouse.engine import calls
from lakehouse.engine.state import Endpoint

TRIES = 3
TRY_SECONDS = 10.0
CONNECT_SECONDS = 3.0
PROBE_USER = "greenhouse-probe"


class Answer(StrEnum):
    """What a probe found."""

    OK = "ok"
    DEAD = "dead"
    """Nothing listens there."""
    HUNG = "hung"
    """Something listens and never answers."""
    REFUSED = "refused"
    """It answers, and does not accept the token or the session."""


@dataclass(frozen=True)
class Probe:
    """What was found, with the server's Spark version or its own words."""

    answer: Answer
    detail: str


def probe(endpoint: Endpoint, tries: int = TRIES, seconds: float = TRY_SECONDS) -> Probe:
    """Ask the server for its version, `tries` times for `seconds` each before it is called hung."""
    session_id = str(uuid.uuid5(uuid.NAMESPACE_URL, endpoint.identity))  # one session for all probes of a server
    return probe_session(endpoint, session_id, PROBE_USER, None, tries, seconds)


def probe_session(
    endpoint: Endpoint,
    session_id: str,
    user_id: str,
    server_session: str | None,
    tries: int = TRIES,
    seconds: float = TRY_SECONDS,
) -> Probe:
    """The same, asked in the name of one session: REFUSED where the server no longer has it."""
    if (problem := _connect_problem(endpoint)) is not None:
        return Probe(Answer.DEAD, problem)
    found = Probe(Answer.HUNG, f"no answer in {tries} tries")
    for _ in range(tries):
        found = _ask(endpoint, session_id, user_id, server_session, seconds)
        if found.answer is not Answer.HUNG:
            break
    return found


def _connect_problem(endpoint: Endpoint) -> str | None:
    """Why no TCP connection can be made; None where it can."""
    try:
        socket.create_connection((endpoint.host, endpoint.port), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        return error.strerror or str(error)
    return None


def _ask(endpoint: Endpoint, session_id: str, user_id: str, server_session: str | None, seconds: float) -> Probe:
    calls.silence_grpc()
    import grpc

    try:
        with calls.peer(endpoint, session_id, user_id) as peer:
            return Probe(Answer.OK, calls.spark_version(peer, seconds, server_session))
    except grpc.RpcError as error:
        answers = {grpc.StatusCode.DEADLINE_EXCEEDED: Answer.HUNG, grpc.StatusCode.UNAVAILABLE: Answer.DEAD}
        return Probe(answers.get(error.code(), Answer.REFUSED), (error.details() or error.code().name)[:200])
