"""`greenhouse nights`: what runs by itself: the nightly run, training on drift, the weekly care, a look each morning. Mounted by `cli/__main__.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.screen import grid, out
from lakehouse.errors import GreenhouseError

if TYPE_CHECKING:
    from lakehouse.settings import Settings
    from orchestration.switches import Switch

app = typer.Typer(
    help="What runs by itself: the night, training on drift, the weekly care, a look each morning whether the night came.",
    no_args_is_help=True,
)


@app.command()
def on() -> None:
    """Switch the nightly run, training on drift, the weekly care and the morning's look on; they run wherever a daemon of this home does."""
    _switch(on=True)


@app.command()
def off() -> None:
    """Switch all of them off; a run that has begun goes on."""
    _switch(on=False)


@app.command()
def status() -> None:
    """Show what is switched on, when it runs next, and whether a daemon is there to run it."""
    _switch(on=None)


@app.command()
def serve() -> None:
    """Run what is switched on, without the web UI, until it is ended (Ctrl-C, SIGTERM): for a service of the system."""
    from lakehouse.settings import load_settings
    from orchestration.daemon import claim, go_on_as

    settings = load_settings()
    if not claim(settings):
        raise GreenhouseError(f"a daemon of {settings.home} runs already, of another ./greenhouse nights serve or of ./greenhouse ui")
    go_on_as(settings, "dagster._daemon", "run")


def _switch(on: bool | None) -> None:
    from assets.open_lake import open_lake
    from lakehouse.settings import load_settings
    from orchestration.definitions import definitions_of
    from orchestration.instance import instance_of
    from orchestration.switches import switch, switched

    settings = load_settings()
    lake = open_lake(settings)
    definitions = definitions_of(lake)
    with instance_of(settings) as instance:
        if on is not None:
            switch(definitions, instance, on=on)
        show(switched(definitions, instance), lake.shop.time_zone)
    _say_who_runs_them(settings)


def show(found: list[Switch], time_zone: str) -> None:
    """Print how each of them stands."""
    rows = [(each.name, "on" if each.is_on else "off", _next(each), each.description) for each in found]
    grid("", ["what", "switched", f"next ({time_zone})", "what it does"], rows)
    if not all(each.is_on for each in found):
        out.print("Switch them on with: ./greenhouse nights on")


def _next(each: Switch) -> str:
    if not each.is_on:
        return ""
    return f"{each.next_tick:%a %Y-%m-%d %H:%M}" if each.next_tick else f"looks every {each.every_seconds or 0} s"


def _say_who_runs_them(settings: Settings) -> None:
    from orchestration.daemon import is_running

    if is_running(settings):
        out.print("A daemon runs, and what is switched on with it.")
    else:
        out.print("No daemon runs now, so nothing of it does: start ./greenhouse ui, or without a web page ./greenhouse nights serve.")
