"""How commands show tables, progress and results on a terminal or in a pipe.

Text is shown as it stands: data may hold `[brackets]` or `:colons:`. What is to be coloured says so beside its text (`styled`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

out = Console(highlight=False, markup=False, emoji=False)
err = Console(stderr=True, highlight=False, markup=False, emoji=False)
PIPE_WIDTH = 200
for console in (out, err):
    if not console.is_terminal:
        console.width = PIPE_WIDTH  # a pipe has no width of its own; nothing is cut


def styled(*parts: str | tuple[str, str]) -> Text:
    """A line of plain parts and of (text, style); only what is said to be a style is one."""
    return Text.assemble(*parts)


def working(text: str) -> Status:
    """A spinner on standard error, where that is a terminal, while a block runs. Rich reads a spinner's text as markup, whatever its console says."""
    return Status(Text(text), console=err)


def grid(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows as a table; numbers stand right."""
    listed = [list(row) for row in rows]
    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        numeric = bool(listed) and all(isinstance(row[index], int | float) or row[index] in (None, "") for row in listed)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        table.add_row(*[shown(value) for value in row])
    out.print(table)


def shown(value: Any) -> str:
    """A value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".") if abs(value) < 1000 else f"{value:,.2f}"
    return str(value)


def parse_day(text: str, option: str) -> date:
    """An ISO day. Raises typer.BadParameter naming the option."""
    import typer

    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no day; write it as 2011-12-09", param_hint=option) from error
