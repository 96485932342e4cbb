"""What an audit costs: 30 checks by day over 1M rows of 30 columns, against one Spark aggregate written by hand.

The peer computes the same figures (failing rows of every check by day, duplicates, rows, content fingerprint) from the
same Delta table and keeps no promise beyond that.

Run it: `python -m benchmarks.audit` with SPARK_REMOTE set.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from benchmarks.compare import ROUNDS, Comparison, compare
from expectations.audit import audit, warm
from lakehouse.contracts.model import Column, Contract, Rule
from lakehouse.tables.audit_report import content_columns

if TYPE_CHECKING:
    from pyspark.sql import Column as SparkColumn
    from pyspark.sql import DataFrame, SparkSession

ROWS, DAYS, AT_MOST = 1_000_000, 30, 1.3
INTEGERS = tuple(f"count_{n}" for n in range(10))
DOUBLES = tuple(f"amount_{n}" for n in range(10))
TEXTS = tuple(f"kind_{n}" for n in range(7))
KINDS = ["red", "green", "blue", "white", "black"]


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS, rows: int = ROWS) -> Comparison:
    """Audit and hand-written aggregate in turn; the table is written below `folder` first."""
    warm()
    contract, path = audited_contract(), str(folder / "audited")
    audited_frame(spark, rows).write.format("delta").mode("overwrite").partitionBy("day").save(path)

    def table() -> DataFrame:
        return spark.read.format("delta").load(path)

    return compare(
        f"audit of 30 checks, {rows:,} x 30", lambda: audit(table(), contract), lambda: _peer(table(), contract).collect(), rounds, AT_MOST
    )


def audited_frame(spark: SparkSession, rows: int) -> DataFrame:
    """Rows of thirty columns over thirty days, whose values follow from their number."""
    columns = [
        F.concat(F.lit("order-"), F.col("id")).alias("order_id"),
        F.expr(f"date_add(date'2011-01-01', int(id % {DAYS}))").alias("day"),
    ]
    columns += [(F.xxhash64("id", F.lit(name)) % 1000).cast("int").alias(name) for name in INTEGERS]
    columns += [((F.xxhash64("id", F.lit(name)) % 100_000) / 100).alias(name) for name in DOUBLES]
    kinds = F.array(*(F.lit(kind) for kind in KINDS))
    columns += [F.get(kinds, F.pmod(F.xxhash64("id", F.lit(name)), F.lit(len(KINDS)))).alias(name) for name in TEXTS]
    return spark.range(rows).select(*columns, F.col("id").alias("source_row"))


def audited_contract() -> Contract:
    """The contract of those rows, with thirty rules that they keep."""
    columns = [Column("order_id", "string"), Column("day", "date")]
    columns += [Column(name, "int") for name in INTEGERS] + [Column(name, "double") for name in DOUBLES]
    columns += [Column(name, "string") for name in TEXTS] + [Column("source_row", "bigint")]
    rules = tuple(_rules())
    assert len(rules) == 30, "the figure in the docs says 30"
    return Contract("benchmarks.audited", "benchmarks", "audited", "", "1", "", tuple(columns), ("order_id",), "day", rules=rules)


def _rules() -> Iterator[Rule]:
    yield Rule("order_id_is_unique", "unique", None, ("order_id",))
    yield Rule("order_id_is_present", "present", "order_id", ("order_id",))
    for name in INTEGERS:
        yield Rule(f"{name}_is_limited", "between", name, (name,), {"minimum": -1000.0, "maximum": 1000.0})
    for name in DOUBLES[:7]:
        yield Rule(f"{name}_is_present", "present", name, (name,))
    for name in TEXTS[:5]:
        yield Rule(f"{name}_is_a_known_value", "in_set", name, (name,), {"values": KINDS})
    for name in TEXTS[5:]:
        yield Rule(f"{name}_matches_its_pattern", "matches", name, (name,), {"pattern": "^[a-z]+$"})
    for left, right in zip(DOUBLES[:3], DOUBLES[3:6], strict=True):
        yield Rule(f"{left}_goes_with_{right}", "sql", None, (left, right), {"query": f"abs({left}) + abs({right}) < 2001"})
    yield Rule("a_day_has_rows", "row_count", arguments={"minimum": 1, "maximum": ROWS})


def _peer(df: DataFrame, contract: Contract) -> DataFrame:
    """One row a day (and one for duplicates), as a person would write it."""
    failing = [F.count_if(_fails(rule)).alias(rule.name) for rule in contract.rules if rule.kind not in ("unique", "row_count")]
    figures = df.groupBy("day").agg(*failing, *content_columns(contract.columns))
    keys = df.groupBy("order_id").agg(F.count(F.lit(1)).alias("rows"), F.min("day").alias("day")).where("rows > 1")
    duplicates = keys.groupBy("day").agg(F.sum("rows").alias("order_id_is_unique"))
    return figures.unionByName(duplicates, allowMissingColumns=True)


def _fails(rule: Rule) -> SparkColumn:
    column, given = F.col(rule.columns[0]), rule.arguments
    if rule.kind == "present":
        return column.isNull()
    if rule.kind == "between":
        return ~column.between(given["minimum"], given["maximum"])
    if rule.kind == "in_set":
        return ~column.isin(given["values"])
    if rule.kind == "matches":
        return ~column.rlike(given["pattern"])
    return ~F.expr(given["query"])
