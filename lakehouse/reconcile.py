"""Accounts for every landed line: published, quarantined, declared a duplicate, or of a file in dispute. Reads only; needs no engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lakehouse.days import DayRange
from lakehouse.lake import Lake
from lakehouse.landing.deliveries import OVERWRITTEN
from lakehouse.landing.disputes import SUPERSEDED
from lakehouse.versions import DELETED


@dataclass(frozen=True)
class Account:
    """The lines of one input. `set_aside`: of files that were overwritten, until a version is chosen, and of versions that another replaced or a delete took away.

    `unaccounted` are landed lines that stand nowhere, or rows that stand for no landed line.
    """

    input: str
    table: str
    landed: int
    published: int
    quarantined: int
    duplicates: int
    set_aside: int
    unaccounted: int

    @property
    def balances(self) -> bool:
        return self.unaccounted == 0 and self.landed == self.published + self.quarantined + self.duplicates + self.set_aside


def reconcile(lake: Lake) -> list[Account]:
    """One account an input of the shop, in the order of its source file. Raises LakeError where nothing was landed."""
    accounting = {entry.accounts_for: name for name, entry in lake.shop.tables.items() if entry.accounts_for}
    return [_account(lake, name, f"silver.{accounting[name]}") for name in lake.shop.inputs]


def quarantine_version(lake: Lake, silver: str) -> int | None:
    """The version of the quarantine that the last silver publish names; readers go by it, never by the newest."""
    for commit in lake.commits(silver):
        if (version := commit["greenhouse"].get("quarantine_version")) is not None:
            return int(version)
    return None


def _account(lake: Lake, name: str, silver: str) -> Account:
    import duckdb

    landed = lake.arrow(f"bronze.{name}", columns=["file_name", "file_row", "file_day"])
    version = quarantine_version(lake, silver)
    beside = f"quarantine.{silver.partition('.')[2]}"
    diverted = lake.arrow(beside, version, columns=["source_file", "source_row", "outcome", "file_day"])
    con = duckdb.connect()
    con.register("landed", landed)
    con.register("diverted", diverted)
    counted = dict(con.execute("SELECT outcome, count(*) FROM diverted GROUP BY outcome").fetchall())
    published, unaccounted = _of_lines(lake, con, silver) if _keeps_lines(lake, silver) else _of_merges(lake, con, silver)
    aside = sum(counted.get(outcome, 0) for outcome in (OVERWRITTEN, SUPERSEDED, DELETED))
    return Account(name, silver, landed.num_rows, published, counted.get("quarantined", 0), counted.get("duplicate", 0), aside, unaccounted)


def _keeps_lines(lake: Lake, silver: str) -> bool:
    return "source_row" in lake.contract(silver).column_names


def _of_lines(lake: Lake, con: Any, silver: str) -> tuple[int, int]:
    con.register("published", lake.arrow(silver, columns=["source_file", "source_row"]))
    count = con.execute("SELECT count(*) FROM published").fetchone()[0]
    # Two versions of a file hold rows of the same numbers: as many must stand as were landed.
    lost = con.execute(
        "SELECT coalesce(sum(abs(n)), 0) FROM (SELECT sum(n) AS n FROM ("
        "SELECT file_name AS file, file_row AS row, count(*) AS n FROM landed GROUP BY ALL UNION ALL "
        "SELECT source_file, source_row, -count(*) FROM published GROUP BY ALL UNION ALL "
        "SELECT source_file, source_row, -count(*) FROM diverted GROUP BY ALL) GROUP BY file, row)"
    ).fetchone()[0]
    return int(count), int(lost)


def _of_merges(lake: Lake, con: Any, silver: str) -> tuple[int, int]:
    """A table that merges keeps one row a key: its commits say how many lines of each day they judged."""
    judged: dict[str, int] = {}
    for commit in lake.commits(silver):
        said = commit["greenhouse"]
        for span in said.get("days", ()):
            for day in DayRange.parse(span):
                judged.setdefault(str(day), said.get("lines_by_day", {}).get(str(day), 0))
    landed = {str(day): count for day, count in con.execute("SELECT file_day, count(*) FROM landed GROUP BY file_day").fetchall()}
    lost = sum(abs(landed.get(day, 0) - judged.get(day, 0)) for day in landed.keys() | judged.keys())
    diverted = con.execute("SELECT count(*) FROM diverted").fetchone()[0]
    return sum(judged.values()) - int(diverted), lost
