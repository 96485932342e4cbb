"""Shops to run the whole line on: the real shop's year by the README's own command, and simulated ones on the session's engine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from assets.open_lake import open_lake
from cli.pipeline import Pipeline
from cli.progress import Progress
from examples.plantly.landing import simulate
from examples.plantly.scenario import Scenario
from lakehouse.days import DayRange
from lakehouse.engine.session import session
from lakehouse.settings import REPOSITORY, Settings
from lakehouse.shop.home import adopt_shop
from orchestration.definitions import definitions_of
from orchestration.instance import instance_of


class Home:
    """A home of its own; `greenhouse` runs a command line in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def greenhouse(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self._command(arguments), env=self._environment, capture_output=True, text=True, check=False)

    def beginning(self, *arguments: str) -> subprocess.Popen[str]:
        """A command line that goes on until it is ended."""
        return subprocess.Popen(self._command(arguments), env=self._environment, text=True)

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [str(REPOSITORY / "greenhouse"), *arguments]

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "GREENHOUSE_HOME": str(self.folder), "GREENHOUSE_ENGINE_MEMORY": "4g"}


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
    from assets.open_lake import contracts_only_lake
    from cli.sql import query_lake

    lake = contracts_only_lake(Settings(home=demo.folder))
    return lambda query: query_lake(lake, query)[1]


@pytest.fixture(scope="module")
def plantly(settings: Settings, started: SparkSession) -> Callable[[Path, Scenario, DayRange], Pipeline]:
    """Makes the line of a simulated shop, its files delivered and nothing run yet, on the session's engine.

    `line.truth` is what the simulator did.
    """

    def make(folder: Path, scenario: Scenario, days: DayRange) -> Pipeline:
        truth = simulate(folder, scenario, days.first, days.last)
        shutil.copyfile(REPOSITORY / "examples" / "plantly" / "source.yaml", folder / "source.yaml")
        own = settings.model_copy(
            update={
                "home": folder / "home",
                "lake": str(folder / "lake"),
                "dagster_home": folder / "dagster",
                "mlflow_tracking_uri": f"sqlite:///{folder}/mlflow.db",
            }
        )
        shop = adopt_shop(own, folder / "source.yaml")
        lake = open_lake(own, shop, lambda _: session(settings))
        line = Pipeline(own, lake, instance_of(own), definitions_of(lake), Progress())
        line.truth = truth  # type: ignore[attr-defined]
        return line

    return make
