"""Lands files into bronze: one raw table an input, text as it came, with file, row number, day and landing time.

A file is landed once. What its columns mean belongs in the source's SELECTs.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

from lakehouse import ledger
from lakehouse.contract import Column, Contract, Rule
from lakehouse.errors import LandingError
from lakehouse.file_formats import FORMATS, MALFORMED, Contents
from lakehouse.landed_files import LandedFile, examine, files_of, sha256_of
from lakehouse.registry import Table
from lakehouse.source import Input, Shop

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.lake import Lake
    from lakehouse.run import Run

LEDGER = "monitoring.landed_files"


def bronze_tables(shop: Shop) -> dict[str, Table]:
    """One registered table for each input of a shop."""
    return {
        f"bronze.{name}": Table(f"bronze.{name}", partial(_land, name=name), {}, plan=partial(_plan, name=name), after=record_landing)
        for name in shop.inputs
    }


def bronze_contracts(shop: Shop) -> dict[str, Contract]:
    """The contract of each input's bronze table: its declared columns as text, and where each line came from."""
    return {f"bronze.{name}": _contract(shop, name, entry) for name, entry in shop.inputs.items()}


def record_landing(run: Run) -> None:
    """Append the files just published to the landing ledger."""
    rows = [
        {
            "input": run.table.name.partition(".")[2], "file_name": file.name, "file_day": file.day, "size_bytes": file.size_bytes,
            "sha256": file.sha256, "rows": file.contents.rows, "landed_at": run.facts["landed_at"], "publish_id": run.publish_id, "run_id": run.run_id,
        }
        for file in run.facts.get("files", ())
    ]  # fmt: skip
    ledger.append(run.lake, LEDGER, rows)


def newest_landed_day(lake: Lake) -> date | None:
    """The newest day of which a file was landed; None where nothing was."""
    return max((row["file_day"] for row in ledger.rows(lake, LEDGER, columns=["file_day"])), default=None)


def _plan(run: Run, name: str) -> tuple[date, ...]:
    """The days of the range whose file is not landed yet; examines each new file before anything is written."""
    shop = run.lake.shop
    files = files_of(shop, name, run.asked)
    landed = _landed(run, name)
    _refuse_changed([file for file in files if file.name in landed], landed)
    fresh = [file for file in files if file.name not in landed]
    with ThreadPoolExecutor(4) as pool:
        run.facts["files"] = list(pool.map(partial(examine, shop.inputs[name]), fresh))
    return tuple(file.day for file in run.facts["files"])


def _landed(run: Run, name: str) -> dict[str, dict[str, Any]]:
    import pyarrow.dataset as ds

    wanted = ds.field("input") == name
    return {row["file_name"]: row for row in ledger.rows(run.lake, LEDGER, filter=wanted)}


def _refuse_changed(files: list[LandedFile], landed: dict[str, dict[str, Any]]) -> None:
    for file in files:
        if sha256_of(file.path) != landed[file.name]["sha256"]:
            raise LandingError(
                f"{file.path}: the file changed after it was landed on {landed[file.name]['landed_at']:%Y-%m-%d %H:%M} UTC; "
                "restore it, or deliver the correction as rows of a later day's file"
            )


def _land(run: Run, name: str) -> DataFrame:
    from pyspark.sql import functions as F

    entry, files = run.lake.shop.inputs[name], run.facts["files"]
    run.facts["landed_at"] = datetime.now(UTC)
    alike: dict[Contents, list[LandedFile]] = defaultdict(list)
    for file in files:
        alike[replace(file.contents, rows=0)].append(file)
    frames = [_read(run, entry, contents, group) for contents, group in alike.items()]
    df = reduce(lambda a, b: a.unionByName(b), frames)
    landed_at = F.lit(run.facts["landed_at"])
    return df.withColumn("landed_at", landed_at).select(*run.lake.contract(run.table.name).column_names)


def _read(run: Run, entry: Input, contents: Contents, files: list[LandedFile]) -> DataFrame:
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    df = FORMATS[entry.format].read(run.spark, [str(file.path) for file in files], contents)
    place = F.struct(F.col("_metadata.file_block_start"), F.monotonically_increasing_id())
    df = df.withColumns({"file_path": F.col("_metadata.file_path"), "place": place})
    df = df.withColumn("file_row", F.row_number().over(Window.partitionBy("file_path").orderBy("place")).cast("bigint"))
    day = F.regexp_extract("file_path", _day_pattern(entry), 1).cast("date")
    file_name = F.concat(F.lit(entry.files.partition("{day}")[0]), day.cast("string"), F.lit(entry.files.partition("{day}")[2]))
    return df.withColumns({"file_day": day, "file_name": file_name}).drop("file_path", "place")


def _day_pattern(entry: Input) -> str:
    after = entry.files.partition("{day}")[2].replace(".", r"\.")
    return rf"(\d{{4}}-\d{{2}}-\d{{2}}){after}$"


def refuse_lost_lines(run: Run, rows_by_day: dict[str, int]) -> None:
    """Compare the rows read by the engine with the lines counted in each file. Raises LandingError where they differ."""
    for file in run.facts.get("files", ()):
        rows = rows_by_day.get(str(file.day), 0)
        if rows != file.contents.rows:
            raise LandingError(
                f"{file.path}: holds {file.contents.rows} rows but {rows} were read; a line break inside quotes is not supported"
            )


def _contract(shop: Shop, name: str, entry: Input) -> Contract:
    own = tuple(Column(c.name, "string", c.description, classification=c.classification) for c in entry.columns)
    lineage = (
        Column(MALFORMED, "string", "The whole line where it did not fit the columns.", classification=_most_personal(entry)),
        Column("file_name", "string", "The landed file, below the landing folder.", required=True, primary_key=True),
        Column("file_row", "bigint", "The row's number in its file, from 1, the header not counted.", required=True, primary_key=True, minimum=1),
        Column("file_day", "date", "The day the file is for.", required=True),
        Column("landed_at", "timestamp", "When Greenhouse took it (UTC).", required=True),
    )  # fmt: skip
    rules = [Rule("file_name_and_file_row_are_unique", "unique", columns=("file_name", "file_row"))]
    rules += [Rule(f"{column.name}_is_present", "present", column.name, (column.name,)) for column in lineage if column.required]
    return Contract(
        f"bronze.{name}", "bronze", name, f"One row per landed line of {name} of {shop.shop}, as it came.", "1.0.0", "data-engineering",
        own + lineage, ("file_name", "file_row"), "file_day", "append", tuple(rules), freshness_days=1, path=shop.path,
    )  # fmt: skip


def _most_personal(entry: Input) -> str:
    found = {column.classification for column in entry.columns}
    return next((kind for kind in ("pii", "sensitive", "internal", "public") if kind in found), "internal")
