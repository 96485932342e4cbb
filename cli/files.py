"""`greenhouse files`: what was delivered and not simply landed, and which version of an overwritten file is right. Mounted by `cli/__main__.py`."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.screen import grid, out
from lakehouse.errors import GreenhouseError

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake

SHOWN_DIGITS = 12
NOT_YET = "lies there, not landed yet"

app = typer.Typer(help="The files delivered: repeated, overwritten, or not taken yet.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """List the deliveries that are not simply landed: waiting in the folder, repeated, overwritten. Reads new files, lands nothing."""
    from assets.open_lake import contracts_only_lake
    from lakehouse.ingestion.files.delivery_ledger import OVERWRITTEN
    from lakehouse.settings import load_settings

    lake = contracts_only_lake(load_settings())
    rows = [row for name in lake.shop.inputs for row in (*waiting(lake, name), *told_apart(lake, name))]
    if not rows:
        out.print("Every file that lies there was landed once, and none was overwritten.")
        return
    grid("", ["input", "file", "day", "outcome", "rows", "version", "why"], rows)
    if any(row[3] == OVERWRITTEN for row in rows):
        out.print("Choose the right version of an overwritten file with: ./greenhouse files settle FILE VERSION --reason WHY")


@app.command()
def settle(
    file: Annotated[str, typer.Argument(help="The file, as `files list` names it.")],
    version: Annotated[str, typer.Argument(help="The beginning of the right version's SHA-256, as `files list` shows it.")],
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    by: Annotated[str | None, typer.Option(help="Who decides; your login where left out.")] = None,
) -> None:
    """Choose the right version of an overwritten file. Its lines are published, the other's stay set aside, with the next run."""
    from assets.open_lake import open_lake
    from lakehouse.ingestion.bronze.overwritten_files import overwritten_files
    from lakehouse.ingestion.bronze.overwritten_files import settle as write_down
    from lakehouse.publishing import invalidation
    from lakehouse.settings import load_settings

    lake, who = open_lake(load_settings()), by or getpass.getuser()
    inputs = [name for name in lake.shop.inputs if file in overwritten_files(lake, name)]
    if not inputs:
        raise GreenhouseError(f"{file}: no choice is open on this file; ./greenhouse files list names those that wait")
    days = write_down(lake, inputs[0], file, version, who, reason)
    marks = invalidation.mark(lake, f"bronze.{inputs[0]}", days, f"{file} was settled: {reason}", who, is_rebuild=True)
    out.print(f"Written down. The next run computes {len(marks)} tables again: ./greenhouse run")


def waiting(lake: Lake, name: str) -> list[tuple[Any, ...]]:
    """The files of an input that lie there and are not in the ledger: new ones in one line, the others each with what is to say."""
    from lakehouse.ingestion.bronze.new_files import arrived
    from lakehouse.ingestion.files.delivery_ledger import LANDED

    found = arrived(lake, name)
    new = [each.file for each in found.deliveries if each.outcome == LANDED]
    plain = (
        [(name, f"{len(new)} files", f"{new[0].day}..{new[-1].day}", "new", sum(file.contents.rows for file in new), "", NOT_YET)]
        if new
        else []
    )
    others = [each for each in found.deliveries if each.outcome != LANDED]
    told = [
        (name, each.file.name, each.file.day, f"new, {each.outcome}", each.file.contents.rows, _short(each.file.sha256), NOT_YET)
        for each in others
    ]
    return [*plain, *told, *((name, file.name, file.day, "not taken", None, "", reason) for file, reason in found.problems.items())]


def told_apart(lake: Lake, name: str) -> list[tuple[Any, ...]]:
    """The deliveries of an input that repeat another, and every version of the files nobody chose a version of yet."""
    from lakehouse.ingestion.bronze.overwritten_files import overwritten_files
    from lakehouse.ingestion.files.delivery_ledger import OVERWRITTEN, REPEATED, landed_rows

    versions = [
        (name, row["file_name"], row["file_day"], OVERWRITTEN, row["rows"], _short(row["sha256"]), f"seen {row['landed_at']:%Y-%m-%d %H:%M:%S} UTC")
        for rows in overwritten_files(lake, name).values()
        for row in rows
    ]  # fmt: skip
    repeated = [
        (name, row["file_name"], row["file_day"], REPEATED, row["rows"], _short(row["sha256"]), f"the same as {row['same_as']}")
        for row in landed_rows(lake, name)
        if row["outcome"] == REPEATED
    ]
    return versions + repeated


def _short(sha256: str) -> str:
    return sha256[:SHOWN_DIGITS]
