"""`greenhouse doctor`: what this machine and home lack, each with the one thing that mends it. Changes nothing, starts nothing."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import typer

from cli.screen import out, styled
from lakehouse.errors import GreenhouseError
from lakehouse.private import OTHERS
from lakehouse.settings import Settings, load_settings

GIB = 1 << 30
BESIDE_THE_ENGINE = 2 * GIB  # Python, Great Expectations and a model, beside the engine's heap
FREE_DISK = 5 * GIB
PACKAGES = ("dagster", "pyspark", "delta-spark", "deltalake", "great-expectations", "mlflow", "scikit-learn", "duckdb")


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found, and where something is wrong what to do."""

    name: str
    said: str
    way_out: str = ""


def doctor() -> None:
    """Look at Python, packages, memory, disk, ports, the home, its shop and the engine; exits with 1 where something is wrong."""
    wrong = 0
    for found in findings(load_settings()):
        wrong += bool(found.way_out)
        out.print(styled((" no ", "red") if found.way_out else (" ok ", "green"), f"{found.name}: {found.said}"))
        if found.way_out:
            out.print(styled("    ", (found.way_out, "yellow")))
    if wrong:
        raise typer.Exit(1)


def findings(settings: Settings) -> Iterator[Finding]:
    """Each of the looks, in order."""
    looks: tuple[Callable[[Settings], Finding], ...] = (python, packages, memory, disk, ports, home, shop, engine)
    for look in looks:
        yield look(settings)


def python(settings: Settings) -> Finding:
    said = f"{sys.version.split()[0]} at {sys.executable}"
    return Finding("Python", said)  # `./greenhouse` makes .venv of no other than those it runs on


def packages(settings: Settings) -> Finding:
    found: dict[str, str] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            return Finding(
                "packages", f"{name} is not installed", "rm -rf .venv, and run ./greenhouse again: it installs what uv.lock names"
            )
    return Finding("packages", ", ".join(f"{name} {number}" for name, number in found.items()))


def memory(settings: Settings) -> Finding:
    import psutil

    free, asked = psutil.virtual_memory().available, _bytes(settings.engine_memory)
    said = f"{free / GIB:.1f} GiB free; the engine takes up to {settings.engine_memory}"
    if settings.spark_remote or free >= asked + BESIDE_THE_ENGINE or _engine_runs(settings):
        return Finding("memory", said)
    fitting = max(int((free - BESIDE_THE_ENGINE) / GIB), 1)
    return Finding("memory", said, f"close what else runs, or let the engine take less: export GREENHOUSE_ENGINE_MEMORY={fitting}g")


def disk(settings: Settings) -> Finding:
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    wrong = free < FREE_DISK
    return Finding(
        "disk", f"{free / GIB:.0f} GiB free below {place}", "name another disk: export GREENHOUSE_HOME=/a/larger/disk" if wrong else ""
    )


def ports(settings: Settings) -> Finding:
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
    except OSError as error:
        return Finding("ports", f"none can be opened on 127.0.0.1 ({error.strerror})", "let this user listen on loopback: the engine does")
    return Finding("ports", "one can be opened on 127.0.0.1")


def home(settings: Settings) -> Finding:
    place = settings.home
    if not place.exists():
        return Finding("home", f"{place} is new; the first run makes it")
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding("home", f"{place} cannot be written", f"give it to who runs Greenhouse: chown -R $USER {place}")
    is_open = bool(place.stat().st_mode & OTHERS)
    return Finding("home", f"{place} is {'open to others' if is_open else 'its owner’s alone'}", f"chmod 700 {place}" if is_open else "")


def shop(settings: Settings) -> Finding:
    from lakehouse.shop.home import shop_of

    try:
        found = shop_of(settings)
    except GreenhouseError as error:
        return Finding("shop", error.message, "mend the source file: every line above says where")
    return Finding("shop", f"{found.shop}, by {found.path}")


def engine(settings: Settings) -> Finding:
    from lakehouse.engine import server
    from lakehouse.engine.probe import Answer

    if settings.spark_remote is not None:
        return Finding("engine", "SPARK_REMOTE is set; ./greenhouse engine status asks it")
    found = server.status(settings)
    if found.state is not None and found.answer is not Answer.OK:
        return Finding("engine", f"process {found.state.pid} is {found.answer}: {found.detail}", "./greenhouse engine stop")
    return Finding("engine", f"{found.detail}; it starts when it is needed" if found.state is None else f"answers: Spark {found.detail}")


def _engine_runs(settings: Settings) -> bool:
    from lakehouse.engine import server

    return settings.spark_remote is None and server.status(settings).state is not None


def _bytes(told: str) -> int:
    return int(told[:-1]) * (GIB if told[-1] == "g" else GIB >> 10)
