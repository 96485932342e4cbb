"""`greenhouse sql`: DuckDB over the Delta tables, without a JVM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.screen import grid
from lakehouse.errors import GreenhouseError

if TYPE_CHECKING:
    import duckdb

    from lakehouse.tables.lake import Lake


def sql(
    query: Annotated[str, typer.Argument(help="A SELECT over tables named layer.table, in DuckDB's SQL.")],
    output: Annotated[str, typer.Option("--format", help="table, csv or json (one object a line).")] = "table",
    limit: Annotated[int, typer.Option(help="Rows shown at most; 0 for all.")] = 1000,
) -> None:
    """Ask the lake in SQL: greenhouse sql "SELECT day, net_revenue FROM kpis.daily_sales ORDER BY day"."""
    from assets.open_lake import contracts_only_lake
    from lakehouse.settings import load_settings

    if output not in ("table", "csv", "json"):
        raise typer.BadParameter("table, csv or json", param_hint="--format")
    columns, rows = query_lake(contracts_only_lake(load_settings()), query, limit)
    show(columns, rows, output)


def query_lake(lake: Lake, query: str, limit: int = 0) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run a query over the tables it names. Raises GreenhouseError with DuckDB's own reason."""
    import duckdb

    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    try:
        for table in _named(query):
            _attach(con, lake, table)
        found = con.execute(query)
        return [entry[0] for entry in found.description], found.fetchmany(limit) if limit else found.fetchall()
    except duckdb.Error as error:
        raise GreenhouseError(" ".join(str(error).split())) from error


def show(columns: list[str], rows: list[tuple[Any, ...]], output: str) -> None:
    """Print a result in the form asked for."""
    if output == "table":
        grid("", columns, rows)
    elif output == "json":
        for row in rows:
            typer.echo(json.dumps(dict(zip(columns, row, strict=True)), default=str))
    else:
        import csv
        import sys

        csv.writer(sys.stdout, lineterminator="\n").writerows([columns, *rows])


def _named(query: str) -> list[str]:
    import sqlglot
    from sqlglot import exp

    try:
        trees = sqlglot.parse(query, read="duckdb")
    except sqlglot.ParseError as error:
        raise GreenhouseError(f"not SQL: {' '.join(str(error).split())}") from error
    return sorted({f"{found.db}.{found.name}" for tree in trees if tree for found in tree.find_all(exp.Table) if found.db})


def _attach(con: duckdb.DuckDBPyConnection, lake: Lake, table: str) -> None:
    from lakehouse.tables.standing import quarantine_version

    lake.contract(table)
    layer, _, name = table.partition(".")
    # A quarantine is read at the version its silver table names, so that the two always belong together.
    version = quarantine_version(lake, f"silver.{name}") if layer == "quarantine" else None
    con.register(f"{layer}__{name}", lake.dataset(table, version))
    con.execute(f'CREATE SCHEMA IF NOT EXISTS "{layer}"')
    con.execute(f'CREATE VIEW "{layer}"."{name}" AS SELECT * FROM "{layer}__{name}"')
