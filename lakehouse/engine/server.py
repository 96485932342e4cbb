"""The life of a home's local engine: start, status, stop, logs. What it is started with stands in `launch`."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lakehouse.engine.jars import jar_folder
from lakehouse.engine.launch import launch
from lakehouse.engine.locks import exclusive, freed_within, is_held, lock_within, open_lock
from lakehouse.engine.probe import Answer, probe
from lakehouse.engine.state import (
    EngineFiles,
    EngineState,
    files,
    read_state,
    spark_version,
    write_state,
)
from lakehouse.errors import EngineError
from lakehouse.private import keep_private
from lakehouse.settings import Settings

_log = logging.getLogger(__name__)
READY_SECONDS = 120.0
STOP_SECONDS = 20.0
KILL_SECONDS = 20.0
START_LOCK_SECONDS = READY_SECONDS + 60


@dataclass(frozen=True)
class EngineStatus:
    """What is there: `answer` of its probe (None where no process lives) and what its starter wrote down."""

    answer: Answer | None
    detail: str
    state: EngineState | None


def status(settings: Settings) -> EngineStatus:
    """Look at the local engine without changing anything."""
    state = read_state(settings)
    if not is_held(files(settings).alive_lock):
        return EngineStatus(None, "not running", None)
    if state is None or state.pid != _written_pid(files(settings)):
        return EngineStatus(Answer.DEAD, "starting", None)
    found = probe(state.endpoint)
    return EngineStatus(found.answer, found.detail, state)


def start(settings: Settings) -> EngineState:
    """Return the engine that answers, starting one where none does; a hung one is killed and waited for first.

    Raises EngineError where none can be had: no JARs, a lake in another engine's hands, a start that failed.
    """
    keep_private(settings)
    if (state := _usable(settings)) is not None:
        return state
    where = files(settings)
    with exclusive(where.start_lock, START_LOCK_SECONDS, "starting the engine"):
        if (state := _usable(settings)) is not None:
            return state
        _end(where, grace=0.0)
        return _start(settings, where)


def stop(settings: Settings) -> bool:
    """End the engine: asked first, killed after 20 s; says whether there was one."""
    where = files(settings)
    if not where.folder.exists():
        return False
    with exclusive(where.start_lock, START_LOCK_SECONDS, "starting the engine"):
        return _end(where, grace=STOP_SECONDS)


def logs(settings: Settings, lines: int = 50) -> list[str]:
    """The last lines the engine wrote."""
    try:
        return files(settings).log.read_text(errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []


def _usable(settings: Settings) -> EngineState | None:
    """The running engine if it answers; EngineError where it answers but is not the one these settings need."""
    found = status(settings)
    if found.answer is not Answer.OK or found.state is None:
        return None
    if found.state.lake != settings.lake:
        raise EngineError(
            f"This home's engine works on the lake {found.state.lake}, not on {settings.lake}: "
            "run `greenhouse engine stop` first, or give the other lake a home of its own (GREENHOUSE_HOME)."
        )
    if found.state.spark != spark_version():
        raise EngineError(
            f"The running engine is Spark {found.state.spark}, this Greenhouse needs {spark_version()}: "
            "run `greenhouse engine stop`; the next command starts the right one."
        )
    return found.state


def _start(settings: Settings, where: EngineFiles) -> EngineState:
    where.folder.mkdir(parents=True, exist_ok=True)
    for stale in (where.state, where.pid):
        stale.unlink(missing_ok=True)
    shutil.rmtree(where.temporary, ignore_errors=True)
    if where.log.exists():
        where.log.replace(where.log.with_suffix(".log.1"))
    held: list[int] = []
    try:
        held.append(_taken(where.alive_lock, "This home's engine is being stopped: try again in a moment."))
        held += _lake_lock(settings)
        return _launch(settings, where, tuple(held))
    finally:
        for descriptor in held:
            os.close(descriptor)


def _launch(settings: Settings, where: EngineFiles, held: tuple[int, ...]) -> EngineState:
    port, token = free_port(), secrets.token_urlsafe(32)
    _log.info("starting the Spark engine")
    process = launch(settings, where, port, token, held)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    jars = str(jar_folder(settings))
    state = EngineState(process.pid, port, token, now, jars, settings.engine_memory, settings.lake, spark_version())
    _await_ready(process, state, where)
    write_state(settings, state)
    return state


def _await_ready(process: subprocess.Popen, state: EngineState, where: EngineFiles) -> None:
    """Wait until it answers; a start that failed or takes too long leaves no process behind."""
    deadline = time.monotonic() + READY_SECONDS
    while probe(state.endpoint, tries=1).answer is not Answer.OK:
        if process.poll() is not None:
            raise EngineError(f"The engine ended while starting: {_last_words(where)}. The rest is in {where.log}.")
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise EngineError(f"The engine did not answer within {READY_SECONDS:.0f} s: look at {where.log}.")
        time.sleep(0.1)


def _lake_lock(settings: Settings) -> list[int]:
    """The lock that makes this engine the lake's only writer; an object store has none and needs none."""
    if settings.lake_folder is None:
        return []
    path = settings.lake_folder / ".engine.lock"
    owner = path.read_text().strip() if path.exists() else ""
    descriptor = _taken(
        path,
        f"The lake {settings.lake} is in use by the engine of another home ({owner or 'unknown'}): "
        f"stop that one (GREENHOUSE_HOME={owner} greenhouse engine stop) or set GREENHOUSE_LAKE to another folder.",
    )
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(settings.home).encode(), 0)
    return [descriptor]


def _taken(path: Path, refusal: str) -> int:
    """A descriptor holding the lock; another's glance at it (`is_held`) takes it for an instant, hence the wait."""
    descriptor = open_lock(path)
    if lock_within(descriptor, 1.0):
        return descriptor
    os.close(descriptor)
    raise EngineError(refusal)


def _end(where: EngineFiles, grace: float) -> bool:
    """End whatever process holds this home's engine lock and wait until the kernel has let go of it."""
    if not is_held(where.alive_lock):
        return False
    pid = _written_pid(where)
    if pid is None:
        raise EngineError(f"An engine runs, but {where.pid} does not say which process: end it by hand.")
    ended = grace > 0 and _signal(pid, signal.SIGTERM) and freed_within(where.alive_lock, grace)
    if not ended:
        _signal(pid, signal.SIGKILL)
        if not freed_within(where.alive_lock, KILL_SECONDS):
            raise EngineError(f"The engine (process {pid}) does not end, not even when killed.")
    where.state.unlink(missing_ok=True)
    return True


def _signal(pid: int, number: signal.Signals) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
    return True


def _written_pid(where: EngineFiles) -> int | None:
    try:
        return int(where.pid.read_text())
    except (FileNotFoundError, ValueError):
        return None


def free_port() -> int:
    """A port of this machine that nothing listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _last_words(where: EngineFiles) -> str:
    lines = [line for line in where.log.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "Exception" in line or "Error" in line or "ERROR" in line]
    return (telling[-1:] or lines[-1:] or ["it said nothing"])[0].strip()[:200].rstrip(".")
