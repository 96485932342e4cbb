"""`greenhouse reconcile`: where every landed line went, and what did not land."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.screen import grid, out, styled
from lakehouse.publishing.refused_rows import refused_days

if TYPE_CHECKING:
    from datetime import date

    from lakehouse.ingestion.bronze.unlanded import Unlanded
    from lakehouse.ingestion.reconcile import Account, OnlyLookedUp
    from lakehouse.tables.lake import Lake

COLUMNS = [
    "input", "accounted by", "landed", "= published", "+ quarantined", "+ duplicates", "+ of disputed files", "+ left out", "unaccounted",
]  # fmt: skip


def reconcile() -> None:
    """Account for every landed line: published, quarantined, a declared duplicate, of a disputed file, or not for the table.

    Beside it, what was delivered and has not landed, and why. Exit code 1 where a line is missing, a file cannot land, or nothing has.
    """
    from assets.open_lake import contracts_only_lake
    from lakehouse.ingestion.bronze.unlanded import unlanded
    from lakehouse.ingestion.reconcile import only_looked_up
    from lakehouse.ingestion.reconcile import reconcile as accounts_of
    from lakehouse.settings import load_settings

    lake = contracts_only_lake(load_settings())
    accounts, inputs, beside = accounts_of(lake), unlanded(lake), only_looked_up(lake)
    grid("", COLUMNS, [_row(account) for account in accounts])
    for looked_up in beside:
        out.print(styled((seen(looked_up), "yellow" if looked_up.malformed else "dim")))
    for each in inputs:
        for said in not_landed(each):
            out.print(styled((said, "red" if each.refused else "yellow")))
    wrong = [account for account in accounts if not account.balances]
    for account in wrong:
        out.print(styled((reason(account, _refused(lake, account)), "red")))
    if nothing := not any(each.has_landed for each in inputs):
        out.print("Nothing has landed yet; ./greenhouse run lands what is delivered.")
    if wrong or nothing or any(each.refused for each in inputs):
        raise typer.Exit(1)
    out.print(f"All {landed_lines(accounts):,} landed lines are accounted for{_beside(beside)}.")


def seen(found: OnlyLookedUp) -> str:
    """A sentence for an input that is only looked up: its lines, and those that no line sees."""
    unread = f"; {found.malformed:,} of them cannot be read, so no line sees them" if found.malformed else ""
    return f"{found.input}: {found.landed:,} lines landed, looked up by {', '.join(found.tables)}{unread}"


def _beside(found: list[OnlyLookedUp]) -> str:
    lines = sum(each.landed for each in found)
    return f"; {lines:,} more are only looked up" if found else ""


def not_landed(found: Unlanded) -> list[str]:
    """A sentence for each file that cannot land, and one for those that could."""
    said = [f"{found.input}: did not land: {why}" for why in found.refused]
    if found.waiting:
        lies = "lies there and has" if len(found.waiting) == 1 else "lie there and have"
        said.append(
            f"{found.input}: {_spoken(found.waiting, 'files')} {lies} not landed; ./greenhouse run lands what can be landed and says why not"
        )
    return said


def _refused(lake: Lake, account: Account) -> tuple[date, ...]:
    """Those of the days not built whose rows were judged, and refused."""
    name = account.table.partition(".")[2]
    return tuple(each.day for each in refused_days(lake.settings, name) if each.day in account.not_built)


def landed_lines(accounts: list[Account]) -> int:
    """The lines of all inputs, each input once, however many tables account for it."""
    return sum({account.input: account.landed for account in accounts}.values())


def _row(a: Account) -> tuple[object, ...]:
    return (a.input, a.table, a.landed, a.published, a.quarantined, a.duplicates, a.set_aside, a.left_out, a.unaccounted)


def reason(account: Account, refused: tuple[date, ...] = ()) -> str:
    """Why an account does not balance: which days, and the way out. `refused`: those that had too many bad rows."""
    said = []
    if days := account.not_built:
        built = f"run ./greenhouse run --from {days[0]} --to {days[-1]}"
        said.append(f"landed, not built yet: {_spoken(days)}; {built}")
    if refused:
        name = account.table.partition(".")[2]
        said.append(f"{_spoken(refused)} had too many bad rows and was refused: ./greenhouse quarantine show {name} --refused")
    if account.wrong or not said:
        days = account.wrong
        said.append(f"not every line{f' of {_spoken(days)}' if days else ''} is accounted for; run the days again, then reconcile")
    return f"{account.input} in {account.table}: {'; '.join(said)}."


def _spoken(all_of: tuple[object, ...], what: str = "days") -> str:
    return ", ".join(map(str, all_of[:5])) + (f" and {len(all_of) - 5} more {what}" if len(all_of) > 5 else "")
