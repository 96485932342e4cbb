"""Runs a shop's own SELECT over its bronze tables, without the lines that a table leaves out. What the platform adds to its rows belongs in `canonical`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lakehouse.errors import SourceError, engine_said
from lakehouse.ingestion.bronze.input_lines import Files, told_lines
from lakehouse.ingestion.bronze.overwritten_files import Version, is_one_of, withheld
from lakehouse.ingestion.files.delivery_ledger import LANDED
from lakehouse.ingestion.silver import change_capture
from lakehouse.ingestion.silver.line_key import line_key
from lakehouse.ingestion.silver.look_ups import looked_up
from lakehouse.ingestion.silver.pseudonym import hmac_sha256
from lakehouse.shop.canonical_columns import ZONE, as_taken, misfits, todays
from lakehouse.shop.names import MALFORMED, quoted
from lakehouse.shop.select_problems import lacking, twice

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakehouse.shop.inputs import Input
    from lakehouse.shop.source import CanonicalName, Shop
    from lakehouse.tables.run import Run

PEOPLE = ("customers",)


def shop_select(run: Run, canonical: CanonicalName, files: Files, only: dict[str, DataFrame] | None = None) -> DataFrame:
    """The shop's SELECT over the files of those days; of the inputs in `only`, over the rows of those keys.

    It never sees the lines that the table leaves out. Its columns, customer_key for customer_id, and each row's lineage.
    Raises SourceError where the SELECT, or what the table leaves out, does not fit its inputs.
    """
    from pyspark.errors import AnalysisException

    shop = run.lake.shop
    for name in shop.inputs_of(canonical):
        _raw(run, canonical, name, files, (only or {}).get(name)).createOrReplaceTempView(name)
    try:
        df = run.spark.sql(bound(shop.tables[canonical].select, shop))
        names = df.columns
    except AnalysisException as error:
        place = "select or leaves_out" if shop.tables[canonical].leaves_out else "select"
        # Without its cause, whose words go on with the plan.
        raise SourceError(f"{shop.path}: tables.{canonical}.{place}: {engine_said(error)}") from None
    if wrong := [*lacking(canonical, todays(names)), *twice(canonical, names), *misfits(df, canonical)]:
        raise SourceError("\n".join(f"{shop.path}: tables.{canonical}.select: {told}" for told in wrong))
    return _keyed(run, df, canonical)


def bound(select: str, shop: Shop) -> str:
    """The SELECT as the engine is given it: Delta's SQL parser drops named parameters, and a zone of the tz database needs no quoting."""
    return re.sub(rf":{ZONE}\b", f"'{shop.time_zone}'", select)


def landed_lines(run: Run, canonical: CanonicalName, files: Files) -> DataFrame:
    """The lines of the input that a table accounts for, as they landed: their lineage, and `left_out`, why one is not for the table."""
    from pyspark.sql import functions as F

    name = str(run.lake.shop.tables[canonical].accounts_for)
    return told_lines(run, name, files).select(
        F.col("file_name").alias("source_file"), F.col("file_sha256").alias("source_sha256"), F.col("file_row").alias("source_row"), "file_day",
        _left_out(run.lake.shop, canonical, name).alias("left_out"),
    )  # fmt: skip


def _left_out(shop: Shop, canonical: CanonicalName, name: str) -> Column:
    """Why a table leaves out a line of an input, by name; null where it takes it, as it does every malformed one."""
    from pyspark.sql import functions as F

    found = F.lit(None).cast("string")
    for reason, condition in reversed(shop.tables[canonical].left_out_of(name).items()):
        found = F.when(F.expr(condition), reason).otherwise(found)
    return F.when(F.col(MALFORMED).isNull(), found)


def _raw(run: Run, canonical: CanonicalName, name: str, files: Files, keys: DataFrame | None) -> DataFrame:
    from pyspark.sql import functions as F

    shop, entry = run.lake.shop, run.lake.shop.inputs[name]
    df = told_lines(run, name, files)
    if shop.tables[canonical].left_out_of(name):
        df = df.where(_left_out(shop, canonical, name).isNull())
    if keys is not None:
        df = df.withColumn("entity_key", change_capture.entity_key(entry)).join(F.broadcast(keys), "entity_key", "left_semi")
    lineage = F.struct(
        F.col("file_name").alias("file"), F.col("file_sha256").alias("sha256"), F.col("file_row").alias("row"), F.col("file_day"),
        _delivery_state(withheld(run, name)).alias("delivery_state"),
        _duplicate_key(entry).alias("duplicate_key"), F.col(MALFORMED).isNotNull().alias("is_malformed"),
        *change_capture.lineage(entry),
    )  # fmt: skip
    df, beside = looked_up(run, shop.tables[canonical].looks_up, df, files)
    return df.select(*(f"`{each}`" for each in entry.column_names), *beside, lineage.alias("lineage"))


def _delivery_state(states: dict[Version, str]) -> Column:
    """`landed` for lines that may be published; else why not."""
    from pyspark.sql import functions as F

    found = F.lit(LANDED)
    for state in sorted(set(states.values())):
        found = F.when(is_one_of([version for version in states if states[version] == state]), state).otherwise(found)
    return found


def _duplicate_key(entry: Input) -> Column:
    from pyspark.sql import functions as F

    if not entry.duplicates:
        return F.lit(None).cast("string")
    return line_key({name: F.col(quoted(name)) for name in entry.duplicates.key})


def _keyed(run: Run, df: DataFrame, canonical: CanonicalName) -> DataFrame:
    """What a canonical table is made of. What else the SELECT gives goes no further: it may be called as the platform's columns are."""
    from pyspark.sql import functions as F

    taken = as_taken(df, canonical)
    out = [column.alias(name) for name, column in taken.items() if name != "customer_id"]
    if "customer_id" in taken:
        key = hmac_sha256(run.spark, F.col("customer_id").cast("string"), run.lake.secrets.customer_key())
        out.append(key.alias("customer_key"))
    if canonical in PEOPLE:
        out.append(F.col("customer_id").cast("string").alias("source_customer_id"))
    lineage = [
        F.col("lineage.file").alias("source_file"), F.col("lineage.sha256").alias("source_sha256"), F.col("lineage.row").alias("source_row"),
        F.coalesce("lineage.delivery_state", F.lit(LANDED)).alias("delivery_state"),
        F.col("lineage.file_day").alias("file_day"), F.col("lineage.duplicate_key").alias("duplicate_key"),
        F.coalesce("lineage.is_malformed", F.lit(False)).alias("is_malformed"),
        *(F.col(f"lineage.{name}") for name in change_capture.COLUMNS),
    ]  # fmt: skip
    return df.select(*out, *lineage)
