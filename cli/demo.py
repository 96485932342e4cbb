"""The demo: one shop's files through the whole line, and a short summary of what came of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import typer

from cli.pipeline import open_pipeline
from cli.progress import Progress
from cli.screen import working
from cli.summary import show_summary
from lakehouse.days import DayRange
from lakehouse.settings import REPOSITORY, Settings, load_settings

EXAMPLES = REPOSITORY / "examples"


@dataclass(frozen=True)
class Simulated:
    """A plantly of so many customers over those days, in a folder of the home."""

    folder: str
    customers: int
    days: DayRange


PLANTLY = Simulated("plantly", 1000, DayRange(date(2025, 1, 1), date(2025, 6, 29)))
# As few days as a model can be learnt and judged on: 90 of windows, four held-out weeks.
QUICK = Simulated("plantly_quick", 200, DayRange(date(2025, 1, 1), date(2025, 5, 4)))


def build_demo(shop: str, *, quick: bool = False) -> None:
    """Build the named example in the home, or the small plantly. Raises GreenhouseError where the home holds another shop."""
    if shop not in ("online_retail", "plantly"):
        raise typer.BadParameter(f"{shop!r}: the demos are online_retail and plantly", param_hint="SHOP")
    settings = load_settings()
    simulated = QUICK if quick else PLANTLY if shop == "plantly" else None
    source = _simulated(settings, simulated) if simulated else EXAMPLES / "online_retail" / "source.yaml"
    pipeline = open_pipeline(source, Progress())
    asked_by = f"greenhouse demo {'--quick' if quick else shop}"
    pipeline.run_days(DayRange(pipeline.lake.shop.first_day, pipeline.ready_until()[0]), asked_by=asked_by)
    show_summary(pipeline.lake)


def _simulated(settings: Settings, shop: Simulated) -> Path:
    """The simulated shop's files, written into the home once."""
    from examples.plantly.landing import simulate
    from examples.plantly.scenario import Scenario

    folder = settings.home / shop.folder
    source = folder / "source.yaml"
    if not source.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with working(f"Simulating plantly.shop: {shop.customers:,} customers, {len(shop.days)} days …"):
            simulate(folder, Scenario(shop.customers), shop.days.first, shop.days.last)
        shutil.copyfile(EXAMPLES / "plantly" / "source.yaml", source)
    return source
