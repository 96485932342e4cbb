"""What all tests share: settings on a home of their own, and one engine for the whole run, however many processes it has.

Take `settings` where files are enough and `spark` where a session is needed; the engine starts with the first `spark`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings as searching
from pyspark.sql import SparkSession

from lakehouse.engine import server, session
from lakehouse.settings import REPOSITORY, Settings

HOME, ENGINE_MEMORY = "GREENHOUSE_TEST_HOME", "4g"
FOR_A_FEW_ROWS = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
}


# CI tries the same examples each time, so that a red run is of the change it runs on; the trial searches on: GREENHOUSE_SEARCH=1.
SEARCH = "GREENHOUSE_SEARCH" in os.environ
searching.register_profile("ci", derandomize=True, deadline=None, max_examples=100, database=None)
searching.register_profile("search", deadline=None, max_examples=10_000, print_blob=True)
searching.load_profile("search" if SEARCH else "ci")


@pytest.fixture(autouse=True)
def _own_environment() -> Iterator[None]:
    """Opening a Dagster instance sets variables for its children; the next test starts from what it was given."""
    with environment_as_it_was():
        yield


@contextmanager
def environment_as_it_was() -> Iterator[None]:
    """Whatever is set inside is undone, but for PySpark's mark that this process speaks Spark Connect: its session goes on."""
    before = dict(os.environ)
    yield
    mark = {name: os.environ[name] for name in ("SPARK_CONNECT_MODE_ENABLED",) if name in os.environ}
    os.environ.clear()
    os.environ.update(before | mark)


def pytest_configure(config: pytest.Config) -> None:
    """All processes of a run share one engine, which the first names and stops at the end.

    GREENHOUSE_TEST_HOME names a home whose engine is kept instead, for whoever tests again and again: a warm one takes half the time.
    """
    if HOME not in os.environ:
        os.environ[HOME] = tempfile.mkdtemp(prefix="greenhouse-tests-")
        config.add_cleanup(_stop_engine)


def _stop_engine() -> None:
    home = os.environ.pop(HOME)
    server.stop(_settings_of(Path(home)))
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def settings() -> Iterator[Settings]:
    """Settings that take nothing from the environment but the JARs."""
    yield _settings_of(Path(os.environ[HOME]).resolve())
    session.close()


def _settings_of(home: Path) -> Settings:
    return Settings(
        home=home,
        lake=str(home / "lake"),
        spark_remote=None,
        mlflow_tracking_uri=f"sqlite:///{home}/mlflow.db",
        dagster_home=home / "dagster",
        executor="in_process",
        engine_memory=ENGINE_MEMORY,
        landing_quiet_seconds=0,
    )


@pytest.fixture(scope="module")
def started(settings: Settings) -> SparkSession:
    """The process's session as a file of tests finds it; one that an earlier file broke is replaced."""
    return _for_a_few_rows(session.session(settings))


@pytest.fixture
def spark(settings: Settings, started: SparkSession) -> SparkSession:
    """The process's session; a test that broke it leaves the next one a new session."""
    found = session.session(settings)
    return found if found is started else _for_a_few_rows(found)


def _for_a_few_rows(found: SparkSession) -> SparkSession:
    """It interprets its queries and plans each once: compiling and planning anew take a third of the suite, which asks each of a few rows.

    What runs as a process of its own, and every trial's engine, compiles and adapts.
    """
    for name, value in FOR_A_FEW_ROWS.items():
        found.conf.set(name, value)
    return found


@pytest.fixture(scope="module")
def spark_as_users_have_it(settings: Settings) -> Iterator[SparkSession]:
    """A new session, as every run of a user has one: it compiles and adapts. A module's tests share it and leave it to nobody."""
    session.close()
    yield session.session(settings)
    session.close()


@pytest.fixture
def python() -> Callable[..., subprocess.Popen[str]]:
    """Start another Python process on the repository: `python(code, settings)`; its output can be read line by line."""
    return start_python


def start_python(code: str, settings: Settings) -> subprocess.Popen[str]:
    """Run code in a process of its own, with exactly these settings."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(REPOSITORY),
        "HOME": str(Path.home()),
    } | settings.environment()
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=pipe, stderr=pipe, text=True)
