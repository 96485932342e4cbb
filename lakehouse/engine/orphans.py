"""What processes leave behind on a Spark server when they die: found, interrupted, and seen to end.

Every session is claimed by a file that its process keeps locked. The kernel drops the lock however the process ends, so
a file that can be locked names a session without an owner, whose work may still be running and commit later.
"""

from __future__ import annotations

import json
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from lakehouse.engine import calls
from lakehouse.engine.locks import open_lock, try_lock
from lakehouse.engine.state import LOCAL, Endpoint, files
from lakehouse.errors import EngineError
from lakehouse.settings import Settings

END_SECONDS = 60.0
CLOSING_SECONDS = 10.0
POLL_SECONDS = 0.1
_GONE = ("SESSION_NOT_FOUND", "SESSION_CLOSED", "SESSION_CHANGED")


@dataclass(frozen=True)
class Claim:
    """One session and the file that claims it; `descriptor` holds the file's lock."""

    path: Path
    descriptor: int
    session_id: str
    user_id: str


def claim(folder: Path, session_id: str, user_id: str, endpoint: Endpoint) -> Claim:
    """Claim a session for this process's life. The file appears locked, so that no reaper takes it for an orphan's."""
    path = folder / f"{session_id}.json"
    draft = path.with_suffix(".tmp")
    descriptor = open_lock(draft)
    try_lock(descriptor)
    content = {
        "session_id": session_id,
        "user_id": user_id,
        "server": endpoint.identity,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "folder": str(folder),
    }
    os.write(descriptor, json.dumps(content).encode())
    draft.rename(path)
    return Claim(path, descriptor, session_id, user_id)


def reap(settings: Settings, endpoint: Endpoint) -> int:
    """End the sessions of this host's dead processes on this server; how many.

    Raises EngineError where an operation does not end within a minute of being interrupted.
    """
    count = 0
    for path in sorted(files(settings).sessions.glob("*.json")):
        if (orphan := _orphan(path, endpoint)) is not None:
            try:
                end_claim(orphan, endpoint)
                count += 1
            finally:
                os.close(orphan.descriptor)
    return count


def end_claim(held: Claim, endpoint: Endpoint, seconds: float = END_SECONDS) -> None:
    """Interrupt what the session runs, wait until all of it has ended, release the session, remove the claim.

    Raises EngineError where that cannot be seen through; the claim then stays for the next reaper.
    """
    calls.silence_grpc()
    import grpc

    try:
        with calls.peer(endpoint, held.session_id, held.user_id) as peer:
            _end_operations(peer, seconds)
            calls.release_session(peer)  # from here on the server refuses what might still arrive in its name
    except grpc.RpcError as error:
        detail = error.details() or error.code().name
        if not any(gone in detail for gone in _GONE):
            raise EngineError(f"The work of a dead process could not be ended: the server said {detail[:200]}.") from error
    held.path.unlink(missing_ok=True)


def _end_operations(peer: calls.Peer, seconds: float) -> None:
    deadline, interrupted = time.monotonic() + seconds, set[str]()
    while (new := calls.interrupt_all(peer)) | calls.unfinished(peer):
        interrupted |= new
        _release_done(peer, calls.terminating(peer) - interrupted)
        if time.monotonic() > deadline:
            raise EngineError(
                f"Work left by a dead process does not end within {seconds:.0f} s of being interrupted: wait and try "
                "again, or end it with its engine (`greenhouse engine stop`)."
            )
        time.sleep(POLL_SECONDS)


def _release_done(peer: calls.Peer, done: set[str]) -> None:
    """Drop what was done before its process died and never fetched: unreleased, it would count as unfinished for a day.

    Raises EngineError where it turns out that an earlier reaper had interrupted it: released, its end can no longer be seen.
    """
    for operation in done:
        calls.release(peer, operation)
    if done & calls.cancelled(peer):
        raise EngineError(
            "Work left by a dead process was interrupted before and never ended: end it with its engine (`greenhouse engine stop`)."
        )


def _orphan(path: Path, endpoint: Endpoint) -> Claim | None:
    """The claim of a dead process on this server, now held by us; None where it is not ours to end."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:  # another reaper was faster
        return None
    if try_lock(descriptor) and path.exists():
        content = json.loads(path.read_text())
        if _is_copied(content, path):
            path.unlink(missing_ok=True)
        elif content["host"] == socket.gethostname() and content["server"] == endpoint.identity:
            return Claim(path, descriptor, content["session_id"], content["user_id"])
        elif _died_with_its_engine(content["server"], endpoint):
            path.unlink(missing_ok=True)
    os.close(descriptor)
    return None


def _is_copied(content: dict[str, str], path: Path) -> bool:
    """Whether it came here with a copied home: nobody holds it here, but the process it names may live, and is its own home's to see to."""
    folder = Path(content.get("folder", path.parent))
    return folder != path.parent and folder.exists()


def _died_with_its_engine(server: str, endpoint: Endpoint) -> bool:
    """A home has one local engine: the work of an earlier one ended with that one's process."""
    return server.startswith(LOCAL) and endpoint.identity.startswith(LOCAL) and server != endpoint.identity
