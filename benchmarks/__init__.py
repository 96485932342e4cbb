"""Benchmarks: each file one, its peer or limit beside it. Tests of correctness belong in `tests/`."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.compare import Comparison

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NAMES = (
    "audit", "scoring", "overhead", "small_night", "publish_small", "night", "backfill", "one_feature", "click", "ingest", "nothing_new", "point_in_time",
    "point_in_time_growth", "point_in_time_feast",
)  # fmt: skip


def run_benchmarks(name: str | None, rounds: int) -> list[Comparison]:
    """Run one benchmark, or all, on the home's engine, and print each comparison as it ends; one with two peers gives two.

    One that fails stops no other. Raises GreenhouseError on an unknown name, and at the end where one failed, with what it said.
    """
    from lakehouse.engine.session import session
    from lakehouse.errors import GreenhouseError
    from lakehouse.settings import load_settings

    if name and name not in NAMES:
        raise GreenhouseError(f"there is no benchmark {name}; there are {', '.join(NAMES)}")
    spark = session(load_settings())
    found: list[Comparison] = []
    failed: dict[str, str] = {}
    for chosen in [name] if name else NAMES:
        try:
            found += _shown(_run(chosen, spark, rounds))
        except Exception as error:  # noqa: BLE001 - an hour of others must not be lost to one; it is told at the end
            failed[chosen] = f"{type(error).__name__}: {error}".splitlines()[0]
            print(f"{chosen} failed: {failed[chosen]}", flush=True)
    if failed:
        raise GreenhouseError("; ".join(f"bench {each} failed: {why}" for each, why in failed.items()))
    return found


def _run(name: str, spark: SparkSession, rounds: int) -> tuple[Comparison, ...]:
    with tempfile.TemporaryDirectory(prefix="greenhouse-bench-") as folder:
        done = importlib.import_module(f"benchmarks.{name}").run(spark, Path(folder), rounds)
    return done if isinstance(done, tuple) else (done,)


def _shown(done: tuple[Comparison, ...]) -> tuple[Comparison, ...]:
    for each in done:
        print(each, flush=True)
    return done
