"""The command line: `python -m examples.plantly --customers 1000 --from 2025-01-01 --to 2025-04-30 --seed 7 --out DIR`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from examples.plantly.landing import simulate
from examples.plantly.scenario import KINDS, Scenario, parse_injection

INJECT = f"KIND=YYYY-MM-DD[,days=N][,size=X], as often as wanted; kinds: {', '.join(KINDS)}."


def main(
    out: Annotated[Path, typer.Option(help="Folder for landing/ and truth.json.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day; all existing customers are listed.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day, included.")],
    customers: Annotated[int, typer.Option(help="How many shoppers; constant over time.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
    seasonality: Annotated[float, typer.Option(help="0 for a stationary shop, to 1 for strong seasons.")] = 0.0,
    inject: Annotated[list[str] | None, typer.Option(help=INJECT)] = None,
) -> None:
    """Write the files that plantly.shop would deliver, a day at a time."""
    try:
        happens = tuple(parse_injection(text) for text in inject or ())
        scenario = Scenario(customers, seed, happens, seasonality)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    truth = simulate(out, scenario, first.date(), last.date())
    typer.echo(f"{out}: " + ", ".join(f"{count:,} lines of {name}" for name, count in truth["lines"].items()))


if __name__ == "__main__":
    typer.run(main)
