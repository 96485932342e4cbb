"""The whole line for one home: the stages in their order, over the Dagster jobs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cli.progress import Progress
from cli.screen import err
from lakehouse.days import DayRange
from lakehouse.errors import GreenhouseError, RunFailed
from lakehouse.lake import Lake
from lakehouse.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

    from orchestration.runs import Outcome


@dataclass
class Line:
    """One home's lake, its Dagster instance and definitions, and who is told of progress."""

    settings: Settings
    lake: Lake
    instance: dg.DagsterInstance
    definitions: dg.Definitions
    progress: Progress

    def run_days(self, days: DayRange, asked_by: str) -> None:
        """History, a first model where there is none, then the last day's scores and drift."""
        self.job("build_history", days, f"Land, clean and compute {days}", asked_by)
        if not self.has_model():
            self.train(days.last, asked_by)
        self.job("score_and_watch", DayRange(days.last, days.last), f"Score and watch {days.last}", asked_by)

    def train(self, as_of: date, asked_by: str) -> None:
        """The training set and a new version, from everything known by that day."""
        days = DayRange(self.lake.shop.first_day, as_of)
        self.job("train", days, f"Train on what was known by {as_of}", asked_by)

    def job(self, name: str, days: DayRange, title: str, asked_by: str) -> Outcome:
        """Run one job. Raises RunFailed with the failed steps' own sentences, and the days that can still be run."""
        from orchestration.runs import run_job

        with self.progress.showing(title):
            outcome = run_job(self.definitions, name, days, self.instance, self.lake, asked_by=asked_by, listener=self.progress)
        if not outcome.succeeded:
            raise RunFailed(_sentence(outcome, days))
        return outcome

    def has_model(self) -> bool:
        """Whether any version was ever registered."""
        return self.lake.exists("models.model_versions") and self.lake.version("models.model_versions") > 0

    def last_delivered_day(self) -> date:
        """The newest day that every input has a file for."""
        from lakehouse.landed_files import delivered_days

        days = [delivered_days(self.lake.shop, name) for name in self.lake.shop.inputs]
        if not all(days):
            raise GreenhouseError(f"{self.lake.shop.landing_folder}: no files were delivered yet; see `landing` in {self.lake.shop.path}")
        return min(max(found) for found in days)

    def last_built_day(self) -> date:
        """The newest day of features. Raises GreenhouseError where there are none."""
        found = self.lake.delta("features.customer_daily").partitions()
        if not found:
            raise GreenhouseError("there are no features yet; run ./greenhouse run first")
        return max(date.fromisoformat(str(partition["day"])) for partition in found)

    def say_model(self) -> None:
        """Print the newest version against its baseline."""
        from cli.summary import model_rows, show_model

        show_model(model_rows(self.lake))


def open_line(source: Path | None, progress: Progress) -> Line:
    """Open the home for running. Starts the engine. Raises GreenhouseError where the home has another shop."""
    from assets.house import open_lake
    from lakehouse.home import adopt_shop
    from lakehouse.settings import load_settings

    settings = load_settings()
    if source:
        adopt_shop(settings, source)
    with err.status("Starting the engine and Dagster …"):
        from expectations.audit import warm
        from orchestration.definitions import definitions_of
        from orchestration.instance import instance_of

        warm()
        lake = open_lake(settings)
        instance = instance_of(settings)
        _ = lake.spark
        return Line(settings, lake, instance, definitions_of(lake), progress)


def _sentence(outcome: Outcome, days: DayRange) -> str:
    said = " ".join(outcome.failures)
    others = _without(days, outcome.failing_days)
    if not outcome.failing_days or not others:
        return said
    commands = " && ".join(f"./greenhouse run --from {part.first} --to {part.last}" for part in others)
    return f"{said}\nThe other days can be run with: {commands}"


def _without(days: DayRange, failing: Iterable[str]) -> list[DayRange]:
    parts, first = [], days.first
    for day in sorted({date.fromisoformat(text) for text in failing}):
        if day in days and day > first:
            parts.append(DayRange(first, day - timedelta(days=1)))
        first = max(first, day + timedelta(days=1))
    return [*parts, DayRange(first, days.last)] if first <= days.last else parts
