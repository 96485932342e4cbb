"""`greenhouse serving`, `promote` and `rollback`: what serves, and a person's word on it. What may serve is decided in `models/promotion`."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from cli.screen import grid, out
from lakehouse.errors import GreenhouseError, Interrupted, RunFailed

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake

WhyOption = Annotated[str, typer.Option("--why", help="The reason: it stands in the ledger and on the version's report.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who says so; the user of this machine where left out.")]
AgainOption = Annotated[bool, typer.Option("--score/--no-score", help="Score the newest day again with what serves from now on.")]


def serving() -> None:
    """Say which version serves, since when and why, and every change before."""
    from models import alias_log
    from models.serving import choose
    from models.versions import was_trained

    lake = _lake()
    choice = choose(lake)
    if not was_trained(lake):
        out.print(f"{choice.reason}.")
        return
    out.print(f"{choice.serves} serves.{f' {choice.reason}.' if choice.reason else ''}")
    rows = [
        (entry.said_at.strftime("%Y-%m-%d %H:%M"), entry.alias, entry.version or "nobody", entry.said_by, entry.why)
        for entry in alias_log.entries(lake)
    ]
    if rows:
        grid("What serves, the newest change last (UTC)", ["when", "alias", "version", "who", "why"], rows)


def promote(
    version: Annotated[
        int, typer.Argument(help="The version of the model, as `./greenhouse serving` or models.model_versions lists it.", min=1)
    ],
    why: WhyOption,
    by: ByOption = None,
    scores: AgainOption = True,
) -> None:
    """Let a version serve that passed every gate, or served before; then score the newest day with it, also where it serves already."""
    from models.promotion import promote

    lake = _lake()
    if promote(lake, version, why, by or getpass.getuser()) is None:
        out.print(f"Version {version} serves already.")
    _after(lake, by or getpass.getuser(), scores)


def rollback(
    why: WhyOption,
    to: Annotated[
        int | None, typer.Option("--to", help="The version to go back to; the one that served before, where left out.", min=1)
    ] = None,
    to_baseline: Annotated[bool, typer.Option("--to-baseline", help="Let no version serve, but the best simple ranking.")] = False,
    by: ByOption = None,
    scores: AgainOption = True,
) -> None:
    """Take back the version that serves: the one before it serves again, and its predictions of the newest day with it."""
    from models.promotion import roll_back, withdraw

    if to_baseline and to is not None:
        raise typer.BadParameter("it and --to are two places to go back to; give one", param_hint="--to-baseline")
    lake, who = _lake(), by or getpass.getuser()
    if to_baseline:
        withdraw(lake, why, who)
    else:
        roll_back(lake, why, who, to)
    _after(lake, who, scores)


def _lake() -> Lake:
    from assets.open_lake import open_lake
    from lakehouse.settings import load_settings

    return open_lake(load_settings())


def _after(lake: Lake, who: str, scores: bool) -> None:
    from models import alias_log
    from models.serving import choose

    for told in alias_log.follow(lake):
        out.print(told)
    choice = choose(lake)
    out.print(f"{choice.serves} serves from now on.{f' {choice.reason}.' if choice.reason else ''}")
    if scores:
        _rescore(lake, who)


def _rescore(lake: Lake, who: str) -> None:
    from cli.pipeline import pipeline_over
    from cli.progress import Progress
    from lakehouse.days import DayRange
    from lakehouse.publishing.built_days import BuiltDays

    built = BuiltDays(lake).built("predictions.recommendations")
    if not built:
        out.print("No day was scored yet; the next night is the first.")
        return
    day = max(built)
    way_out = f"\nWhat serves is changed all the same; ./greenhouse run --from {day} --to {day} scores the day with it once that is mended."
    try:
        pipeline_over(lake, Progress()).job("score_and_watch", DayRange(day, day), f"Score and watch {day} again", who)
    except RunFailed as failed:
        raise RunFailed(failed.message + way_out, failed.rest + way_out) from failed
    except GreenhouseError as failed:
        raise GreenhouseError(failed.message + way_out) from failed
    except Interrupted as interrupted:
        raise Interrupted(interrupted.said + way_out) from None
    out.print(f"The recommendations of {day} are those of what serves now.")
