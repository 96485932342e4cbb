"""`greenhouse backtest`: train and score as if on a past day, beside the live tables."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.screen import err, grid, out


def backtest(as_of: Annotated[str, typer.Option("--as-of", help="The day, YYYY-MM-DD: nothing known later is used.")]) -> None:
    """Train and score as if on that day, from what was known then; the live tables and models stay as they are."""
    from assets.backtest import lake_as_of, result, steps
    from assets.open_lake import open_lake
    from cli.screen import parse_day
    from cli.summary import FIGURES
    from expectations.audit import audit
    from lakehouse.settings import load_settings

    live = open_lake(load_settings())
    lake = lake_as_of(live, parse_day(as_of, "--as-of"))
    for done in steps(lake, audit):
        err.print(f"  {done.table:<34}{done.rows:>12,} rows{done.seconds:>8.1f} s")
    found = result(live, lake)
    rows = [(row["model_name"], *(row[name] for name in FIGURES), row["is_champion"]) for row in found.models]
    grid("", ["model", *FIGURES, "passed every gate"], rows)
    known = "not known yet" if found.recall_at_10 is None else f"{found.recall_at_10:.4f}"
    out.print(f"{found.recommended_customers:,} customers were recommended to; recall@10 in the seven days after: {known}.")
    out.print(f"It stands in {found.folder}; as long as it does, the versions it read are kept.")
