"""Reads what the simulator wrote, with nothing of the simulator's own code."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture(scope="session")
def read_input() -> Callable[[Path, str], pd.DataFrame]:
    """`read_input(folder, input)`: all lines as text, with file_day, in the order of the files."""
    return _read


@pytest.fixture(scope="session")
def unzipped() -> Callable[[Path], dict[str, bytes]]:
    """`unzipped(folder)`: what stands in each landing file, by its path below `landing`."""
    return lambda folder: {
        str(path.relative_to(folder / "landing")): gzip.decompress(path.read_bytes()) for path in sorted((folder / "landing").rglob("*.gz"))
    }


def _read(folder: Path, name: str) -> pd.DataFrame:
    files = sorted((folder / "landing" / name).glob("*.csv.gz"))
    days = [pd.read_csv(path, dtype=str, keep_default_na=False).assign(file_day=path.name[:10]) for path in files]
    return pd.concat(days, ignore_index=True)
