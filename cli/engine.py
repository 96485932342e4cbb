"""`greenhouse engine`: look at, start and stop the home's local Spark engine. Mounted by `cli/__main__.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from lakehouse.errors import GreenhouseError
from lakehouse.settings import Settings, load_settings

app = typer.Typer(help="The local Spark engine all heavy work runs on.", no_args_is_help=True)


@app.command()
def status() -> None:
    """Say whether the engine runs and answers; exits with 0 if it does, 3 if not."""
    _run(_status)


@app.command()
def start() -> None:
    """Start the engine unless it runs already; any command that needs it does the same."""
    _run(_start)


@app.command()
def stop() -> None:
    """Stop the engine; work that is running on it ends without being published."""
    _run(_stop)


@app.command()
def logs(lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last lines.")] = 50) -> None:
    """Print the last lines of the engine's log."""
    _run(lambda settings: _logs(settings, lines))


def _run(command: Callable[[Settings], object]) -> None:
    """Run a command body; an error a person can act on is one line on stderr and exit code 1."""
    try:
        command(load_settings())
    except GreenhouseError as error:
        typer.echo(f"Error: {error.message}", err=True)
        raise typer.Exit(1) from None


def _status(settings: Settings) -> None:
    if settings.spark_remote is not None:
        _remote_status(settings.spark_remote)
        return
    from lakehouse.engine import server
    from lakehouse.engine.probe import Answer

    found = server.status(settings)
    if found.state is None:
        typer.echo(f"The engine is {found.detail}.")
    elif found.answer is Answer.OK:
        state = found.state
        typer.echo(
            f"The engine answers: Spark {found.detail}, process {state.pid}, localhost:{state.port}, "
            f"up to {state.memory} of memory, since {state.started_at}, lake {state.lake}."
        )
    else:
        typer.echo(f"The engine (process {found.state.pid}) is {found.answer}: {found.detail}. The next use replaces it.")
    raise typer.Exit(0 if found.answer is Answer.OK else 3)


def _remote_status(url: str) -> None:
    from lakehouse.engine.probe import Answer, probe
    from lakehouse.engine.session import remote_endpoint

    endpoint = remote_endpoint(url)
    found = probe(endpoint)
    typer.echo(f"SPARK_REMOTE is set: {endpoint.identity} is {found.answer} ({found.detail}).")
    raise typer.Exit(0 if found.answer is Answer.OK else 3)


def _start(settings: Settings) -> None:
    from lakehouse.engine import server

    _refuse_remote(settings)
    state = server.start(settings)
    typer.echo(f"The engine answers: process {state.pid}, localhost:{state.port}, since {state.started_at}.")


def _stop(settings: Settings) -> None:
    from lakehouse.engine import server

    typer.echo("The engine is stopped." if server.stop(settings) else "There was no engine to stop.")


def _logs(settings: Settings, lines: int) -> None:
    from lakehouse.engine import server

    for line in server.logs(settings, lines):
        typer.echo(line)


def _refuse_remote(settings: Settings) -> None:
    if settings.spark_remote is not None:
        raise GreenhouseError("SPARK_REMOTE is set, so the local engine is not used: unset it to start one.")
