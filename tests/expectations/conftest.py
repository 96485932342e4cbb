"""Small contracts and frames for audits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from lakehouse.contracts.model import Column, Contract, Rule

SCHEMA = "day date, order_id string, quantity int, price double, kind string, email string"


@pytest.fixture
def contract() -> Callable[..., Contract]:
    """`contract(*rules, partition="day")` over the columns of SCHEMA; the e-mail is personal."""

    def made(*rules: Rule, partition: str | None = "day", schema: str = SCHEMA, key: tuple[str, ...] = ("order_id",)) -> Contract:
        names = (pair.split(" ", 1) for pair in schema.split(", "))
        columns = tuple(Column(name, kind, classification="pii" if name == "email" else "internal") for name, kind in names)
        return Contract("t.rows", "t", "rows", "", "1", "us", columns, key, partition, rules=rules, path=Path("t/rows.yaml"))

    return made


@pytest.fixture
def frame(spark: SparkSession) -> Callable[..., DataFrame]:
    """`frame((day, values…), …)` with the columns of SCHEMA; values left off are null."""

    def made(*rows: tuple[Any, ...], schema: str = SCHEMA) -> DataFrame:
        width = len(schema.split(", "))
        return spark.createDataFrame([row + (None,) * (width - len(row)) for row in rows], schema)

    return made
