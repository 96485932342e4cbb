"""The landing folder of a shop of any size, lived in Spark's Python workers: the same generator as `landing`, block by block.

Spark Connect and DataFrames only. The driver holds the catalogue, the offers and the marks' counts, none of which grow with the
number of customers. The workers get this package by value, never a copy that a long-lived one imported yesterday.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import examples.plantly
from examples.plantly.blocks import block_numbers, live, warm_up_from
from examples.plantly.catalogue import Catalogue, build_catalogue
from examples.plantly.faults import FAULTS
from examples.plantly.landing import block_rows, product_rows
from examples.plantly.lines import COLUMNS, ID, as_csv, header
from examples.plantly.market import Offer, offers
from examples.plantly.rows import Rows, count
from examples.plantly.scenario import Scenario
from examples.plantly.truth import LISTED_IDS, Truth

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

LINES = "input string, file_day string, sort_key string, line string, id string, injected string"


def simulate_at_scale(
    spark: SparkSession, folder: Path, scenario: Scenario, first_day: date, last_day: date, files_at_once: int = 32
) -> dict[str, Any]:
    """Write what `landing.simulate` writes, the unzipped bytes the same; `folder` is seen by this process and by Spark alike.

    files_at_once: into how many tasks the writing is cut. Without injections the shop is lived once; with them twice, the
    second time to count what they touched. Returns what truth.json holds.
    """
    catalogue = build_catalogue(scenario)
    by_day = offers(scenario, catalogue, warm_up_from(first_day), last_day)
    lines = _lines(spark, scenario, catalogue, by_day, first_day, last_day)
    truth = Truth(scenario, first_day, last_day)
    truth.lines.update(_write(lines, folder, files_at_once))
    if any(injected.kind in FAULTS for injected in scenario.injections):
        truth.marks += _marks(lines)
    truth.note_market(catalogue)
    return truth.write(folder)


def _lines(
    spark: SparkSession, scenario: Scenario, catalogue: Catalogue, by_day: dict[date, Offer], first_day: date, last_day: date
) -> DataFrame:
    """Every line of every file, unordered; headers among them, with an empty sort_key."""
    from pyspark.cloudpickle import register_pickle_by_value

    register_pickle_by_value(examples.plantly)

    # Frames without rows are left out: Arrow cannot tell that an empty column is text, and headers make sure of every file.
    def lived(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for block in (int(block) for batch in batches for block in batch["id"]):
            for today in live(scenario, catalogue, by_day, block, first_day):
                parts = block_rows(scenario, catalogue, block, today)
                yield from (_frame(name, rows) for name, rows in parts if count(rows))

    blocks = block_numbers(scenario)
    events = spark.range(0, len(blocks), 1, len(blocks)).mapInPandas(lived, LINES)
    days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    heads = [(name, str(day), "", header(name), "", "") for name in COLUMNS for day in days]
    products = pd.concat([_frame("products", product_rows(catalogue, by_day, first_day, day)) for day in days])
    small = spark.createDataFrame(pd.concat([pd.DataFrame(heads, columns=products.columns), products]), LINES)
    return events.unionByName(small).where(f"file_day <= '{last_day}'")


def _frame(name: str, rows: Rows) -> pd.DataFrame:
    lines = {"line": as_csv(name, rows), "id": rows[ID[name]], "injected": rows["injected"]}
    return pd.DataFrame({"input": [name] * count(rows), "file_day": rows["file_day"], "sort_key": rows["sort_key"], **lines})


def _write(lines: DataFrame, folder: Path, files_at_once: int) -> dict[str, int]:
    """One gzip file a day and input: Spark writes folders named by day, whose only file is then moved to its name.

    Gives the lines written by input, headers aside, counted as they are written.
    """
    from pyspark.sql import Observation
    from pyspark.sql import functions as F

    seen = Observation("lines written")
    staging = folder / ".staging"
    ordered = lines.repartition(files_at_once, "input", "file_day").sortWithinPartitions("input", "file_day", "sort_key", "line")
    counted = ordered.observe(seen, *[F.count_if(F.expr(f"input = '{name}' and sort_key <> ''")).alias(name) for name in COLUMNS])
    writer = counted.select("input", "file_day", "line").write.mode("overwrite").partitionBy("input", "file_day")
    writer.option("compression", "gzip").text(str(staging))
    for part in sorted(staging.glob("input=*/file_day=*/part-*")):
        name, day = (level.split("=", 1)[1] for level in part.parts[-3:-1])
        place = folder / "landing" / name / f"{day}.csv.gz"
        place.parent.mkdir(parents=True, exist_ok=True)
        part.replace(place)
    shutil.rmtree(staging)
    return dict(seen.get)


def _marks(lines: DataFrame) -> list[tuple[str, str, str, str, int]]:
    """What faults touched, as `Truth` keeps it: ids one by one up to LISTED_IDS a fault and input, the rest as counts."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    mark = F.explode(F.split(F.rtrim("injected", F.lit(";")), ";")).alias("mark")
    each = lines.where("injected <> ''").select(mark, "input", "file_day", "id")
    nth = F.row_number().over(Window.partitionBy(F.substring_index("mark", ":", 1), "input").orderBy("id", "file_day"))
    shown = F.when(nth <= LISTED_IDS, F.col("id")).otherwise("")
    found = each.withColumn("id", shown).groupBy("mark", "input", "file_day", "id").agg(F.count("*").alias("lines"))
    return [tuple(row) for row in found.collect()]
