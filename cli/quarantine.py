"""`greenhouse quarantine`: which lines were set aside, by which rule, what they said, and judging them anew. Mounted by `cli/__main__.py`."""

from __future__ import annotations

import getpass
import json
from collections import defaultdict
from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.landed_lines import HIDDEN, as_landed
from cli.screen import grid, out, parse_day
from lakehouse.errors import GreenhouseError

if TYPE_CHECKING:
    from lakehouse.contracts.model import Contract
    from lakehouse.publishing.refused_rows import RefusedDay
    from lakehouse.tables.lake import Lake

COLUMNS = ["table", "rule", "lines", "first day", "last day"]

app = typer.Typer(help="The lines that broke a rule, and why.", no_args_is_help=True)
TableArgument = Annotated[str, typer.Argument(help="The silver table they were meant for, as `orders` or `silver.orders`.")]
DayOption = Annotated[str | None, typer.Option("--day", help="One day, as 2011-12-01; all where left out.")]


@app.command("list")
def list_(day: DayOption = None) -> None:
    """Count the lines in quarantine by table and rule, and those of days that were refused. A line that broke two rules counts for both."""
    from assets.open_lake import contracts_only_lake
    from lakehouse.settings import load_settings

    lake = contracts_only_lake(load_settings())
    rows, refused = counts(lake, day), refused_counts(lake, day)
    if not rows:
        out.print("Nothing is in quarantine.")
    else:
        grid("", COLUMNS, rows)
        out.print("See them with: ./greenhouse quarantine show TABLE --rule RULE")
    if refused:
        grid("Of days that were refused, of which nothing was published", COLUMNS, refused)
        out.print("See them with: ./greenhouse quarantine show TABLE --refused")


@app.command()
def show(
    table: TableArgument,
    day: DayOption = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only the lines that broke this rule.")] = None,
    limit: Annotated[int, typer.Option(help="Lines shown at most.", min=1)] = 20,
    is_refused: Annotated[bool, typer.Option("--refused", help="The lines for which days were refused; they stand in no table.")] = False,
) -> None:
    """Show lines in quarantine: file, row, rules broken, what the line said and what was made of it. Personal values are never shown."""
    from assets.open_lake import contracts_only_lake
    from lakehouse.settings import load_settings

    lake = contracts_only_lake(load_settings())
    found = (refused_lines if is_refused else lines)(lake, table, day, rule, limit)
    if not found:
        out.print("No such line of a refused day is kept." if is_refused else "No such line is in quarantine.")
        if not is_refused and refused_lines(lake, table, day, rule, 1):
            out.print(f"There are lines of refused days: ./greenhouse quarantine show {table} --refused")
        return
    grid("", ["day", "file", "row", "broken rules", "as it landed", "as it would be published"], found)


@app.command()
def replay(
    table: TableArgument,
    reason: Annotated[str, typer.Option(help="What was mended, for the record.")],
    day: DayOption = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only days with lines that broke this rule.")] = None,
    by: Annotated[str | None, typer.Option(help="Who asks; your login where left out.")] = None,
    is_later: Annotated[bool, typer.Option("--later", help="Leave the computing to the next run.")] = False,
) -> None:
    """Judge the days of quarantined lines anew, by the mapping and rules as they stand now, and compute again what is made of them."""
    from assets.open_lake import open_lake
    from cli.pipeline import open_pipeline
    from cli.progress import Progress
    from lakehouse.publishing.invalidation import mark
    from lakehouse.settings import load_settings

    lake, silver, who = open_lake(load_settings()), f"silver.{table.rpartition('.')[2]}", by or getpass.getuser()
    days = quarantined_days(lake, table, day, rule)
    if not days:
        out.print("No such line is in quarantine.")
        return
    marks = mark(lake, silver, days, f"replay: {reason}", who, is_rebuild=True)
    out.print(f"{len(days)} days of {silver} and what is made of them are computed again: {', '.join(each.table for each in marks)}.")
    if is_later:
        out.print("The next run does it: ./greenhouse run")
        return
    pipeline = open_pipeline(None, Progress())
    pipeline.catch_up(pipeline.last_built_day() or days[-1], asked_by=f"replay by {who}: {reason}")
    grid("Still in quarantine", COLUMNS, [row for row in counts(lake, day) if row[0] == silver])


