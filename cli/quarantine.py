"""`greenhouse quarantine`: which lines were set aside, by which rule, and what they said. Mounted by `cli/__main__.py`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.screen import grid, out, parse_day
from lakehouse.errors import GreenhouseError

if TYPE_CHECKING:
    from lakehouse.contract import Contract
    from lakehouse.lake import Lake

HIDDEN = "(personal)"

app = typer.Typer(help="The lines that broke a rule, and why.", no_args_is_help=True)
TableArgument = Annotated[str, typer.Argument(help="The silver table they were meant for, as `orders` or `silver.orders`.")]
DayOption = Annotated[str | None, typer.Option("--day", help="One day, as 2011-12-01; all where left out.")]


@app.command("list")
def list_(day: DayOption = None) -> None:
    """Count the lines in quarantine by table and rule. A line that broke two rules counts for both."""
    from assets.house import contracts_only_lake
    from lakehouse.settings import load_settings

    rows = counts(contracts_only_lake(load_settings()), day)
    if not rows:
        out.print("Nothing is in quarantine.")
        return
    grid("", ["table", "rule", "lines", "first day", "last day"], rows)
    out.print("See them with: ./greenhouse quarantine show TABLE --rule RULE")


@app.command()
def show(
    table: TableArgument,
    day: DayOption = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only the lines that broke this rule.")] = None,
    limit: Annotated[int, typer.Option(help="Lines shown at most.", min=1)] = 20,
) -> None:
    """Show lines in quarantine: file, row, rules broken and what the line held. Personal values are never shown."""
    from assets.house import contracts_only_lake
    from lakehouse.settings import load_settings

    found = lines(contracts_only_lake(load_settings()), table, day, rule, limit)
    if not found:
        out.print("No such line is in quarantine.")
        return
    grid("", ["day", "file", "row", "broken rules", "line"], found)


def counts(lake: Lake, day: str | None = None) -> list[tuple[Any, ...]]:
    """(silver table, rule, lines, first day, last day), duplicates as the rule "duplicate", most lines first."""
    found = []
    for name in filter(lake.exists, _quarantines(lake)):
        each = (
            f"SELECT coalesce(rule, outcome), count(*) AS n, min(day), max(day) FROM (SELECT day, outcome, unnest(CASE WHEN len(broken_rules) = 0 "
            f"THEN [NULL] ELSE broken_rules END) AS rule FROM {name} WHERE {_of(day)}) GROUP BY 1"
        )
        found += [(name.replace("quarantine.", "silver."), *row) for row in _ask(lake, each)]
    return sorted(found, key=lambda row: (-row[2], row[0], row[1]))


def lines(lake: Lake, table: str, day: str | None = None, rule: str | None = None, limit: int = 20) -> list[tuple[Any, ...]]:
    """(day, file, row, broken rules, line without personal values), by day, file and row."""
    short = table.rpartition(".")[2]
    if f"quarantine.{short}" not in _quarantines(lake):
        known = ", ".join(sorted(name.partition(".")[2] for name in _quarantines(lake)))
        raise GreenhouseError(f"no table {table} has a quarantine; these have: {known}")
    if not lake.exists(f"quarantine.{short}"):
        return []
    rules = "true" if rule is None else f"(list_contains(broken_rules, '{_quoted(rule)}') OR outcome = '{_quoted(rule)}')"
    found = _ask(
        lake,
        f"SELECT day, source_file, source_row, broken_rules, outcome, row_json FROM quarantine.{short} "
        f"WHERE {_of(day)} AND {rules} ORDER BY day, source_file, source_row LIMIT {limit}",
    )
    silver = lake.contract(f"silver.{short}")
    return [(when, file, row, ", ".join(broken) or outcome, _shown(held, silver)) for when, file, row, broken, outcome, held in found]


def _shown(row_json: str, silver: Contract) -> str:
    """What the line held, nothing for what was missing, personal values hidden."""
    hidden = {*silver.personal_columns, silver.subject_key}
    held = {name: HIDDEN if name in hidden else value for name, value in json.loads(row_json).items()}
    return json.dumps(held, ensure_ascii=False)


def _quarantines(lake: Lake) -> list[str]:
    return [name for name, contract in lake.contracts.items() if contract.layer == "quarantine"]


def _ask(lake: Lake, query: str) -> list[tuple[Any, ...]]:
    from cli.sql import query_lake

    return query_lake(lake, query)[1]


def _of(day: str | None) -> str:
    return "true" if day is None else f"day = DATE '{parse_day(day, '--day')}'"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
