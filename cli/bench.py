"""`greenhouse bench`: time the line against its peers and limits. Each benchmark is one file in `benchmarks/`."""

from __future__ import annotations

from typing import Annotated

import typer


def bench(
    name: Annotated[str | None, typer.Argument(help="One benchmark; all where left out.")] = None,
    rounds: Annotated[int, typer.Option(help="Counted rounds, interleaved with the peer's.", min=1)] = 5,
) -> None:
    """Print each benchmark's median, spread and ratio against its peer or limit, measured in this very run."""
    from benchmarks import run_benchmarks

    run_benchmarks(name, rounds)
