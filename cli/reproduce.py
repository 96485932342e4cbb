"""`greenhouse reproduce`: train a version again and compare."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.screen import out, working


def reproduce(
    version: Annotated[int, typer.Argument(help="The version, as models.model_versions lists it.", min=1)],
    name: Annotated[str, typer.Option(help="The model's name.")] = "purchase",
) -> None:
    """Train a version again from the Delta versions and the commit it was made of, and say whether it comes out the same (exit code 1 if not)."""
    from assets.open_lake import open_lake
    from lakehouse.settings import load_settings
    from models.reproduce import reproduce

    with working(f"training {name} {version} again …"):
        found = reproduce(open_lake(load_settings()), name, version)
    if found.is_same:
        out.print(f"{name} {version} comes out the same: {found.examples:,} examples, every score alike.")
        return
    out.print(
        f"{name} {version} comes out different: {found.examples:,} examples ({found.expected_examples:,} then), "
        f"{found.scored_differently:,} scored differently, by up to {found.largest_difference:.3g}."
    )
    raise typer.Exit(1)
