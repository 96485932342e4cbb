"""Pseudonyms are HMAC-SHA-256, and no text the engine makes of a plan holds the key: not when it explains, not when it fails."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.ingestion.silver.pseudonym import hmac_sha256
from tests.leaks import leaks, pads

# Bytes that are no text, begin with a zero and lie on both sides of Java's sign.
KEY = bytes((7 + 11 * number) % 256 for number in range(32))
SECRETS = pads(KEY)
CONFIGURED = "spark.sql.codegen.wholeStage", "spark.sql.codegen.factoryMode", "spark.sql.adaptive.enabled"


@pytest.fixture(params=["interpreted", "compiled", "adaptive"])
def engine(spark: SparkSession, request: pytest.FixtureRequest) -> SparkSession:
    """The engine as tests have it, and as users do: code is generated, and plans are made anew while they run."""
    before = {name: spark.conf.get(name) for name in CONFIGURED}
    if request.param != "interpreted":
        spark.conf.set("spark.sql.codegen.wholeStage", "true")
        spark.conf.set("spark.sql.codegen.factoryMode", "FALLBACK")
        spark.conf.set("spark.sql.adaptive.enabled", str(request.param == "adaptive").lower())
    yield spark
    for name, value in before.items():
        spark.conf.set(name, value)


def _keyed(spark: SparkSession, names: list[str | None]) -> DataFrame:
    df = spark.createDataFrame([(name,) for name in names], "name string")
    return df.select("name", hmac_sha256(spark, F.col("name"), KEY).alias("customer_key"))


def test_it_is_hmac_sha256(engine: SparkSession) -> None:
    names = ["anna", "", "Ωμέγα 🌱", " anna", "x" * 200, None]
    found = {row.name: row.customer_key for row in _keyed(engine, names).collect()}
    expected = {name: hmac.new(KEY, name.encode(), hashlib.sha256).hexdigest()[:32] for name in names if name is not None}
    assert found == {**expected, None: None}


def test_no_explanation_holds_the_key(engine: SparkSession) -> None:
    df = _keyed(engine, ["anna", "ben"]).where("customer_key > '8'")
    held = df.persist()
    try:
        held.count()
        told = "".join(_explained(frame, mode) for frame in (df, held) for mode in ("simple", "extended", "codegen", "cost", "formatted"))
    finally:
        held.unpersist()
    assert "subquery" in told, "the plan itself was printed"
    assert leaks(SECRETS, told.encode()) == []


def _explained(df: DataFrame, mode: str) -> str:
    out = StringIO()
    with redirect_stdout(out):
        df.explain(mode=mode)
    return out.getvalue()


@pytest.mark.parametrize(
    "broken",
    [
        lambda df: df.select("nothing").columns,  # an analysis prints its plan
        lambda df: df.select(F.expr("cast(customer_key as int)")).collect(),
        lambda df: df.select(F.expr("1 / (length(customer_key) - 32)")).collect(),
        lambda df: df.select(F.expr("raise_error(customer_key)")).collect(),
        lambda df: df.groupBy("name").agg(F.expr("sum(assert_true(customer_key = 'x'))")).collect(),
        lambda df: df.where("customer_key = (select explode(array(1, 2)))").collect(),
        lambda df: df.unionByName(df.select("name")).columns,
    ],
)
def test_no_error_holds_the_key(engine: SparkSession, broken: Callable[[DataFrame], object]) -> None:
    with pytest.raises(PySparkException) as caught:
        broken(_keyed(engine, ["anna", "ben"]))
    told = f"{caught.value}{caught.value.getStackTrace() if hasattr(caught.value, 'getStackTrace') else ''}{caught.value!r}"
    assert leaks(SECRETS, told.encode()) == []
