"""Which lines a shop's SELECT lost, doubled or made up: looked for only where `conservation` found that some were, and said in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse.ingestion.silver.canonical import files_read
from lakehouse.ingestion.silver.shop_select import landed_lines

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.shop.source import CanonicalName
    from lakehouse.tables.run import Run

LINE = ("source_file", "source_sha256", "source_row")
SHOWN_DAYS = 5


@dataclass(frozen=True)
class Lost:
    """How many lines do not stand once among the rows selected; a line for each day, and the sentence for people."""

    rows: int
    examples: tuple[str, ...]
    sentence: str


def lost_lines(run: Run, canonical: CanonicalName, selected: DataFrame) -> Lost:
    """Compare the rows selected, line by line, with the lines of the files read."""
    days = _days(run, canonical, selected)
    shop, name = run.lake.shop, run.lake.shop.tables[canonical].accounts_for
    told = "; ".join(_format_day(day) for day in days[:SHOWN_DAYS]) + (
        f"; and {len(days) - SHOWN_DAYS} more days" if len(days) > SHOWN_DAYS else ""
    )
    sentence = (
        f"no line is lost or doubled, but of input {name} tables.{canonical}.select {told or 'gives other lines each time it is asked'}; "
        f"let it pass every line on once, and name the lines that are not for {run.table.name} under tables.{canonical}.leaves_out in {shop.path}"
    )
    return Lost(sum(day["lost"] + day["doubled"] + day["unknown"] for day in days), tuple(map(_example, days[:SHOWN_DAYS])), sentence)


def _days(run: Run, canonical: CanonicalName, selected: DataFrame) -> Sequence[dict[str, Any]]:
    """By file day: the lines lost, the rows too many, the rows of no line that was read, and the first line concerned."""
    from pyspark.sql import functions as F

    landed = landed_lines(run, canonical, files_read(run, canonical)).where("left_out IS NULL")
    each = landed.select("file_day", *LINE, F.lit(1).alias("landed"), F.lit(0).alias("selected"))
    each = each.unionByName(selected.select("file_day", *LINE, F.lit(0).alias("landed"), F.lit(1).alias("selected")))
    lines = each.groupBy("file_day", *LINE).agg(F.sum("landed").alias("landed"), F.sum("selected").alias("selected"))
    wrong = lines.where("landed <> selected").groupBy("file_day").agg(
        F.count_if(F.expr("selected = 0")).alias("lost"),
        F.sum(F.expr("if(landed > 0 AND selected > landed, selected - landed, 0)")).alias("doubled"),
        F.sum(F.expr("if(landed = 0, selected, 0)")).alias("unknown"),
        F.min(F.struct("source_file", "source_row")).alias("line"),
    )  # fmt: skip
    return [row.asDict() for row in wrong.orderBy("file_day").collect()]


def _format_day(day: dict[str, Any]) -> str:
    did = [
        f"loses {_many(day['lost'], 'line')}" if day["lost"] else "",
        f"gives {_many(day['doubled'], 'row')} too many" if day["doubled"] else "",
        f"gives {_many(day['unknown'], 'row')} whose lineage is of no such line" if day["unknown"] else "",
    ]
    return f"{' and '.join(filter(None, did))} of {day['file_day'] or 'no file'} ({_example(day)})"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _example(day: dict[str, Any]) -> str:
    line = day["line"]
    return f"{line['source_file']} row {line['source_row']}"
