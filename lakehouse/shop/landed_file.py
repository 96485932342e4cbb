"""A delivered file as data: its name, day, size, and what was counted in it. Looking at files belongs in `ingestion/files/file_inspection`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from lakehouse.shop.inputs import Input
from lakehouse.shop.layout import Contents
from lakehouse.shop.location import Location


@dataclass(frozen=True)
class LandedFile:
    """One file of one day: its name below the landing folder, where it lies, and what it holds (header and blank lines are no rows)."""

    name: str
    path: Location
    day: date
    size_bytes: int = 0
    modified_at: datetime | None = None
    contents: Contents = field(default_factory=Contents)
    sha256: str = ""

    def rescued(self, entry: Input) -> tuple[str, ...]:
        """The columns that the input does not name, in the order of the file."""
        named = set(entry.sources.values())
        return tuple(name for name in self.contents.header if name not in named)

    def unsaid(self, entry: Input) -> tuple[str, ...]:
        """The input's columns, by the file's names, that none of its rows says anything of."""
        return tuple(name for name in entry.sources.values() if self.contents.rows and name not in self.contents.header)

    @property
    def stamp(self) -> tuple[str, int, datetime | None]:
        """What tells one delivery from another without reading it."""
        return self.name, self.size_bytes, self.modified_at
