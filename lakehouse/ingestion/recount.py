"""Counts every line of an input in bronze, silver and quarantine, for days whose publishes left no figures (`books`). Needs no engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lakehouse.days import DayRange
from lakehouse.tables.books import Books

if TYPE_CHECKING:
    from lakehouse.tables.commit_record import CommitRecord
    from lakehouse.tables.lake import Lake


def recount(
    lake: Lake, name: str, silver: str, quarantine_version: int | None, publishes: list[CommitRecord]
) -> tuple[dict[str, int], int]:
    """The lines by what became of them, and how many are lost or doubled. `publishes`: what silver's commits say, newest first."""
    import duckdb

    con = duckdb.connect()
    con.register("landed", lake.arrow(f"bronze.{name}", columns=["file_name", "file_row", "file_day"]))
    beside = f"quarantine.{silver.partition('.')[2]}"
    con.register("diverted", lake.arrow(beside, quarantine_version, columns=["source_file", "source_row", "outcome", "file_day"]))
    counted = dict(con.execute("SELECT outcome, count(*) FROM diverted GROUP BY outcome").fetchall())
    keeps_lines = "source_row" in lake.contract(silver).column_names
    published, lost = _of_lines(lake, con, silver) if keeps_lines else _of_merges(con, publishes)
    return {**counted, "published": published}, lost


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


def _of_merges(con: Any, publishes: list[CommitRecord]) -> tuple[int, int]:
    """A table that merges keeps one row a key: its commits say how many lines of each day they judged."""
    judged: dict[str, int] = {}
    for said in publishes:
        lines = _lines_by_day(said)
        for span in said.days:
            for day in DayRange.parse(span):
                judged.setdefault(str(day), lines.get(str(day), 0))
    landed = {str(day): count for day, count in con.execute("SELECT file_day, count(*) FROM landed GROUP BY file_day").fetchall()}
    lost = sum(abs(landed.get(day, 0) - judged.get(day, 0)) for day in landed.keys() | judged.keys())
    diverted = con.execute("SELECT count(*) FROM diverted").fetchone()[0]
    return sum(judged.values()) - int(diverted), lost


def _lines_by_day(said: CommitRecord) -> dict[str, int]:
    if said.books is None:
        return dict(said.lines_by_day)
    return {str(each.day): sum(each.outcomes.values()) for each in Books.from_json(said.books).written}
