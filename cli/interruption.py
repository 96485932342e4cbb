"""Ctrl-C and SIGTERM: what is under way ends, and one sentence says what stands. Exit codes 130 and 143, as a shell has them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from lakehouse.errors import Interrupted

NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}
_received, _woken = os.pipe()  # whoever handles a signal, its number is written here: Dagster puts handlers of its own in the place of ours


@contextmanager
def watching() -> Iterator[None]:
    """Let both signals raise Interrupted. Whoever started us with SIGINT ignored (nohup, a script's &) keeps it ignored."""
    before = {each: signal.getsignal(each) for each in NAMES}
    for end in (_received, _woken):
        os.set_blocking(end, False)
    woken_before = signal.set_wakeup_fd(_woken, warn_on_full_buffer=False)
    # Dagster gives SIGTERM whatever SIGINT has: an ignored SIGINT would make both be ignored, so ours stands in its place.
    signal.signal(signal.SIGINT, _nothing_at_ctrl_c if before[signal.SIGINT] is signal.SIG_IGN else _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken_before)
        for each, handler in before.items():
            signal.signal(each, handler)


def end(said: str) -> NoReturn:
    """Say what was interrupted, and by what, and end with its exit code; a further signal ends the process at once."""
    number = _first_received()
    for each in NAMES:
        signal.signal(each, signal.SIG_DFL)
    print(f"greenhouse: interrupted by {NAMES[number]}: {said}", file=sys.stderr, flush=True)
    sys.exit(128 + number)


def _first_received() -> signal.Signals:
    return next((signal.Signals(number) for number in _drained() if number in NAMES), signal.SIGINT)


def _drained() -> bytes:
    try:
        return os.read(_received, 4096)
    except BlockingIOError:
        return b""


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted


def _nothing_at_ctrl_c(number: int, frame: FrameType | None) -> None:
    if number != signal.SIGINT:
        raise Interrupted
    _drained()
