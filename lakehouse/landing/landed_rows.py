"""The rows of landed files as the engine reads them: every column as text, each row with its file and its number in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lakehouse.connectors import spool
from lakehouse.inputs import Input
from lakehouse.landing.file_formats import FORMATS, RESCUED, Contents
from lakehouse.landing.landed_files import LandedFile
from lakehouse.landing.location import Location

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Spark numbers the rows of a task in the lower 33 bits of its increasing ids.
ROWS_A_TASK = 2**33


def read_rows(spark: SparkSession, entry: Input, files: Sequence[LandedFile]) -> DataFrame:
    """One row a line: the input's columns, `_rescued`, `malformed_line`, file_name, file_sha256, file_row and file_day."""
    alike: dict[Contents, list[LandedFile]] = defaultdict(list)
    for file in files:
        alike[replace(file.contents, rows=0)].append(file)
    read = spool.rows if entry.pulled else _delivered
    return reduce(lambda a, b: a.unionByName(b), (_placed(spark, read(spark, group, entry), group) for group in alike.values()))


def _delivered(spark: SparkSession, files: Sequence[LandedFile], entry: Input) -> DataFrame:
    """The rows of files alike in columns; those that source.yaml does not name as JSON."""
    from pyspark.sql import functions as F

    df = FORMATS[entry.format].read(spark, [file.path.literal for file in files], files[0].contents)
    rescued = files[0].rescued(entry)
    kept = F.to_json(F.struct(*(f"`{name}`" for name in rescued))) if rescued else F.lit(None).cast("string")
    return df.withColumn(RESCUED, kept).drop(*rescued)


def _placed(spark: SparkSession, df: DataFrame, files: Sequence[LandedFile]) -> DataFrame:
    """The rows with their file and their number in it; where the source itself says where a row stands, with that.

    Each task reads whole blocks of files in order, so a row's number is its place in its block and the rows of the blocks before:
    the blocks are counted first, and no row is sorted.
    """
    from pyspark.sql import functions as F

    index = F.monotonically_increasing_id().bitwiseAND(ROWS_A_TASK - 1)
    source = {"file_uri": F.col("_metadata.file_path"), "block": F.col("_metadata.file_block_start"), "index": index}
    df = df.withColumns(source).drop("_metadata")
    blocks = df.groupBy("file_uri", "block").agg(F.count("*").alias("rows"), F.min("index").alias("first")).collect()
    by_path = {file.path.path: file for file in files}
    of_file = [(block, by_path[Location(unquote(block[0])).path]) for block in _rows_before(blocks)]
    known = spark.createDataFrame(
        [(*block, file.name, file.sha256, file.day) for block, file in of_file],
        "file_uri string, block bigint, first bigint, before bigint, file_name string, file_sha256 string, file_day date",
    )
    df = df.join(F.broadcast(known), ["file_uri", "block"]).withColumn("file_row", F.expr("index - first + before + 1"))
    df = df.drop("file_uri", "block", "index", "first", "before")
    if "place_name" not in df.columns:
        return df
    return df.withColumns({"file_name": F.coalesce("place_name", "file_name"), "file_row": F.coalesce("place_row", "file_row")}).drop(
        *spool.PLACE
    )


def _rows_before(blocks: Sequence[Any]) -> Iterator[tuple[str, int, int, int]]:
    """Each block of each file: its URI, the block, the task's number of its first row, the rows of the file's blocks before."""
    for uri, own in groupby(sorted(blocks, key=lambda block: (block.file_uri, block.block)), key=lambda block: block.file_uri):
        before = 0
        for block in own:
            yield uri, block.block, block.first, before
            before += block.rows
