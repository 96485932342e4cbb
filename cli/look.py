"""`greenhouse tables`: what the lake holds."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.screen import grid, out
from lakehouse.days import as_spans

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake


def tables(
    table: Annotated[str | None, typer.Argument(help="layer.table: its columns with types, units and meaning.", show_default=False)] = None,
    is_detailed: Annotated[bool, typer.Option("--detail", help="Files, bytes, versions, and which of them live models pin.")] = False,
) -> None:
    """List every table with its rows, Delta version, last publish, last check status, and the days missing in its history; or one's columns."""
    from assets.open_lake import contracts_only_lake, open_lake
    from lakehouse.settings import load_settings

    if table:
        columns_of(contracts_only_lake(load_settings()), table)
        return
    if is_detailed:
        lake = contracts_only_lake(load_settings())
        grid("", ["table", "files", "MB", "versions", "pinned versions"], detail(lake))
    else:
        lake = open_lake(load_settings())
        checks, missing = last_checks(lake), missing_days(lake)
        columns = ["table", "rows", "version", "last published (UTC)", "checks", "missing days", "description"]
        grid("", columns, [_row(lake, name, checks, missing) for name in lake.contracts])
        for name, days in missing.items():
            out.print(f"{name} was never built for {', '.join(as_spans(sorted(days)))}: ./greenhouse run builds what is missing.")
    if not any(lake.exists(name) for name in lake.contracts):
        out.print("Nothing is published yet: ./greenhouse demo builds it all.")


def columns_of(lake: Lake, table: str) -> None:
    """Print what a table holds. Raises LakeError where there is no such table."""
    contract = lake.contract(table)
    out.print(f"{table} {contract.version}: {contract.description}")
    columns = [(c.name, c.spark_type, c.unit or "", "" if c.required else "may be null", c.description) for c in contract.columns]
    grid("", ["column", "type", "unit", "null", "description"], columns)


def detail(lake: Lake) -> list[tuple[Any, ...]]:
    """Each published table's files, megabytes and versions, and the versions that live models stand on."""
    from lakehouse.publishing.maintenance import megabytes, size_of
    from models.pins import pins

    pinned, found = pins(lake), []
    for name in lake.contracts:
        if lake.exists(name):
            size = size_of(lake, name)
            told = ", ".join(f"{version} ({why})" for version, why in sorted(pinned.get(name, {}).items()))
            found.append((name, size.files, megabytes(size.size_bytes), size.versions, told))
    return found


def missing_days(lake: Lake) -> dict[str, set[date]]:
    """By table, the days that could be built, up to the newest of silver, and are not."""
    from lakehouse.publishing.built_days import BuiltDays

    known = BuiltDays(lake)
    newest = known.newest_of_silver()
    found = {name: known.missing(name, newest) for name in lake.tables} if newest else {}
    return {name: days for name, days in found.items() if days}


def last_checks(lake: Lake) -> dict[str, tuple[int, int, int]]:
    """For each table, how many checks of its last publish or refusal passed, how many had no rows to judge, and how many there were."""
    import duckdb

    if not lake.exists("monitoring.check_results"):
        return {}
    con = duckdb.connect()
    con.register("results", lake.dataset("monitoring.check_results"))
    found = con.execute(
        "WITH last AS (SELECT table_name, arg_max(publish_id, checked_at) publish_id FROM results GROUP BY table_name) "
        "SELECT table_name, count(*) FILTER (passed AND rows > 0), count(*) FILTER (passed AND rows = 0), count(*) "
        "FROM results JOIN last USING (table_name, publish_id) GROUP BY table_name"
    ).fetchall()
    return {table: (passed, unjudged, total) for table, passed, unjudged, total in found}


def _row(lake: Lake, name: str, checks: dict[str, tuple[int, int, int]], missing: dict[str, set[date]]) -> tuple[Any, ...]:
    contract = lake.contract(name)
    purpose, lacks = contract.summary, len(missing.get(name, ())) or None
    if not lake.exists(name):
        # A ledger of what did not happen yet lacks nothing.
        return name, None, None, "no entry yet" if contract.write == "ledger" else "never", "", lacks, purpose
    delta = lake.delta(name)
    (last,) = delta.history(1)
    return name, lake.count(name), delta.version(), _moment(last.get("timestamp")), status(checks.get(name)), lacks, purpose


def _moment(milliseconds: int | None) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M}" if milliseconds else ""


def status(found: tuple[int, int, int] | None) -> str:
    """What a table's row says of its checks, of which `last_checks` knows."""
    if not found:
        return "ledger"
    passed, unjudged, total = found
    failed = total - passed - unjudged
    return f"{failed} of {total} FAILED" if failed else f"{passed} passed" if passed else "no rows to judge"
