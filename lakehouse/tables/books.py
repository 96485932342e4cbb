"""The figures of one silver publish: the lines of each file day that it read, and what became of those of the days it wrote.

They stand in the commit's metadata, where `reconcile` reads them. Counting and judging them belongs in `conservation`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

PUBLISHED = "published"


@dataclass(frozen=True)
class FileDay:
    """The lines that one day's files have of an input; of them `left_out`, by name, those that are not for the table."""

    file_day: date
    lines: int
    left_out: dict[str, int]


@dataclass(frozen=True)
class Written:
    """The lines of a file day that belong to one day written, by what became of them: `published`, or an outcome of quarantine."""

    day: date
    file_day: date
    outcomes: dict[str, int]


@dataclass(frozen=True)
class Books:
    """One publish's figures of the input that its table accounts for."""

    input: str
    read: tuple[FileDay, ...]
    written: tuple[Written, ...]

    def totals(self) -> Counter[str]:
        """The lines of the days written, by what became of them."""
        return sum((Counter(each.outcomes) for each in self.written), Counter())

    def as_json(self) -> dict[str, Any]:
        """For a commit's metadata."""
        written: dict[str, dict[str, dict[str, int]]] = {}
        for each in self.written:
            written.setdefault(str(each.day), {})[str(each.file_day)] = each.outcomes
        read = {str(each.file_day): {"lines": each.lines, "left_out": each.left_out} for each in self.read}
        return {"input": self.input, "read": read, "written": written}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Books:
        """What `as_json` made."""
        read = tuple(FileDay(date.fromisoformat(day), each["lines"], each["left_out"]) for day, each in said["read"].items())
        return cls(said["input"], read, tuple(_written(said["written"])))


def _written(said: dict[str, dict[str, dict[str, int]]]) -> Iterator[Written]:
    for day, of_files in said.items():
        for file_day, outcomes in of_files.items():
            yield Written(date.fromisoformat(day), date.fromisoformat(file_day), outcomes)
