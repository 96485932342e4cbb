"""`greenhouse demo`, `run` and `train`: build a shop's lake from its files. The stages themselves are Dagster jobs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.progress import Progress
from cli.screen import err, out, parse_day
from lakehouse.days import DayRange
from lakehouse.errors import GreenhouseError

if TYPE_CHECKING:
    from cli.line import Line

SourceOption = Annotated[Path | None, typer.Option("--source", help="The shop's source.yaml; the home's own shop where left out.")]


def demo(shop: Annotated[str, typer.Argument(help="online_retail (a real shop's year) or plantly (simulated).")] = "online_retail") -> None:
    """Build everything from one shop's files: tables, model, recommendations, drift. Then say what to look at."""
    from cli.demo import build_demo

    build_demo(shop)


def run(
    source: SourceOption = None,
    first: Annotated[str | None, typer.Option("--from", help="First day, as 2011-12-01; the shop's first day where left out.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day; the last delivered day where left out.")] = None,
) -> None:
    """Run the night for every day of a range: land, clean, compute; train where there is no model yet; score and watch the last day."""
    line = _open(source)
    days = _range(line, first, last)
    line.run_days(days, asked_by="greenhouse run")
    out.print(f"Built {days}. Next: ./greenhouse tables, ./greenhouse reconcile, ./greenhouse ui")


def train(
    last: Annotated[str | None, typer.Option("--as-of", help="The last day whose data may be used; the newest where left out.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for the model's record.")] = "asked on the command line",
) -> None:
    """Make the training set, train a version, and let it serve only if it passes every gate."""
    line = _open(None)
    line.train(parse_day(last, "--as-of") if last else line.last_built_day(), asked_by=reason)
    line.say_model()


def _open(source: Path | None) -> Line:
    from cli.line import open_line

    return open_line(source, Progress())


def _range(line: Line, first: str | None, last: str | None) -> DayRange:
    shop = line.lake.shop
    start = parse_day(first, "--from") if first else shop.first_day
    end = parse_day(last, "--to") if last else line.last_delivered_day()
    if end < start:
        raise typer.BadParameter(f"{end} lies before {start}", param_hint="--to")
    inside = shop.clip(DayRange(start, end))
    if inside is None or (inside.first, inside.last) != (start, end):
        raise GreenhouseError(f"{start}..{end} lies outside the shop's days {shop.first_day}..{shop.last_day or 'today'}")
    if not shop.open_days(inside):
        err.print(f"{inside}: the shop was closed; there is nothing to land.")
    return inside
