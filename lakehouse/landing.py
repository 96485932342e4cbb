"""Lands files, and what was pulled, into bronze: one raw table an input, text as it came, with file, row number, day and landing time.

Each content is landed once, whatever its files are called. What its columns mean belongs in the source's SELECTs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial, reduce
from itertools import groupby
from typing import TYPE_CHECKING, Any

from lakehouse import ledger, stale
from lakehouse.arrivals import arrived
from lakehouse.canonical import replaced_days
from lakehouse.connectors import spool
from lakehouse.connectors.pull import LEDGER as PULLS
from lakehouse.connectors.pull import pull
from lakehouse.contract import Column, Contract, Rule
from lakehouse.deliveries import FILES, LANDED, OVERWRITTEN, REPEATED, Delivery
from lakehouse.disputes import settle
from lakehouse.errors import LandingError
from lakehouse.file_formats import FORMATS, MALFORMED, RESCUED, Contents
from lakehouse.inputs import Input
from lakehouse.landed_files import LandedFile
from lakehouse.registry import Table
from lakehouse.source import CANONICAL, Shop

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.lake import Lake
    from lakehouse.run import Run

# Spark numbers the rows of a task in the lower 33 bits of its increasing ids.
ROWS_A_TASK = 2**33


def bronze_tables(shop: Shop) -> dict[str, Table]:
    """One registered table for each input of a shop."""
    return {
        f"bronze.{name}": Table(f"bronze.{name}", partial(_land, name=name), {}, plan=partial(_plan, name=name), after=record_landing)
        for name in shop.inputs
    }


def bronze_contracts(shop: Shop) -> dict[str, Contract]:
    """The contract of each input's bronze table: its declared columns as text, and where each line came from."""
    return {f"bronze.{name}": _contract(shop, name, entry) for name, entry in shop.inputs.items()}


def newest_landed_day(lake: Lake) -> date | None:
    """The newest day of which a file was landed; None where nothing was."""
    return max((row["file_day"] for row in ledger.rows(lake, FILES, columns=["file_day"])), default=None)


def record_landing(run: Run) -> None:
    """Append the deliveries just seen to the ledger; mark stale what was made of their days before they came."""
    _write_down(run, run.facts.get("landed", []))
    ledger.append(run.lake, PULLS, run.facts.get("pull", []))


def _write_down(run: Run, rows: list[dict[str, Any]]) -> None:
    name = run.table.name.partition(".")[2]
    ledger.append(run.lake, FILES, rows)
    overwritten = [row for row in rows if row["outcome"] == OVERWRITTEN]
    for row in overwritten if run.lake.shop.inputs[name].manifest else ():
        settle(run.lake, name, row["file_name"], row["sha256"], "the source's manifest", "the manifest lists this version")
    later = {row["file_day"] for row in rows if row["outcome"] == LANDED}
    stale.mark(run.lake, run.table.name, later, "a file came later", run.run_id, is_rebuild=False)
    stale.mark(run.lake, run.table.name, {row["file_day"] for row in overwritten}, "a file was overwritten", run.run_id, is_rebuild=True)
    if rows and run.lake.shop.inputs[name].postgres:
        _mark_replaced(run, name, {row["file_day"] for row in rows})


def _mark_replaced(run: Run, name: str, came: set[date]) -> None:
    """Mark the days of the rows of which other versions came."""
    for canonical in CANONICAL:
        if name in run.lake.shop.inputs_of(canonical):
            days = replaced_days(run, canonical, name, came)
            stale.mark(run.lake, f"silver.{canonical}", days, "rows changed at their source", run.run_id, is_rebuild=True)


def _ledger_row(run: Run, name: str, delivery: Delivery, landed_at: datetime) -> dict[str, Any]:
    file = delivery.file
    return {
        "input": name, "file_name": file.name, "file_day": file.day, "size_bytes": file.size_bytes, "modified_at": file.modified_at,
        "sha256": file.sha256, "rows": file.contents.rows, "outcome": delivery.outcome, "same_as": delivery.same_as,
        "rescued_columns": list(file.rescued(run.lake.shop.inputs[name])), "landed_at": landed_at, "publish_id": run.publish_id, "run_id": run.run_id,
    }  # fmt: skip


