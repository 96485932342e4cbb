"""What a killed process left running never commits once it has been reaped.

Every process of a home reaps, the suite's other one too: these tests have a home of their own, on the engine of all.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from pyspark.sql import SparkSession

from lakehouse.engine import calls, session
from lakehouse.engine.server import status
from lakehouse.engine.state import files
from lakehouse.settings import Settings

TASK_SECONDS = 5
Python = Callable[..., subprocess.Popen]

OPEN = "from lakehouse.engine.session import session, reap_orphans; from lakehouse.settings import load_settings\n"
OPEN += "settings = load_settings(); spark = session(settings)\n"
WRITE = (
    "spark.range(1).selectExpr('id', \"'' AS slept\").write.format('delta').mode('append').save({path!r}); print('written', flush=True)\n"
)
SLOW_WRITE = (
    "print('writing', flush=True)\n"
    "slow = spark.range(0, 1, 1, 1).selectExpr('id', \"reflect('java.lang.Thread', 'sleep', bigint({ms})) AS slept\")\n"
    "slow.write.format('delta').mode('append').save({path!r}); print('written', flush=True)\n"
)


@pytest.fixture(scope="module")
def own(settings: Settings, started: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a home in which only this file's processes claim sessions."""
    state = status(settings).state
    assert state is not None
    session.close()
    yield settings.model_copy(update={"home": tmp_path_factory.mktemp("home"), "spark_remote": state.endpoint.url})
    session.close()


@pytest.fixture
def spark(own: Settings) -> SparkSession:
    return session.session(own)


def test_a_killed_write_commits_unless_it_is_reaped(own: Settings, spark: SparkSession, python: Python, tmp_path: Path) -> None:
    """Without this danger the tests below would prove nothing."""
    _kill_while_writing(own, python, tmp_path)
    assert _wait_for(lambda: _commits(tmp_path), seconds=240) == 1
    assert session.reap_orphans(own) == 1


def test_a_reaped_write_never_commits_afterwards(own: Settings, spark: SparkSession, python: Python, tmp_path: Path) -> None:
    _kill_while_writing(own, python, tmp_path)
    assert session.reap_orphans(own) == 1
    # An interrupt that the engine swallows lets the write end while the reaper waits for it: then, but never afterwards.
    reaped = _commits(tmp_path)
    time.sleep(TASK_SECONDS + 4)
    assert _commits(tmp_path) == reaped
    assert session.reap_orphans(own) == 0


def test_a_new_session_is_handed_out_after_reaping(own: Settings, spark: SparkSession, python: Python, tmp_path: Path) -> None:
    # Long enough for another process to start on a loaded machine before the write would commit.
    slow = OPEN + SLOW_WRITE.format(path=str(tmp_path), ms=4 * TASK_SECONDS * 1000)
    _kill_while_writing(own, python, tmp_path, slow)
    out, err = python(OPEN + "print(reap_orphans(settings))", own).communicate(timeout=240)
    assert out == "0\n", err  # nothing was left to reap, and the session of this live process was not touched
    reaped = _commits(tmp_path)
    time.sleep(4 * TASK_SECONDS + 4)
    assert _commits(tmp_path) == reaped
    assert spark.range(2).count() == 2


def test_a_commit_made_before_the_kill_stands_alone(own: Settings, spark: SparkSession, python: Python, tmp_path: Path) -> None:
    code = OPEN + WRITE.format(path=str(tmp_path)) + SLOW_WRITE.format(path=str(tmp_path), ms=TASK_SECONDS * 1000)
    _kill_while_writing(own, python, tmp_path, code)
    assert session.reap_orphans(own) == 1
    time.sleep(TASK_SECONDS + 4)
    assert _commits(tmp_path) == 1
    assert spark.read.format("delta").load(str(tmp_path)).count() == 1


def test_results_nobody_fetched_do_not_hold_the_next_process_up(own: Settings, spark: SparkSession, python: Python) -> None:
    """A process killed between an operation's end and its release leaves it done, but open."""
    code = OPEN + (
        "from pyspark.sql.connect.client.reattach import ExecutePlanResponseReattachableIterator as Results\n"
        "import os; Results._release_all = lambda self: os.kill(os.getpid(), 9)\n"
        "spark.range(4).collect()"
    )
    python(code, own).communicate(timeout=240)
    began = time.monotonic()
    assert session.reap_orphans(own) == 1
    assert time.monotonic() - began < session.CLOSING_SECONDS


def test_a_process_that_ends_in_order_leaves_nothing(own: Settings, spark: SparkSession, python: Python) -> None:
    before = _claims(own)
    out, err = python(OPEN + "print(spark.range(4).count())", own).communicate(timeout=240)
    assert (out, err) == ("4\n", "")
    assert _claims(own) == before


def test_a_claim_on_an_earlier_engine_is_dropped(settings: Settings, own: Settings, spark: SparkSession) -> None:
    old = files(settings).sessions / "00000000-0000-4000-8000-000000000000.json"
    claim = json.loads(next(files(own).sessions.glob("*.json")).read_text())
    old.write_text(json.dumps(claim | {"session_id": old.stem, "server": "local engine 1 of 2020-01-01"}))
    assert session.reap_orphans(settings) == 0
    assert not old.exists()


def test_a_copied_home_leaves_the_sessions_of_its_original_alone(own: Settings, spark: SparkSession, tmp_path: Path) -> None:
    """On a cluster that both use: the copy sees a claim that nobody holds, of a process that lives."""
    copy = own.model_copy(update={"home": shutil.copytree(own.home, tmp_path / "copy")})
    assert session.reap_orphans(copy) == 0
    assert not _claims(copy)
    assert spark.range(3).count() == 3


def test_a_moved_home_reaps_what_it_left_behind(own: Settings, spark: SparkSession, python: Python, tmp_path: Path) -> None:
    before = own.model_copy(update={"home": tmp_path / "before"})
    _kill_while_writing(before, python, tmp_path / "table")
    moved = own.model_copy(update={"home": shutil.move(before.home, tmp_path / "after")})
    assert session.reap_orphans(moved) == 1


def _kill_while_writing(settings: Settings, python: Python, path: Path, code: str = "") -> None:
    """Start a process that writes for TASK_SECONDS, and kill it once the engine runs that write."""
    before = _claims(settings)
    process = python(code or OPEN + SLOW_WRITE.format(path=str(path), ms=TASK_SECONDS * 1000), settings)
    assert process.stdout is not None
    while (line := process.stdout.readline()) != "writing\n":
        assert line, process.stderr.read()
    (claim,) = _claims(settings) - before
    assert _wait_for(lambda: process.poll() is not None or _running(settings, claim), seconds=120)
    assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()


def _running(settings: Settings, claim: str) -> int:
    """How many of the session's operations run; the write is one."""
    assert settings.spark_remote is not None
    try:
        with calls.peer(session.remote_endpoint(settings.spark_remote), claim, session.USER) as peer:
            return len(calls.unfinished(peer))
    except grpc.RpcError as error:
        if "SESSION_NOT_FOUND" in (error.details() or ""):  # its first request is still on the way
            return 0
        raise


def _claims(settings: Settings) -> set[str]:
    return {path.stem for path in files(settings).sessions.glob("*.json")}


def _commits(path: Path) -> int:
    return len(list((path / "_delta_log").glob("*.json")))


def _wait_for(found: Callable[[], int], seconds: float) -> int:
    deadline = time.monotonic() + seconds
    while not found() and time.monotonic() < deadline:
        time.sleep(0.1)
    return found()
