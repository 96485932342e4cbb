"""`greenhouse catalogue`: the tables, columns and features of this home's shop, as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.screen import err


def catalogue(
    into: Annotated[Path | None, typer.Option("--into", help="A Markdown file to write; printed where left out.")] = None,
) -> None:
    """Describe every table, column and feature from the contracts: what it is, who owns it, what uses it."""
    from assets.catalogue import catalogue as page_of
    from assets.open_lake import open_lake
    from lakehouse.settings import load_settings

    page = page_of(open_lake(load_settings()))
    if into is None:
        typer.echo(page, nl=False)
    else:
        into.write_text(page)
        err.print(f"Wrote {into}")
