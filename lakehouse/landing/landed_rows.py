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
from lakehouse.inputs import PLACE, Input
from lakehouse.landing.file_formats import FORMATS, PLACED, Contents, at
from lakehouse.landing.landed_files import LandedFile
from lakehouse.landing.location import Location
from lakehouse.names import MALFORMED, RESCUED

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Spark numbers the rows of a task in the lower 33 bits of its increasing ids.
ROWS_A_TASK = 2**33
# While rows are numbered: names that no column of an input can have.
URI, BLOCK, INDEX, FIRST, BEFORE = "#uri", "#block", "#index", "#first", "#before"


def read_rows(spark: SparkSession, entry: Input, files: Sequence[LandedFile]) -> DataFrame:
    """One row a line: the input's columns, `_rescued`, `malformed_line`, file_name, file_sha256, file_row and file_day."""
    alike: dict[Contents, list[LandedFile]] = defaultdict(list)
    for file in files:
        alike[replace(file.contents, rows=0)].append(file)
    read = spool.rows if entry.pulled else _delivered
    return reduce(lambda a, b: a.unionByName(b), (_placed(spark, read(spark, group, entry), group, entry) for group in alike.values()))


def _delivered(spark: SparkSession, files: Sequence[LandedFile], entry: Input) -> DataFrame:
    """The rows of files alike in columns: the input's by their names in bronze, and as JSON, by the file's, what source.yaml does not name."""
    from pyspark.sql import functions as F

    df = FORMATS[entry.format].read(spark, [file.path.literal for file in files], files[0].contents)
    by_source = {source: F.col(at(place)) for place, source in enumerate(files[0].contents.header)}
    own = [by_source[source].alias(name) for name, source in entry.sources.items()]
    others = [by_source[source].alias(source) for source in files[0].rescued(entry)]
    rescued = F.to_json(F.struct(*others)) if others else F.lit(None).cast("string")
    return df.select(*own, F.col(MALFORMED), rescued.alias(RESCUED), F.col(PLACED))


def _placed(spark: SparkSession, df: DataFrame, files: Sequence[LandedFile], entry: Input) -> DataFrame:
    """The rows with their file and their number in it; where the source itself says where a row stands, with that.

    Each task reads whole blocks of files in order, so a row's number is its place in its block and the rows of the blocks before:
    the blocks are counted first, and no row is sorted.
    """
    from pyspark.sql import functions as F

    index = F.monotonically_increasing_id().bitwiseAND(ROWS_A_TASK - 1)
    source = {URI: F.col(f"{PLACED}.file_path"), BLOCK: F.col(f"{PLACED}.file_block_start"), INDEX: index}
    df = df.withColumns(source).drop(PLACED)
    blocks = (
        df.groupBy(F.col(URI).alias("file_uri"), F.col(BLOCK).alias("block"))
        .agg(F.count("*").alias("rows"), F.min(INDEX).alias("first"))
        .collect()
    )
    by_path = {file.path.path: file for file in files}
    of_file = [(block, by_path[Location(unquote(block[0])).path]) for block in _rows_before(blocks)]
    known = spark.createDataFrame(
        [(*block, file.name, file.sha256, file.day) for block, file in of_file],
        f"`{URI}` string, `{BLOCK}` bigint, `{FIRST}` bigint, `{BEFORE}` bigint, file_name string, file_sha256 string, file_day date",
    )
    df = df.join(F.broadcast(known), [URI, BLOCK]).withColumn("file_row", F.col(INDEX) - F.col(FIRST) + F.col(BEFORE) + 1)
    df = df.drop(URI, BLOCK, INDEX, FIRST, BEFORE)
    if not entry.pulled:
        return df
    return df.withColumns({"file_name": F.coalesce("place_name", "file_name"), "file_row": F.coalesce("place_row", "file_row")}).drop(
        *PLACE
    )


def _rows_before(blocks: Sequence[Any]) -> Iterator[tuple[str, int, int, int]]:
    """Each block of each file: its URI, the block, the task's number of its first row, the rows of the file's blocks before."""
    for uri, own in groupby(sorted(blocks, key=lambda block: (block.file_uri, block.block)), key=lambda block: block.file_uri):
        before = 0
        for block in own:
            yield uri, block.block, block.first, before
            before += block.rows
