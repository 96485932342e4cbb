"""The engine's JARs (Delta's, the connectors' and a file system for local disks): fetched once by spark-submit's own resolver, then read from a local folder at every start."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from lakehouse.engine.locks import exclusive
from lakehouse.errors import EngineError
from lakehouse.settings import Settings

_log = logging.getLogger(__name__)
RESOLVE_SECONDS = 600
# Hadoop's own local file system starts a process (`chmod`) for each file it writes; this one asks the kernel.
LOCAL_FILES = "hadoop-bare-naked-local-fs-0.1.0"
POSTGRES = "postgresql-42.7.8"
# Spark's Kafka source needs it to load; what it does (delegation tokens) nobody here uses. Not every registry holds Spark's own version.
TOKENS = "org.apache.spark:spark-token-provider-kafka-0-10_2.13:4.1.0-preview1"
_ARTIFACT = re.compile(r"(?P<name>.+?)-\d[^/]*\.jar")


def spark_home() -> Path:
    """The folder of the installed Spark (PySpark's own)."""
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise EngineError("PySpark is not installed: run `uv sync --frozen` in the repository.")
    return Path(spec.origin).parent


def coordinate() -> str:
    """The Maven coordinate of the Delta that belongs to the installed Python packages."""
    spark = ".".join(version("pyspark").split(".")[:2])
    return f"io.delta:delta-spark_{spark}_2.13:{version('delta-spark')}"


def _kafka() -> str:
    return f"spark-sql-kafka-0-10_2.13-{version('pyspark')}"


def _coordinates() -> tuple[str, ...]:
    groups = {"com.globalmentor": LOCAL_FILES, "org.postgresql": POSTGRES, "org.apache.spark": _kafka()}
    return coordinate(), *(f"{group}:{':'.join(jar.rsplit('-', 1))}" for group, jar in groups.items())


def _fetched(ivy: Path) -> list[Path]:
    """All JARs asked for and those they need; the tokens in the last version that registries hold."""
    name, _, _ = TOKENS.rpartition(":")
    return resolved(_coordinates(), ivy / "all", without=name) + resolved([TOKENS], ivy / "tokens")


def jar_folder(settings: Settings) -> Path:
    """Where the JARs of this version stand or will stand."""
    shared = Path(sys.prefix) / "share" / "greenhouse" / "jars"
    return settings.jars or shared / "+".join(name.replace(":", "_") for name in _coordinates())


def jar_files(settings: Settings) -> list[Path]:
    """The JARs to start the engine with, fetched first where they are missing.

    Raises EngineError where they are missing and cannot be fetched.
    """
    folder = jar_folder(settings)
    if not _complete(folder):
        _fetch(folder)
    return sorted(folder.glob("*.jar"))


def _complete(folder: Path) -> bool:
    """The folder appears whole (it is renamed into place), so the JARs asked for stand for those they need."""
    return all(any(folder.glob(f"*{name}.jar")) for name in (f"delta-spark_*-{version('delta-spark')}", LOCAL_FILES, POSTGRES, _kafka()))


def _fetch(folder: Path) -> None:
    with _readable_by_all(), exclusive(folder.parent / f".{folder.name}.lock", RESOLVE_SECONDS, "fetching the engine's JARs"):
        if _complete(folder):
            return
        if folder.exists() and any(folder.iterdir()):
            raise EngineError(f"{folder} holds files, but not {' and '.join(_coordinates())}: name another folder in GREENHOUSE_JARS.")
        _log.info("fetching the engine's JARs (once)")
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _copy_missing(_fetched(draft / "ivy"), draft / "jars")
            (draft / "jars").rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def _readable_by_all() -> Iterator[None]:
    """JARs are no secret and lie in the Python environment, which users of this machine may share; a home's own files are closed."""
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def resolved(coordinates: Sequence[str], ivy: Path, without: str = "") -> list[Path]:
    """Let spark-submit fetch Maven coordinates and what they depend on, but for one; the class it should run does not exist.

    Raises EngineError where they cannot be fetched.
    """
    command = [str(spark_home() / "bin" / "spark-submit"), "--master", "local[1]", "--packages", ",".join(coordinates)]
    command += ["--exclude-packages", without] if without else []
    command += ["--conf", f"spark.jars.ivy={ivy}", "--class", "greenhouse.OnlyResolve", "spark-internal"]
    output = _output(command, os.environ | {"SPARK_HOME": str(spark_home())})
    found = sorted((ivy / "jars").glob("*.jar"))
    if not all(any(_wanted(name) in jar.name for jar in found) for name in coordinates):
        raise EngineError(
            f"{', '.join(coordinates)} could not be fetched ({_reason(output)}): they are needed once, "
            "so connect to the network and try again, or set GREENHOUSE_JARS to a folder that holds them."
        )
    return found


def _wanted(coordinate: str) -> str:
    return "-".join(coordinate.split(":")[1:])


def _output(command: list[str], environment: dict[str, str]) -> str:
    try:
        return subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RESOLVE_SECONDS,
        ).stdout
    except subprocess.TimeoutExpired:
        return f"no answer within {RESOLVE_SECONDS} s"


def _reason(output: str) -> str:
    """The most telling line of the resolver's output."""
    lines = [line.strip() for line in output.splitlines()]
    telling = [line for line in lines if re.search(r"not found|unresolved|refused|timed out|Exception", line, re.I)]
    return (telling or lines or ["no output"])[-1][:160].rstrip(".")


def _copy_missing(resolved: list[Path], folder: Path) -> None:
    """Copy the JARs that Spark does not ship itself, each once: a second version of one would shadow the first."""
    taken = {_artifact(jar.name) for jar in (spark_home() / "jars").glob("*.jar")}
    folder.mkdir()
    for jar in resolved:
        name = jar.name.split("_", 1)[1]  # the resolver writes <group>_<artifact>-<version>.jar
        if _artifact(name) not in taken:
            shutil.copy2(jar, folder / name)
            taken.add(_artifact(name))


def _artifact(name: str) -> str:
    matched = _ARTIFACT.fullmatch(name)
    return matched["name"] if matched else name
