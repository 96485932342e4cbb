"""`greenhouse reconcile`: where every landed line went."""

from __future__ import annotations

import typer

from cli.screen import grid, out, styled


def reconcile() -> None:
    """Account for every landed line: published, quarantined, a declared duplicate, or of a disputed file. Exit code 1 where a line is missing."""
    from assets.house import contracts_only_lake
    from lakehouse.reconcile import reconcile as accounts_of
    from lakehouse.settings import load_settings

    accounts = accounts_of(contracts_only_lake(load_settings()))
    columns = ["input", "accounted by", "landed", "= published", "+ quarantined", "+ duplicates", "+ of disputed files", "unaccounted"]
    grid(
        "", columns, [(a.input, a.table, a.landed, a.published, a.quarantined, a.duplicates, a.set_aside, a.unaccounted) for a in accounts]
    )
    wrong = [account.input for account in accounts if not account.balances]
    if wrong:
        out.print(styled((f"{', '.join(wrong)}: not every line is accounted for; run the days again, then reconcile.", "red")))
        raise typer.Exit(1)
    out.print(f"All {sum(account.landed for account in accounts):,} landed lines are accounted for.")
