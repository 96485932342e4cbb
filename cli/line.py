"""The whole line for one home: the stages in their order, over the Dagster jobs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cli.progress import Progress
from cli.screen import working
from lakehouse.days import DayRange
from lakehouse.errors import RunFailed
from lakehouse.lake import Lake
from lakehouse.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

    from orchestration.runs import Only, Outcome


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

    def catch_up(self, last: date, asked_by: str) -> None:
        """Land what came for days that are built, and compute again what that and other corrections made stale."""
        self.job("build_history", DayRange(last, last), f"Catch up to {last}", asked_by)

    def train(self, as_of: date, asked_by: str) -> None:
        """The training set and a new version, from everything known by that day."""
        days = DayRange(self.lake.shop.first_day, as_of)
        self.job("train", days, f"Train on what was known by {as_of}", asked_by)

    def job(self, name: str, days: DayRange, title: str, asked_by: str, only: Only | None = None) -> Outcome:
        """Run one job. Raises RunFailed with the failed steps' own sentences, and the days that can still be run."""
        from orchestration.runs import run_job

        with self.progress.showing(title):
            outcome = run_job(self.definitions, name, days, self.instance, self.lake, asked_by=asked_by, listener=self.progress, only=only)
        if not outcome.succeeded:
            raise RunFailed(_sentence(outcome, days))
        return outcome

    def has_model(self) -> bool:
        """Whether any version was ever registered."""
        from models.promotion import was_trained

        return was_trained(self.lake)

    def ready_until(self) -> tuple[date, str | None]:
        """The last day that every input has whole files up to; and why no further, where files of later days lie there."""
        from lakehouse.landing.arrivals import ready_until

        return ready_until(self.lake)

    def is_up_to_date(self, built: date) -> bool:
        """Whether no file of the days built waits to be landed, and none of them to be computed again."""
        from lakehouse.landing.arrivals import arrived
        from lakehouse.stale import open_marks

        return not open_marks(self.lake) and not any(
            arrived(self.lake, name, DayRange(built, built)).deliveries for name in self.lake.shop.inputs
        )

    def last_built_day(self) -> date | None:
        """The newest day that features were published for; None where none were."""
        from lakehouse.stale import newest_day

        newest = newest_day(self.lake, "features.customer_daily")
        return None if newest == date.min else newest

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
    with working("Starting the engine and Dagster …"):
        from expectations.audit import warm
        from orchestration.definitions import definitions_of
        from orchestration.instance import instance_of

        lake = open_lake(settings)
        instance = instance_of(settings)
        warm()
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
