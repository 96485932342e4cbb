"""File locks that the kernel drops when the last process holding them ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lakehouse.errors import EngineError

POLL_SECONDS = 0.05


def open_lock(path: Path) -> int:
    """Open (or make) the lock file, readable by its owner only; returns a descriptor that no child inherits unasked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_lock(descriptor: int) -> bool:
    """Take the lock if nobody holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_within(descriptor: int, seconds: float) -> bool:
    """Take the lock, waiting for at most `seconds`; says whether it was got."""
    deadline = time.monotonic() + seconds
    while not try_lock(descriptor):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def is_held(path: Path) -> bool:
    """Whether some process holds the lock now."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)


def freed_within(path: Path, seconds: float) -> bool:
    """Wait until nobody holds the lock, for at most `seconds`; says whether it became free."""
    deadline = time.monotonic() + seconds
    while is_held(path):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


@contextmanager
def exclusive(path: Path, seconds: float, what: str) -> Iterator[None]:
    """Hold the lock for a block; EngineError naming `what` where it is not free within `seconds`."""
    descriptor = open_lock(path)
    try:
        if not lock_within(descriptor, seconds):
            raise EngineError(f"Waited {seconds:.0f} s for another process that is {what}: look at {path.parent}.")
        yield
    finally:
        os.close(descriptor)
