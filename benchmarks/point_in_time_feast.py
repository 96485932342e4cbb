"""The join of `point_in_time`, against Feast's historical retrieval from the same files.

Feast pins what Greenhouse does not: it lives in an environment of its own, made once below the home.
"""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.compare import ROUNDS, Comparison, seconds
from benchmarks.point_in_time import FULL, TABLES, Size, deliver, join
from lakehouse.settings import load_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT_MOST = 0.33
FEAST = "feast==0.67.0"
RETRIEVAL = Path(__file__).with_name("feast_retrieval.py")


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS, size: Size = FULL) -> Comparison:
    """Both in turn; the first round warms up. Of Feast's process only the retrieval counts, not its imports."""
    deliver(folder, size)
    python = _environment(load_settings().home / "peers" / FEAST)
    pairs = [(seconds(partial(join, spark, folder)), _retrieved(python, folder)) for _ in range(rounds + 1)]
    return Comparison.warmed_up(f"{size}, against Feast", pairs, AT_MOST)


def _environment(folder: Path) -> Path:
    """The Python of an environment that holds Feast; made where it is not there, and whole or not at all."""
    python, made = folder / "bin" / "python", folder / "made"
    if not made.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", FEAST], check=True)
        made.touch()
    return python


def _retrieved(python: Path, folder: Path) -> float:
    command = [str(python), "-P", str(RETRIEVAL), str(folder), str(TABLES), str(folder / "feast.parquet")]
    # -P: else the files beside it (`click`) would stand before the libraries of the same name.
    return float(subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout.splitlines()[-1])
