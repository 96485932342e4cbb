"""The demo: one shop's files through the whole line, and a short summary of what came of it."""

from __future__ import annotations

import shutil
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
PLANTLY_DAYS = DayRange(date(2025, 1, 1), date(2025, 6, 29))
PLANTLY_CUSTOMERS = 1000


def build_demo(shop: str) -> None:
    """Build the named example in the home. Raises GreenhouseError where the home holds another shop."""
    if shop not in ("online_retail", "plantly"):
        raise typer.BadParameter(f"{shop!r}: the demos are online_retail and plantly", param_hint="SHOP")
    settings = load_settings()
    source = _plantly(settings) if shop == "plantly" else EXAMPLES / "online_retail" / "source.yaml"
    pipeline = open_pipeline(source, Progress())
    pipeline.run_days(DayRange(pipeline.lake.shop.first_day, pipeline.ready_until()[0]), asked_by=f"greenhouse demo {shop}")
    show_summary(pipeline.lake)


def _plantly(settings: Settings) -> Path:
    """The simulated shop's files, written into the home once."""
    from examples.plantly.landing import simulate
    from examples.plantly.scenario import Scenario

    folder = settings.home / "plantly"
    source = folder / "source.yaml"
    if not source.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with working(f"Simulating plantly.shop: {PLANTLY_CUSTOMERS:,} customers, {len(PLANTLY_DAYS)} days …"):
            simulate(folder, Scenario(PLANTLY_CUSTOMERS), PLANTLY_DAYS.first, PLANTLY_DAYS.last)
        shutil.copyfile(EXAMPLES / "plantly" / "source.yaml", source)
    return source
