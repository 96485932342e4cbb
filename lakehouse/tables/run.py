"""What one publish knows while it computes: the days it writes and the versions it reads. Deciding what to run belongs in orchestration."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lakehouse.days import DayRange

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.shop.landed_file import LandedFile
    from lakehouse.tables.audit_report import CheckResult
    from lakehouse.tables.lake import Lake
    from lakehouse.tables.registry import Table


@dataclass
class RunInfo:
    """One run over any number of tables: who asked, which code, and what was fixed when it started.

    `pins` holds, as text, what every table of the run must see alike (the serving model's version, say), in whichever
    process it is computed. `only_columns`: the columns of its tables to be written, the others staying as they stand.
    `catches_up`: it builds, with the days asked for, all that nights before it left unbuilt. `from_first_day`: of a shop of which nothing
    was landed yet it takes all that was delivered since its first day.
    """

    run_id: str
    asked_by: str
    code_version: str
    pins: MutableMapping[str, str] = field(default_factory=dict)
    only_columns: tuple[str, ...] = ()
    catches_up: bool = False
    from_first_day: bool = False


@dataclass(frozen=True)
class Landing:
    """What a publish of bronze takes in: the files with new lines, and the ledgers' rows of every delivery and pull."""

    files: Sequence[LandedFile] = ()
    deliveries: Sequence[dict[str, Any]] = ()
    pulls: Sequence[dict[str, Any]] = ()
    landed_at: datetime | None = None


NOTHING_LANDED = Landing()


@dataclass(frozen=True)
class Served:
    """The model version that a run scores by."""

    name: str
    version: int


@dataclass
class Run:
    """One table being computed. `asked` are the days asked for, `written` all that it writes with them, `built` those that were before.

    `unfinished`: of those written the days that only late rows are known of, their own file being still to come.
    `refused`: days not to be written beside those asked for, each with the sentence why. `known_checks` hold what was found out before any row was computed.
    `most_here`: how many of its rows may be held here, None where more are to be expected.
    `rows_read`: the rows of each read of an upstream so far, None where they are not few. `is_rebuild`: a table that merges is made anew.
    `notes`: what whoever watches is told. `landing`: what it takes in; of other tables than bronze nothing. `serving`: the model version that it scores by.
    """

    lake: Lake
    table: Table
    asked: DayRange
    info: RunInfo
    publish_id: str
    written: tuple[date, ...] = ()
    built: frozenset[date] = frozenset()
    unfinished: frozenset[date] = frozenset()
    refused: Mapping[date, str] = field(default_factory=dict)
    is_rebuild: bool = False
    known_checks: tuple[CheckResult, ...] = ()
    input_versions: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    landing: Landing = NOTHING_LANDED
    serving: Served | None = None
    most_here: int | None = None
    rows_read: list[int | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.written = self.written or tuple(self.asked)

    @property
    def days(self) -> DayRange:
        """From the first to the last day written."""
        return DayRange(min(self.written), max(self.written))

    @property
    def built_with_it(self) -> frozenset[date]:
        """The days that are built once it is published."""
        return self.built.union(self.written) - self.unfinished

    @property
    def run_id(self) -> str:
        return self.info.run_id

    @property
    def asked_by(self) -> str:
        return self.info.asked_by

    @property
    def code_version(self) -> str:
        return self.info.code_version

    @cached_property
    def spark(self) -> SparkSession:
        return self.lake.spark

    def only_for(self, df: DataFrame, *columns: str) -> DataFrame:
        """The rows, which only those columns are made of; none in a run that writes others, so that nobody computes what nobody keeps."""
        from pyspark.sql import functions as F

        written = self.info.only_columns or columns
        return df.where(F.lit(not set(columns).isdisjoint(written)))

    def note(self, said: str) -> None:
        """Tell whoever watches the publish, here and in the UI."""
        self.notes.append(said)

    def version_of(self, table: str) -> int:
        """The Delta version of an upstream, resolved once and recorded with the publish.

        Raises LakeError where it was never published.
        """
        if table not in self.input_versions:
            self.input_versions[table] = self.lake.version(table)
        return self.input_versions[table]

    def read(self, table: str, days: DayRange | tuple[date, ...] | None = None) -> DataFrame:
        """An upstream at its resolved version, only the partitions of `days`."""
        df, rows = self.lake.read_counted(table, self.version_of(table), days)
        self.rows_read.append(rows)
        return df
