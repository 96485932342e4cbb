"""`greenhouse backfill`: one table's days computed again in one run, or one feature of it beside the others. Late rows need none: see `run`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from cli.progress import Progress
from cli.screen import err, out, parse_day
from lakehouse.days import DayRange, as_spans
from lakehouse.errors import GreenhouseError

if TYPE_CHECKING:
    from lakehouse.lake import Lake

LAYERS = ("silver", "partials", "kpis", "features")
SPANS_SHOWN = 3


def backfill(
    table: Annotated[str, typer.Argument(help="The table, as features.customer_daily.")],
    first: Annotated[str | None, typer.Option("--from", help="First day; the shop's first where left out.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day; the last one built where left out.")] = None,
    feature: Annotated[
        list[str] | None, typer.Option("--feature", help="Write this column only, the others stay. May be repeated.")
    ] = None,
) -> None:
    """Compute days of one table again in one run, or one feature's whole history without touching the others."""
    from cli.line import open_line
    from orchestration.runs import Only

    line = open_line(None, Progress())
    if table.partition(".")[0] not in LAYERS or table not in line.lake.tables:
        known = ", ".join(name for name in line.lake.tables if name.partition(".")[0] in LAYERS)
        raise GreenhouseError(f"{table} cannot be backfilled; these can: {known}")
    built = line.last_built_day()
    if last is None and built is None:
        raise GreenhouseError("nothing was built yet; run ./greenhouse run first")
    end = parse_day(last, "--to") if last else built or line.lake.shop.first_day
    days = DayRange(parse_day(first, "--from") if first else line.lake.shop.first_day, end)
    for told in missing_upstream_days(line.lake, table, days):
        err.print(f"[yellow]{told}[/yellow]")
    what = f"{table} ({', '.join(feature)})" if feature else table
    line.job("build_history", days, f"Compute {what} again for {days}", "greenhouse backfill", Only(table, tuple(feature or ())))
    out.print(f"Computed {what} again for {days}.")


def missing_upstream_days(lake: Lake, table: str, days: DayRange) -> list[str]:
    """A sentence for each table it is made of, through others too, that was never published for days that these days look back on."""
    from lakehouse.reads import Days

    told = []
    for read in lake.tables[table].reads.values():
        if isinstance(read, Days) and lake.tables[read.table].upstreams(lake.shop):
            wanted = DayRange(days.first - timedelta(days=read.before), days.last)
            told += [*_missing_days(lake, read.table, wanted), *missing_upstream_days(lake, read.table, wanted)]
    return list(dict.fromkeys(told))


def _missing_days(lake: Lake, table: str, wanted: DayRange) -> list[str]:
    from lakehouse.stale import published_days

    spans = as_spans(sorted(set(lake.shop.open_days(wanted)) - published_days(lake, table)))
    more = f" and {len(spans) - SPANS_SHOWN} more spans" if len(spans) > SPANS_SHOWN else ""
    return [f"{table} was never published for {', '.join(spans[:SPANS_SHOWN])}{more}: what looks back there sees less"] if spans else []
