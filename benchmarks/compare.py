"""Times two ways of doing the same work against each other, on a machine that is never quiet.

Rounds are interleaved (A B A B …), so that what else runs slows both; ratios are taken pair by pair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Self

ROUNDS = 5


@dataclass(frozen=True)
class Comparison:
    """Seconds of each round of both ways. `at_most`: the ratio promised, None where nothing is."""

    name: str
    ours: tuple[float, ...]
    peer: tuple[float, ...]
    at_most: float | None

    @classmethod
    def warmed_up(cls, name: str, pairs: Sequence[tuple[float, ...]], at_most: float | None) -> Self:
        """Of pairs of seconds (ours, peer), the first of which warmed up and does not count."""
        ours, peer = zip(*pairs[1:], strict=True)
        return cls(name, ours, peer, at_most)

    @property
    def ratio(self) -> float:
        """The median of the pairs' ratios."""
        return median(ours / peer for ours, peer in zip(self.ours, self.peer, strict=True))

    @property
    def holds(self) -> bool:
        return self.at_most is None or self.ratio <= self.at_most

    def __str__(self) -> str:
        limit = "" if self.at_most is None else f" (at most {self.at_most:g}: {'holds' if self.holds else 'BROKEN'})"
        return f"{self.name}: ours {_spread(self.ours)}, peer {_spread(self.peer)}, ratio {self.ratio:.2f}{limit}"


def compare(
    name: str,
    ours: Callable[[], object],
    peer: Callable[[], object],
    rounds: int = ROUNDS,
    at_most: float | None = None,
) -> Comparison:
    """Run both once to warm up, then `rounds` times in turn, each going first every other time."""
    ours(), peer()
    pairs = []
    for number in range(rounds):
        first, second = (ours, peer) if number % 2 == 0 else (peer, ours)
        times = seconds(first), seconds(second)
        pairs.append(times if number % 2 == 0 else times[::-1])
    mine, others = zip(*pairs, strict=True)
    return Comparison(name, mine, others, at_most)


def seconds(work: Callable[[], object]) -> float:
    """How long the work takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def _spread(seconds: tuple[float, ...]) -> str:
    return f"{median(seconds):.2f} s ({min(seconds):.2f}-{max(seconds):.2f})"
