"""The lines of an input as source.yaml names its columns now, whenever they landed. What a SELECT makes of them belongs in `shop_select`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from lakehouse.days import DayRange
from lakehouse.ingestion.bronze.marked_numbers import with_point
from lakehouse.shop.names import OWN, RESCUED, quoted

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakehouse.tables.run import Run

# What the source delivered in columns that were not named, by its own names for them.
OTHERS = "#others"
BLANK = " \t\r\n\u00a0"
Files = DayRange | tuple[date, ...]


def told_lines(run: Run, name: str, files: Files) -> DataFrame:
    """Bronze rows of those files, with the input's columns as they came, also from before source.yaml named them.

    What landed stands under the name that its column had then: its own, or what the source calls it where that was its name. Blank text is
    null, whatever the format; numbers are written with a point.
    """
    from pyspark.sql import functions as F

    entry = run.lake.shop.inputs[name]
    df = run.read(f"bronze.{name}", files)
    held = {column.lower() for column in df.columns} - OWN
    told = {
        each: _as_it_came(each, source, held - {other.lower() for other in entry.sources if other != each})
        for each, source in entry.sources.items()
    }
    told = {each: F.when(F.btrim(text, F.lit(BLANK)) != "", text) for each, text in told.items()}
    told |= {column.name: with_point(told[column.name], entry.csv) for column in entry.columns if column.type == "number"}
    return df.withColumn(OTHERS, F.from_json(RESCUED, "map<string,string>")).withColumns(told).drop(OTHERS)


def _as_it_came(name: str, source: str, held: Collection[str]) -> Column:
    from pyspark.sql import functions as F

    landed = (F.col(quoted(each)) for each in dict.fromkeys((name, source)) if each.lower() in held)
    return F.coalesce(*landed, F.col(OTHERS).getItem(source))
