"""Runs a shop's own SELECT over its bronze tables. What the platform adds to its rows belongs in `canonical`."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from lakehouse import versions
from lakehouse.errors import SourceError, engine_said
from lakehouse.landing.deliveries import LANDED
from lakehouse.landing.disputes import withheld
from lakehouse.landing.file_formats import MALFORMED, RESCUED
from lakehouse.pseudonym import hmac_sha256

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakehouse.inputs import Input
    from lakehouse.run import Run
    from lakehouse.source import CanonicalName, Shop

PEOPLE = ("customers",)


def shop_select(run: Run, canonical: CanonicalName, first: date, last: date, only: dict[str, DataFrame] | None = None) -> DataFrame:
    """The shop's SELECT over files of those days; of the inputs in `only`, over the rows of those keys.

    Its columns, customer_key for customer_id, and each row's lineage. Raises SourceError where the SELECT does not fit its inputs.
    """
    from pyspark.errors import AnalysisException

    shop = run.lake.shop
    for name in shop.inputs_of(canonical):
        _raw(run, name, first, last, (only or {}).get(name)).createOrReplaceTempView(name)
    try:
        df = run.spark.sql(_bound(shop.tables[canonical].select, shop))
        names = df.columns
    except AnalysisException as error:
        # Without its cause, whose words go on with the plan.
        raise SourceError(f"{shop.path}: tables.{canonical}.select: {engine_said(error)}") from None
    if "lineage" not in names:
        raise SourceError(f"{shop.path}: tables.{canonical}.select must pass the column lineage on")
    return _keyed(run, df, names, canonical)


def _bound(select: str, shop: Shop) -> str:
    # Delta's SQL parser drops named parameters, and a zone of the tz database needs no quoting.
    return re.sub(r":time_zone\b", f"'{shop.time_zone}'", select)


def _raw(run: Run, name: str, first: date, last: date, keys: DataFrame | None) -> DataFrame:
    from pyspark.sql import functions as F

    entry = run.lake.shop.inputs[name]
    df = run.read(f"bronze.{name}").where(f"file_day >= date'{first}' and file_day <= date'{last}'")
    if keys is not None:
        df = df.withColumn("entity_key", versions.entity_key(entry)).join(F.broadcast(keys), "entity_key", "left_semi")
    lineage = F.struct(
        F.col("file_name").alias("file"), F.col("file_sha256").alias("sha256"), F.col("file_row").alias("row"), F.col("file_day"),
        _delivery_state(withheld(run, name)).alias("delivery_state"),
        _duplicate_key(entry).alias("duplicate_key"), F.col(MALFORMED).isNotNull().alias("is_malformed"),
        *versions.lineage(entry),
    )  # fmt: skip
    return df.select(*map(_told, entry.column_names), lineage.alias("lineage"))


def _told(name: str) -> Column:
    """A column as it came, also from before source.yaml named it."""
    from pyspark.sql import functions as F

    return F.coalesce(F.col(f"`{name}`"), F.get_json_object(RESCUED, f"$['{name}']")).alias(name)


def _delivery_state(states: dict[str, str]) -> Column:
    """`landed` for lines that may be published; else why not."""
    from pyspark.sql import functions as F

    found = F.lit(LANDED)
    for state in sorted(set(states.values())):
        found = F.when(F.col("file_sha256").isin([digest for digest in states if states[digest] == state]), state).otherwise(found)
    return found


def _duplicate_key(entry: Input) -> Column:
    from pyspark.sql import functions as F

    if not entry.duplicates:
        return F.lit(None).cast("string")
    return F.to_json(F.struct(*entry.duplicates.key))


def _keyed(run: Run, df: DataFrame, names: list[str], canonical: CanonicalName) -> DataFrame:
    from pyspark.sql import functions as F

    out = [F.col(name) for name in names if name not in ("lineage", "customer_id")]
    if "customer_id" in names:
        key = hmac_sha256(run.spark, F.col("customer_id").cast("string"), run.lake.secrets.customer_key())
        out.append(key.alias("customer_key"))
    if canonical in PEOPLE:
        out.append(F.col("customer_id").cast("string").alias("source_customer_id"))
    lineage = [
        F.col("lineage.file").alias("source_file"), F.col("lineage.sha256").alias("source_sha256"), F.col("lineage.row").alias("source_row"),
        F.coalesce("lineage.delivery_state", F.lit(LANDED)).alias("delivery_state"),
        F.col("lineage.file_day").alias("file_day"), F.col("lineage.duplicate_key").alias("duplicate_key"),
        F.coalesce("lineage.is_malformed", F.lit(False)).alias("is_malformed"),
        *(F.col(f"lineage.{name}") for name in versions.COLUMNS),
    ]  # fmt: skip
    return df.select(*out, *lineage)
