"""Benchmarks: each file one, its peer or limit beside it. Tests of correctness belong in `tests/`."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path

from benchmarks.compare import Comparison

NAMES = (
    "audit", "scoring", "overhead", "night", "backfill", "one_feature", "click", "ingest", "nothing_new", "point_in_time",
    "point_in_time_growth", "point_in_time_feast",
)  # fmt: skip


def run_benchmarks(name: str | None, rounds: int) -> list[Comparison]:
    """Run one benchmark, or all, on the home's engine, and print each comparison as it ends; one with two peers gives two.

    Raises GreenhouseError on an unknown name.
    """
    from lakehouse.engine.session import session
    from lakehouse.errors import GreenhouseError
    from lakehouse.settings import load_settings

    if name and name not in NAMES:
        raise GreenhouseError(f"there is no benchmark {name}; there are {', '.join(NAMES)}")
    spark, found = session(load_settings()), []
    for chosen in [name] if name else NAMES:
        with tempfile.TemporaryDirectory(prefix="greenhouse-bench-") as folder:
            done = importlib.import_module(f"benchmarks.{chosen}").run(spark, Path(folder), rounds)
        for each in done if isinstance(done, tuple) else (done,):
            print(each, flush=True)
            found.append(each)
    return found
