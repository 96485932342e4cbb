"""`greenhouse`: the command line's entry. Mounts the commands and turns errors into one sentence and an exit code."""

from __future__ import annotations

import logging
import sys
import tomllib
from typing import Annotated, NoReturn

import typer

from cli import (
    backfill,
    backtest,
    bench,
    build,
    catalogue,
    develop,
    doctor,
    engine,
    explain,
    files,
    interruption,
    look,
    nights,
    quarantine,
    reconcile,
    report,
    reproduce,
    serving,
    sql,
    tend,
    ui,
)
from cli.screen import err, out, styled
from lakehouse.code_version import code_version
from lakehouse.errors import GreenhouseError, Interrupted, RunFailed, engine_said
from lakehouse.settings import REPOSITORY

app = typer.Typer(
    name="greenhouse",
    help="A lakehouse for machine learning on one shop's data.",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
app.command("demo")(build.demo)
app.command("run")(build.run)
app.command("train")(build.train)
app.command("backfill")(backfill.backfill)
app.command("ui")(ui.ui)
app.command("test")(develop.test)
app.command("check")(develop.check)
app.command("doctor")(doctor.doctor)
app.command("tables")(look.tables)
app.command("sql")(sql.sql)
app.command("reconcile")(reconcile.reconcile)
app.command("backtest")(backtest.backtest)
app.command("reproduce")(reproduce.reproduce)
app.command("report")(report.report)
app.command("serving")(serving.serving)
app.command("promote")(serving.promote)
app.command("rollback")(serving.rollback)
app.command("tend")(tend.tend)
app.command("catalogue")(catalogue.catalogue)
app.command("explain")(explain.explain)
app.command("bench")(bench.bench)
app.add_typer(nights.app, name="nights")
app.add_typer(files.app, name="files")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(engine.app, name="engine")


@app.callback()
def greenhouse(
    shows_version: Annotated[
        bool, typer.Option("--version", help="Say the version and the commit, and nothing else.", is_eager=True)
    ] = False,
) -> None:
    """A lakehouse for machine learning on one shop's data."""
    if shows_version:
        out.print(f"greenhouse {_version()} ({code_version()})")
        raise typer.Exit


def _version() -> str:
    return str(tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"])


class _OnScreen(logging.Handler):
    """What the platform says of long work (the first fetch of JARs, the engine's start), among the command's own progress."""

    def emit(self, record: logging.LogRecord) -> None:
        err.print(styled((f"{record.getMessage()} …", "dim")))


def main() -> None:
    """Run the command line."""
    platform = logging.getLogger("lakehouse")
    platform.addHandler(_OnScreen())
    platform.setLevel(logging.INFO)
    try:
        with interruption.watching():
            app(prog_name="greenhouse")
    except RunFailed as error:
        _fail(error.rest)
    except GreenhouseError as error:
        _fail(error.message)
    except Exception as error:
        if (said := engine_said(error)) is None:
            raise
        _fail(said)
    except Interrupted as interrupted:
        interruption.end(interrupted.said)


def _fail(message: str) -> NoReturn:
    typer.secho(f"greenhouse: {message}", fg="red", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
