"""`greenhouse ui`: start Dagster's web UI."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.screen import err


def ui(
    port: Annotated[int, typer.Option(help="The port on this machine.")] = 3000,
    host: Annotated[
        str, typer.Option(help="The address to listen on; others than this machine can reach any but 127.0.0.1.")
    ] = "127.0.0.1",
) -> None:
    """Start the Dagster UI with its daemon (schedules, sensors, backfills), or alone beside one that runs. Ctrl-C stops what it started."""
    from lakehouse.engine.session import session
    from lakehouse.settings import load_settings
    from orchestration.daemon import claim, go_on_as

    settings = load_settings()
    err.print("Starting the engine …")
    session(settings)
    err.print(f"The UI will be at http://{host}:{port}")
    # Two daemons would each launch the same night.
    program = ("dagster", "dev") if claim(settings) else ("dagster_webserver",)
    go_on_as(settings, *program, "-h", host, "-p", str(port))
