"""The whole pipeline for one home: the stages in their order, over the Dagster jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cli.progress import Progress
from cli.screen import working
from lakehouse.days import DayRange
from lakehouse.errors import Interrupted, RunFailed
from lakehouse.settings import Settings
from lakehouse.tables.audit_report import NO_PARTITION
from lakehouse.tables.lake import Lake

if TYPE_CHECKING:
    import dagster as dg

    from orchestration.runs import Outcome, TableSelection


@dataclass
class Pipeline:
    """One home's lake, its Dagster instance and definitions, and who is told of progress."""

    settings: Settings
    lake: Lake
    instance: dg.DagsterInstance
    definitions: dg.Definitions
    progress: Progress

    def run_days(self, days: DayRange, asked_by: str) -> None:
        """History, a first model where there is none, then scores and drift of the last day, and of those before it that nobody watched."""
        self.job("build_history", days, f"Land, clean and compute {days}", asked_by)
        if not self.has_model():
            self.train(days.last, asked_by)
        self.job("score_and_watch", DayRange(days.last, days.last), f"Score and watch {days.last}", asked_by)

    def catch_up(self, last: date, asked_by: str) -> None:
        """Land what came for days that are built, build those left unbuilt, and compute again what corrections made stale."""
        self.job("build_history", DayRange(last, last), f"Catch up to {last}", asked_by)
        if unwatched := self._unwatched(last):
            newest = max(unwatched)
            self.job("score_and_watch", DayRange(newest, newest), f"Score and watch {newest}", asked_by)

    def train(self, as_of: date, asked_by: str) -> None:
        """The training set and a new version, from everything known by that day."""
        days = DayRange(self.lake.shop.first_day, as_of)
        self.job("train", days, f"Train on what was known by {as_of}", asked_by)

    def job(self, name: str, days: DayRange, title: str, asked_by: str, only: TableSelection | None = None) -> Outcome:
        """Run one job. Raises RunFailed with the failed steps' own sentences, and the days that can still be run."""
        from orchestration.runs import run_job

        try:
            with self.progress.showing(title):
                outcome = run_job(
                    self.definitions, name, days, self.instance, self.lake, asked_by=asked_by, listener=self.progress, only=only
                )
        except Interrupted:
            raise Interrupted(self.progress.standing()) from None
        if not outcome.succeeded:
            raise _failed(outcome, days, self.progress.refused)
        return outcome

    def has_model(self) -> bool:
        """Whether any version was ever registered."""
        from models.versions import was_trained

        return was_trained(self.lake)

    def ready_until(self) -> tuple[date, str | None]:
        """The last day that every input has whole files up to; and why no further, where files of later days lie there."""
        from lakehouse.ingestion.bronze.ready import ready_until

        return ready_until(self.lake)

    def is_up_to_date(self, ready: date) -> bool:
        """Whether no file waits to be landed, no day to be built, scored or watched, and none to be computed again."""
        from lakehouse.ingestion.bronze.new_files import arrived
        from lakehouse.publishing.built_days import BuiltDays
        from lakehouse.publishing.invalidation import open_marks

        known = BuiltDays(self.lake)
        waiting = any(arrived(self.lake, name, DayRange(ready, ready)).deliveries for name in self.lake.shop.inputs)
        unbuilt = any(known.missing(name, ready) for name in self.lake.tables)
        return not (waiting or unbuilt or self._unwatched(ready) or open_marks(self.lake))

    def _unwatched(self, ready: date) -> set[date]:
        """The days that are still to be scored and watched."""
        from lakehouse.publishing.built_days import WATCHES, BuiltDays

        known = BuiltDays(self.lake)
        watching = [name for name, table in self.lake.tables.items() if table.layer in WATCHES]
        return set().union(*(known.missing(name, ready) if known.built(name) else {ready} for name in watching))

    def last_built_day(self) -> date | None:
        """The newest day that features were published for; None where none were."""
        from lakehouse.publishing.built_days import newest_day

        newest = newest_day(self.lake, "features.customer_daily")
        return None if newest == date.min else newest

    def say_model(self) -> None:
        """Print the newest version against its baseline."""
        from cli.summary import model_rows, show_model

        show_model(model_rows(self.lake))


def new_days(lake: Lake, ready: date) -> DayRange | None:
    """The days after the newest of silver up to that one; None where there are none."""
    from lakehouse.publishing.built_days import BuiltDays

    newest = BuiltDays(lake).newest_of_silver()
    first = newest + timedelta(days=1) if newest else lake.shop.first_day
    return DayRange(first, ready) if first <= ready else None


def open_pipeline(source: Path | None, progress: Progress) -> Pipeline:
    """Open the home for running. Starts the engine. Raises GreenhouseError where the home has another shop."""
    return pipeline_over(open_home(source), progress)


def open_home(source: Path | None) -> Lake:
    """The home's lake, which has that shop from now on. Starts nothing: what is wrong is told before the engine does."""
    from lakehouse.settings import load_settings
    from lakehouse.shop.home import adopt_shop, shop_of

    settings = load_settings()
    shop = adopt_shop(settings, source) if source else shop_of(settings)
    from assets.open_lake import open_lake  # a second's work, which nobody waits for whose source file is wrong

    return open_lake(settings, shop)


def pipeline_over(lake: Lake, progress: Progress) -> Pipeline:
    """The pipeline over a lake. Starts the engine."""
    with working("Starting the engine and Dagster …"):
        from expectations.audit import warm
        from orchestration.definitions import definitions_of
        from orchestration.instance import instance_of

        instance = instance_of(lake.settings)
        warm()
        _ = lake.spark
        return Pipeline(lake.settings, lake, instance, definitions_of(lake), progress)


def _failed(outcome: Outcome, days: DayRange, told: Mapping[str, str]) -> RunFailed:
    """What failed. `told`: the sentences that stand on the screen already, by table; they are not said twice."""
    way_out, untold = _days_before(outcome, days), [said for said in outcome.failures if said not in told.values()]
    if failed := [table for table, said in told.items() if said in outcome.failures]:
        untold.append(f"{', '.join(failed)} failed, as said above; what reads {'it' if len(failed) == 1 else 'them'} was left as it stood.")
    return RunFailed(" ".join(outcome.failures) + way_out, " ".join(untold) + way_out)


def _days_before(outcome: Outcome, days: DayRange) -> str:
    """Which days stand before those that failed; those after would look back over a hole."""
    failing = [date.fromisoformat(text) for text in outcome.failing_days if text != NO_PARTITION]
    before = days.clip(None, min(failing) - timedelta(days=1)) if failing else None
    return f"\nThe days before can be run with: ./greenhouse run --from {before.first} --to {before.last}" if before else ""
