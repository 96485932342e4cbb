"""The real shop's year, built once by the README's own command, as a new user would."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lakehouse.settings import REPOSITORY


class Home:
    """A home of its own; `greenhouse` runs a command line in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def greenhouse(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "GREENHOUSE_HOME": str(self.folder), "GREENHOUSE_ENGINE_MEMORY": "4g"}
        command = [str(REPOSITORY / "greenhouse"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The home that `./greenhouse demo` leaves behind; `demo.built` is what the command printed."""
    home = Home(tmp_path_factory.mktemp("demo"))
    home.built = home.greenhouse("demo")  # type: ignore[attr-defined]
    yield home
    home.greenhouse("engine", "stop")


@pytest.fixture(scope="session")
def sql(demo: Home) -> Callable[[str], list[tuple]]:
    """Ask the demo's lake, in this process."""
    from assets.house import contracts_only_lake
    from cli.sql import query_lake
    from lakehouse.settings import Settings

    lake = contracts_only_lake(Settings(home=demo.folder))
    return lambda query: query_lake(lake, query)[1]
