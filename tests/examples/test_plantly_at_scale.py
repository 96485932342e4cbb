"""The shop lived in Spark is the shop lived here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from examples.plantly import blocks
from examples.plantly.at_scale import simulate_at_scale
from examples.plantly.landing import simulate
from examples.plantly.scenario import Scenario, parse_injection

FIRST, LAST = date(2025, 1, 1), date(2025, 1, 5)
HAPPENS = ("duplicates=2025-01-02,size=0.1", "late_events=2025-01-03,days=2,size=0.1", "bad_rows=2025-01-04", "price_shock=2025-01-05")


def test_spark_writes_the_same_lines_and_the_same_truth(
    spark: SparkSession, tmp_path: Path, unzipped: Callable[[Path], dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 150)  # so that a small shop has several blocks, the last one not full
    scenario = Scenario(customers=400, seed=3, injections=tuple(map(parse_injection, HAPPENS)))
    at_scale = simulate_at_scale(spark, tmp_path / "spark", scenario, FIRST, LAST, files_at_once=2)
    here = simulate(tmp_path / "here", scenario, FIRST, LAST)
    assert unzipped(tmp_path / "spark") == unzipped(tmp_path / "here")
    assert at_scale == here
    assert not (tmp_path / "spark" / ".staging").exists()
