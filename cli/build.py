"""`greenhouse demo`, `run` and `train`: build a shop's lake from its files. The stages themselves are Dagster jobs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.progress import Progress
from cli.screen import err, out, parse_day
from cli.shop_days import shop_days
from lakehouse.days import DayRange
from lakehouse.errors import GreenhouseError

if TYPE_CHECKING:
    from cli.pipeline import Pipeline
    from lakehouse.shop.source import Shop
    from lakehouse.tables.lake import Lake

SourceOption = Annotated[Path | None, typer.Option("--source", help="The shop's source.yaml; the home's own shop where left out.")]


def demo(
    shop: Annotated[str, typer.Argument(help="online_retail (a real shop's year) or plantly (simulated).")] = "online_retail",
    quick: Annotated[bool, typer.Option("--quick", help="A small plantly instead: every stage, in a few minutes.")] = False,
) -> None:
    """Build everything from one shop's files: tables, model, recommendations, drift. Then say what to look at."""
    from cli.demo import build_demo

    build_demo(shop, quick=quick)


def run(
    source: SourceOption = None,
    first: Annotated[str | None, typer.Option("--from", help="First day, as 2011-12-01; the first not built yet where left out.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day; the last with whole files where left out.")] = None,
) -> None:
    """Run the night for every day of a range: land, clean, compute; train where there is no model yet; score and watch the last day.

    Without a range: all that is new, what nights before left unbuilt, and the days that corrections made stale. Stops before the first
    day whose files are not whole.
    """
    from cli.pipeline import open_home, pipeline_over

    lake = open_home(source)
    days, ready, reason = _asked(lake, parse_day(first, "--from") if first else None, parse_day(last, "--to") if last else None)
    pipeline = pipeline_over(lake, Progress())
    if days:
        pipeline.run_days(days, asked_by="greenhouse run")
        out.print(f"Built {days}. Next: ./greenhouse tables, ./greenhouse reconcile, ./greenhouse ui")
    elif pipeline.is_up_to_date(ready):
        out.print(f"Nothing new: everything delivered is built up to {ready}.")
    else:
        pipeline.catch_up(ready, asked_by="greenhouse run")
        out.print("Landed what was new, built what was left unbuilt, and computed again what corrections made stale.")
    if reason:
        raise GreenhouseError(f"it ends with {ready}: {reason}")


def train(
    last: Annotated[str | None, typer.Option("--as-of", help="The last day whose data may be used; the newest where left out.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for the model's record.")] = "asked on the command line",
) -> None:
    """Make the training set, train a version, and let it serve only if it passes every gate."""
    from cli.pipeline import open_home, pipeline_over

    lake = open_home(None)
    as_of = shop_days(lake.shop, None, parse_day(last, "--as-of"), "--as-of").last if last else None
    pipeline = pipeline_over(lake, Progress())
    pipeline.train(as_of or _built(pipeline), asked_by=reason)
    if not pipeline.has_model():
        raise GreenhouseError("no version was made: the line above says what there is too little of")
    pipeline.say_model()


def _asked(lake: Lake, first: date | None, last: date | None) -> tuple[DayRange | None, date, str | None]:
    """The days to run, the last one that is ready, and why no later one where files of later days lie there.

    Raises GreenhouseError where the range is none of the shop's, or files of it lack.
    """
    from cli.pipeline import new_days
    from lakehouse.ingestion.bronze.ready import ready_until, refuse_gaps

    if last:
        shop_days(lake.shop, first, last)
    ready, reason = (last, None) if last else ready_until(lake)
    days = shop_days(lake.shop, first, ready) if first else new_days(lake, ready)
    if days:
        _say_closed(lake.shop, days)
        refuse_gaps(lake, days)
    return days, ready, reason


def _built(pipeline: Pipeline) -> date:
    built = pipeline.last_built_day()
    if built is None:
        raise GreenhouseError("there are no features yet; run ./greenhouse run first")
    return built


def _say_closed(shop: Shop, days: DayRange) -> None:
    if not shop.open_days(days):
        err.print(f"{days}: the shop was closed; there is nothing to land.")