def quarantined_days(lake: Lake, table: str, day: str | None = None, rule: str | None = None) -> list[date]:
    """The days with lines that broke rules (or that rule), in order."""
    name = _quarantine_of(lake, table)
    broken = "true" if rule is None else f"list_contains(broken_rules, '{_quoted(rule)}')"
    query = f"SELECT DISTINCT day FROM {name} WHERE outcome = 'quarantined' AND {_of(day)} AND {broken} ORDER BY day"
    return [row[0] for row in _ask(lake, query)] if lake.exists(name) else []


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
    """(day, file, row, broken rules, the line as it landed, and as it would be published, both without personal values), by day, file and row."""
    name = _quarantine_of(lake, table)
    if not lake.exists(name):
        return []
    rules = "true" if rule is None else f"(list_contains(broken_rules, '{_quoted(rule)}') OR outcome = '{_quoted(rule)}')"
    found = _ask(
        lake,
        f"SELECT day, source_file, source_row, broken_rules, outcome, row_json, source_sha256 FROM {name} "
        f"WHERE {_of(day)} AND {rules} ORDER BY day, source_file, source_row LIMIT {limit}",
    )
    silver = lake.contract(name.replace("quarantine.", "silver."))
    landed = as_landed(lake, [(file, sha256, row) for _, file, row, *_, sha256 in found])
    return [
        (when, file, row, ", ".join(broken) or outcome, landed[file, sha256, row], _shown(held, silver))
        for when, file, row, broken, outcome, held, sha256 in found
    ]


def refused_counts(lake: Lake, day: str | None = None) -> list[tuple[Any, ...]]:
    """(silver table, rule, lines, first day, last day) of the days that were refused when they were last judged, most lines first."""
    found: dict[tuple[str, str], list[tuple[int, date]]] = defaultdict(list)
    for each in (each for name in _quarantines(lake) for each in _refused(lake, name, day)):
        for rule, count in each.rules.items():
            found[f"silver.{each.name}", rule].append((count, each.day))
    rows = [(*key, sum(n for n, _ in of), min(of, key=itemgetter(1))[1], max(of, key=itemgetter(1))[1]) for key, of in found.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))


def refused_lines(lake: Lake, table: str, day: str | None = None, rule: str | None = None, limit: int = 20) -> list[tuple[Any, ...]]:
    """As `lines`, of the days that were refused."""
    name = _quarantine_of(lake, table)
    silver = lake.contract(name.replace("quarantine.", "silver."))
    kept = [row for each in _refused(lake, name, day) for row in each.rows() if rule is None or rule in row["broken_rules"]]
    places = [(row["source_file"], row["source_sha256"], row["source_row"]) for row in kept[:limit]]
    landed = as_landed(lake, places)
    return [
        (row["day"], row["source_file"], row["source_row"], ", ".join(row["broken_rules"]), landed[place], _shown(row["row_json"], silver))
        for row, place in zip(kept[:limit], places, strict=True)
    ]


def _refused(lake: Lake, quarantine: str, day: str | None) -> list[RefusedDay]:
    from lakehouse.publishing.refused_rows import refused_days

    wanted = parse_day(day, "--day") if day else None
    return [each for each in refused_days(lake.settings, quarantine.partition(".")[2]) if wanted in (None, each.day)]


def _shown(row_json: str, silver: Contract) -> str:
    """What the line held, nothing for what was missing, personal values hidden."""
    hidden = {*silver.personal_columns, silver.subject_key}
    held = {name: HIDDEN if name in hidden else value for name, value in json.loads(row_json).items()}
    return json.dumps(held, ensure_ascii=False)


def _quarantine_of(lake: Lake, table: str) -> str:
    """The quarantine beside a silver table. Raises GreenhouseError naming those there are."""
    name = f"quarantine.{table.rpartition('.')[2]}"
    if name not in _quarantines(lake):
        known = ", ".join(sorted(each.partition(".")[2] for each in _quarantines(lake)))
        raise GreenhouseError(f"no table {table} has a quarantine; these have: {known}")
    return name


def _quarantines(lake: Lake) -> list[str]:
    return [name for name, contract in lake.contracts.items() if contract.layer == "quarantine"]


def _ask(lake: Lake, query: str) -> list[tuple[Any, ...]]:
    from cli.sql import query_lake

    return query_lake(lake, query)[1]


def _of(day: str | None) -> str:
    return "true" if day is None else f"day = DATE '{parse_day(day, '--day')}'"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
