"""The rows of a spool's files as a frame, each with its file and its number in it. What a spool is stands in `spool`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lakehouse.ingestion.connectors import spool
from lakehouse.shop.inputs import PLACE, Input
from lakehouse.shop.location import Location

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.shop.landed_file import LandedFile

# Spark numbers the rows of a task in the lower 33 bits of its increasing ids.
ROWS_A_TASK = 2**33
# While rows are numbered: names that no column of an input can have.
URI, BLOCK, INDEX, FIRST, BEFORE = "#uri", "#block", "#index", "#first", "#before"


def read_spooled(spark: SparkSession, entry: Input, files: Sequence[LandedFile]) -> DataFrame:
    """One row a line: the input's columns, `_rescued`, `malformed_line`, file_name, file_sha256, file_row and file_day.

    Where the source itself says where a row stands, with that. Else each task reads whole blocks of files in order, so a row's number is its
    place in its block and the rows of the blocks before: the blocks are counted first, and no row is sorted.
    """
    from pyspark.sql import functions as F

    index = F.monotonically_increasing_id().bitwiseAND(ROWS_A_TASK - 1)
    source = {URI: F.col("_metadata.file_path"), BLOCK: F.col("_metadata.file_block_start"), INDEX: index}
    df = spool.rows(spark, files, entry).withColumns(source).drop("_metadata")
    counted = df.groupBy(F.col(URI).alias("uri"), F.col(BLOCK).alias("block")).agg(F.count("*").alias("rows"), F.min(INDEX).alias("first"))
    by_path = {file.path.path: file for file in files}
    of_file = [(block, by_path[Location(unquote(block[0])).path]) for block in _rows_before(counted.collect())]
    known = spark.createDataFrame(
        [(*block, file.name, file.sha256, file.day) for block, file in of_file],
        f"`{URI}` string, `{BLOCK}` bigint, `{FIRST}` bigint, `{BEFORE}` bigint, file_name string, file_sha256 string, file_day date",
    )
    df = df.join(F.broadcast(known), [URI, BLOCK]).withColumn("file_row", F.col(INDEX) - F.col(FIRST) + F.col(BEFORE) + 1)
    df = df.withColumns({"file_name": F.coalesce("place_name", "file_name"), "file_row": F.coalesce("place_row", "file_row")})
    return df.drop(URI, BLOCK, INDEX, FIRST, BEFORE, *PLACE)


def _rows_before(blocks: Sequence[Any]) -> Iterator[tuple[str, int, int, int]]:
    """Each block of each file: its URI, the block, the task's number of its first row, the rows of the file's blocks before."""
    for uri, own in groupby(sorted(blocks, key=lambda block: (block.uri, block.block)), key=lambda block: block.uri):
        before = 0
        for block in own:
            yield uri, block.block, block.first, before
            before += block.rows