def _plan(run: Run, name: str) -> tuple[date, ...]:
    """The days of which there are new lines, up to the last one asked for; every new file is read once before anything is written."""
    _make_good(run)
    if run.lake.shop.inputs[name].pulled:
        run.facts["pull"] = [pull(run, name)]
    found, now = arrived(run.lake, name, run.asked), datetime.now(UTC)
    if gap := found.gap(run.lake.shop, run.asked):
        raise LandingError(gap[1])
    run.facts["landed"] = [_ledger_row(run, name, delivery, now) for delivery in found.deliveries]
    run.facts |= {"notes": found.notes, "landed_at": now}
    run.facts["files"] = [delivery.file for delivery in found.deliveries if delivery.has_new_lines]
    return tuple(sorted({file.day for file in run.facts["files"]}))


def _make_good(run: Run) -> None:
    """Write down what the newest commit landed, where a run was killed between the two.

    The files may be gone or overwritten by now: only the commit still knows what their lines are. A commit that does not hold
    every line is left to the landing of the same files.
    """
    publishes = run.lake.publishes(run.table.name) if run.lake.exists(run.table.name) else iter(())
    newest: dict[str, Any] = next((commit["greenhouse"] for commit in publishes), {})
    rows = [_as_ledger_row(row) for row in newest.get("landed", ())]
    known = {row["publish_id"] for row in ledger.rows(run.lake, FILES, columns=["publish_id"])}
    if rows and newest["publish_id"] not in known and _holds(run, rows):
        _write_down(run, rows)


def _as_ledger_row(row: dict[str, Any]) -> dict[str, Any]:
    times = {name: datetime.fromisoformat(row[name]) for name in ("modified_at", "landed_at")}
    return {**row, **times, "file_day": date.fromisoformat(row["file_day"])}


def _holds(run: Run, rows: list[dict[str, Any]]) -> bool:
    import pyarrow.dataset as ds

    wanted = ds.field("file_day").isin([row["file_day"] for row in rows])
    stands = Counter(run.lake.arrow(run.table.name, columns=["file_sha256"], filter=wanted)["file_sha256"].to_pylist())
    return all(stands[row["sha256"]] == row["rows"] for row in rows if row["outcome"] != REPEATED)


def _land(run: Run, name: str) -> DataFrame:
    from pyspark.sql import functions as F

    entry = run.lake.shop.inputs[name]
    alike: dict[Contents, list[LandedFile]] = defaultdict(list)
    for file in run.facts["files"]:
        alike[replace(file.contents, rows=0)].append(file)
    read = _pulled if entry.pulled else _delivered
    frames = [_placed(run, read(run, entry, contents, group), group) for contents, group in alike.items()]
    df = reduce(lambda a, b: a.unionByName(b), frames)
    landed_at = F.lit(run.facts["landed_at"])
    return df.withColumn("landed_at", landed_at).select(*run.lake.contract(run.table.name).column_names)


def _pulled(run: Run, entry: Input, contents: Contents, files: list[LandedFile]) -> DataFrame:
    return spool.rows(run.spark, files, entry)


def _delivered(run: Run, entry: Input, contents: Contents, files: list[LandedFile]) -> DataFrame:
    from pyspark.sql import functions as F

    df = FORMATS[entry.format].read(run.spark, [str(file.path) for file in files], contents)
    rescued = files[0].rescued(entry)
    kept = F.to_json(F.struct(*(f"`{name}`" for name in rescued))) if rescued else F.lit(None).cast("string")
    return df.withColumn(RESCUED, kept).drop(*rescued)


