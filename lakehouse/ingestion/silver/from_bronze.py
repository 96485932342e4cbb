"""A read kind for checking: what silver should hold, made of bronze without silver. Making silver belongs in `canonical` and `quarantine`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from lakehouse.errors import LakeError
from lakehouse.ingestion.silver.canonical import Selected, select_canonical
from lakehouse.tables.reads import ahead
from lakehouse.tables.standing import quarantine_version

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.days import DayRange
    from lakehouse.shop.source import CanonicalName, Shop
    from lakehouse.tables.run import Run

# Which landed line it is: the quarantine's primary key.
LINE = ["source_file", "source_sha256", "source_row"]


@dataclass(frozen=True)
class FromBronze(Selected):
    """The shop's SELECT over bronze for the days written and `before` more, without the lines that stand in quarantine.

    Every landed line is published or stands there, so what is left is what silver must hold; no rule is judged a second time.
    """

    before: int = 0

    @property
    def days_back(self) -> int | None:
        return self.before

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        return ahead(days, self.before)

    def looks_at(self, days: Iterable[date]) -> set[date]:
        """None: what is held against bronze is not made of it."""
        return set()

    def resolve(self, run: Run, name: str) -> DataFrame:
        wide = run.days.widen(before=self.before)
        rows = select_canonical(replace(run, asked=wide, written=tuple(wide)), self.canonical).where("is_written")
        if not run.lake.shop.has(self.canonical):
            return rows
        return rows.join(_set_aside(run, self.canonical, wide), LINE, "left_anti")


def from_bronze(canonical: CanonicalName, before: int = 0) -> FromBronze:
    """Read what bronze has for the days written, and `before` more days before them, of a canonical table of events."""
    return FromBronze(canonical, before)


def _set_aside(run: Run, canonical: CanonicalName, days: DayRange) -> DataFrame:
    """The lines of those days that stand in quarantine, by the version that silver names. Raises LakeError where silver was never published."""
    version = quarantine_version(run.lake, f"silver.{canonical}")
    if version is None:
        raise LakeError(f"silver.{canonical} was never published; ./greenhouse run builds what was delivered")
    run.input_versions[f"quarantine.{canonical}"] = version
    return run.read(f"quarantine.{canonical}", days).select(*LINE)
