"""`greenhouse backfill`: one table's days computed again in one run, or one feature of it beside the others. Late rows need none: see `run`."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.progress import Progress
from cli.screen import out, parse_day
from cli.shop_days import shop_days
from lakehouse.errors import GreenhouseError


def backfill(
    table: Annotated[str, typer.Argument(help="The table, as features.customer_daily.")],
    first: Annotated[str | None, typer.Option("--from", help="First day; the shop's first where left out.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day; the last one built where left out.")] = None,
    feature: Annotated[
        list[str] | None, typer.Option("--feature", help="Write this column only, the others stay. May be repeated.")
    ] = None,
) -> None:
    """Compute days of one table again in one run, or one feature's whole history without touching the others."""
    from cli.pipeline import open_home, pipeline_over
    from lakehouse.publishing.built_days import FOLLOWS
    from orchestration.runs import TableSelection

    lake = open_home(None)
    begin = parse_day(first, "--from") if first else None
    asked = shop_days(lake.shop, begin, parse_day(last, "--to")) if last else None
    if table.partition(".")[0] not in FOLLOWS or table not in lake.tables:
        known = ", ".join(name for name in lake.tables if name.partition(".")[0] in FOLLOWS)
        raise GreenhouseError(f"{table} cannot be backfilled; these can: {known}")
    pipeline = pipeline_over(lake, Progress())
    built = pipeline.last_built_day()
    if asked is None and built is None:
        raise GreenhouseError("nothing was built yet; run ./greenhouse run first")
    days = asked or shop_days(lake.shop, begin, built or lake.shop.first_day)
    what = f"{table} ({', '.join(feature)})" if feature else table
    pipeline.job(
        "build_history", days, f"Compute {what} again for {days}", "greenhouse backfill", TableSelection(table, tuple(feature or ()))
    )
    out.print(f"Computed {what} again for {days}.")