def _placed(run: Run, df: DataFrame, files: list[LandedFile]) -> DataFrame:
    """The rows with their file and their number in it; where the source itself says where a row stands, with that.

    Each task reads whole blocks of files in order, so a row's number is its place in its block and the rows of the blocks before:
    the blocks are counted first, and no row is sorted.
    """
    from pyspark.sql import functions as F

    # The engine writes paths as URIs, of one slash or three, in which a plus sign stands for itself.
    path = F.expr("regexp_replace(url_decode(replace(_metadata.file_path, '+', '%2B')), '^file:/+', '/')")
    index = F.monotonically_increasing_id().bitwiseAND(ROWS_A_TASK - 1)
    df = df.withColumns({"file_path": path, "block": F.col("_metadata.file_block_start"), "index": index}).drop("_metadata")
    blocks = df.groupBy("file_path", "block").agg(F.count("*").alias("rows"), F.min("index").alias("first")).collect()
    by_path = {str(file.path): file for file in files}
    known = run.spark.createDataFrame(
        [(path, *block, by_path[path].name, by_path[path].sha256, by_path[path].day) for path, *block in _rows_before(blocks)],
        "file_path string, block bigint, first bigint, before bigint, file_name string, file_sha256 string, file_day date",
    )
    df = df.join(F.broadcast(known), ["file_path", "block"]).withColumn("file_row", F.expr("index - first + before + 1"))
    df = df.drop("file_path", "block", "index", "first", "before")
    if "place_name" not in df.columns:
        return df
    return df.withColumns({"file_name": F.coalesce("place_name", "file_name"), "file_row": F.coalesce("place_row", "file_row")}).drop(
        *spool.PLACE
    )


def _rows_before(blocks: Sequence[Any]) -> Iterator[tuple[str, int, int, int]]:
    """Each block of each file: its path, the block, the task's number of its first row, the rows of the file's blocks before."""
    for path, own in groupby(sorted(blocks, key=lambda block: (block.file_path, block.block)), key=lambda block: block.file_path):
        before = 0
        for block in own:
            yield path, block.block, block.first, before
            before += block.rows


def refuse_lost_lines(run: Run, rows_by_day: dict[str, int]) -> None:
    """Compare the rows read by the engine with the lines counted in the files of each day. Raises LandingError where they differ."""
    counted: dict[str, int] = defaultdict(int)
    for file in run.facts["files"]:
        counted[str(file.day)] += file.contents.rows
    for day, rows in counted.items():
        if rows_by_day.get(day, 0) != rows:
            names = ", ".join(str(file.path) for file in run.facts["files"] if str(file.day) == day)
            raise LandingError(
                f"{names}: {rows} rows are there but {rows_by_day.get(day, 0)} were read; a line break inside quotes is not supported"
            )


def landed_again(run: Run) -> str:
    """What a landing that was cut off before the ledger was written may have left: lines of the same contents."""
    return f"file_sha256 in ({', '.join(repr(file.sha256) for file in run.facts['files'])})"


def _contract(shop: Shop, name: str, entry: Input) -> Contract:
    own = tuple(Column(c.name, "string", c.description, classification=c.classification) for c in entry.bronze_columns)
    lineage = (
        Column(RESCUED, "string", "As JSON, what the file held in columns that source.yaml does not name.", classification=_most_personal(entry)),
        Column(MALFORMED, "string", "The whole line where it did not fit the columns.", classification=_most_personal(entry)),
        Column("file_name", "string", "The landed file, below the landing folder; of a Kafka record, topic/partition.", required=True, primary_key=True),
        Column("file_sha256", "string", "SHA-256 of the file's content: which version of it this is. Of what was pulled: of its file in the spool.", required=True, primary_key=True),
        Column("file_row", "bigint", "The row's number in its file, from 1, the header not counted; of a Kafka record, its offset.", required=True, primary_key=True, minimum=0),
        Column("file_day", "date", "The day the file is for; of what was pulled, the day it became known.", required=True),
        Column("landed_at", "timestamp", "When Greenhouse took it (UTC).", required=True),
    )  # fmt: skip
    key = ("file_name", "file_sha256", "file_row")
    rules = [Rule("file_name_and_file_sha256_and_file_row_are_unique", "unique", columns=key)]
    rules += [Rule(f"{column.name}_is_present", "present", column.name, (column.name,)) for column in lineage if column.required]
    return Contract(
        f"bronze.{name}", "bronze", name, f"One row per landed line of {name} of {shop.shop}, as it came.", "2.0.0", "data-engineering",
        own + lineage, key, "file_day", "append", tuple(rules), freshness_days=1, path=shop.path,
    )  # fmt: skip


def _most_personal(entry: Input) -> str:
    found = {column.classification for column in entry.columns}
    return next((kind for kind in ("pii", "sensitive", "internal", "public") if kind in found), "internal")
