"""`greenhouse reconcile`: where every landed line went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.screen import grid, out, styled

if TYPE_CHECKING:
    from lakehouse.reconcile import Account

COLUMNS = [
    "input", "accounted by", "landed", "= published", "+ quarantined", "+ duplicates", "+ of disputed files", "+ left out", "unaccounted",
]  # fmt: skip


def reconcile() -> None:
    """Account for every landed line: published, quarantined, a declared duplicate, of a disputed file, or not for the table.

    Exit code 1 where a line is missing.
    """
    from assets.house import contracts_only_lake
    from lakehouse.reconcile import reconcile as accounts_of
    from lakehouse.settings import load_settings

    accounts = accounts_of(contracts_only_lake(load_settings()))
    grid("", COLUMNS, [_row(account) for account in accounts])
    wrong = [account for account in accounts if not account.balances]
    for account in wrong:
        out.print(styled((reason(account), "red")))
    if wrong:
        raise typer.Exit(1)
    out.print(f"All {landed_lines(accounts):,} landed lines are accounted for.")


def landed_lines(accounts: list[Account]) -> int:
    """The lines of all inputs, each input once, however many tables account for it."""
    return sum({account.input: account.landed for account in accounts}.values())


def _row(a: Account) -> tuple[object, ...]:
    return (a.input, a.table, a.landed, a.published, a.quarantined, a.duplicates, a.set_aside, a.left_out, a.unaccounted)


def reason(account: Account) -> str:
    """Why an account does not balance: which days, and the way out."""
    said = []
    if days := account.not_built:
        built = f"run ./greenhouse run --from {days[0]} --to {days[-1]}"
        said.append(f"landed, not built yet: {_spoken(days)}; {built}")
    if account.wrong or not said:
        days = account.wrong
        said.append(f"not every line{f' of {_spoken(days)}' if days else ''} is accounted for; run the days again, then reconcile")
    return f"{account.input} in {account.table}: {'; '.join(said)}."


def _spoken(days: tuple[object, ...]) -> str:
    return ", ".join(map(str, days[:5])) + (f" and {len(days) - 5} more days" if len(days) > 5 else "")
