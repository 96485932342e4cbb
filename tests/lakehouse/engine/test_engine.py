"""The engine starts once, answers, is nobody else's, and is replaced when it is dead or hung."""

from __future__ import annotations

import functools
import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from lakehouse.engine import jars, locks, probe, server, session, state
from lakehouse.errors import EngineError
from lakehouse.settings import Settings

START = "from lakehouse.engine import server; from lakehouse.settings import load_settings\n"
START += "print(server.start(load_settings()).pid)"
Python = Callable[..., subprocess.Popen]


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    descriptor = locks.open_lock(lock)
    assert locks.try_lock(descriptor)
    holder = subprocess.Popen(["sleep", "60"], pass_fds=(descriptor,))
    os.close(descriptor)
    assert locks.is_held(lock)
    holder.kill()
    holder.wait()
    assert not locks.is_held(lock)


def test_jars_in_a_foreign_folder_are_left_alone(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "mine.jar").write_text("not Delta")
    with pytest.raises(EngineError, match="GREENHOUSE_JARS"):
        jars.jar_files(settings.model_copy(update={"jars": tmp_path}))
    assert [file.name for file in tmp_path.iterdir()] == ["mine.jar"]


def test_nothing_listening_is_said_within_seconds(settings: Settings) -> None:
    began = time.monotonic()
    away = settings.model_copy(update={"spark_remote": "sc://localhost:1/;token=secret"})
    with pytest.raises(EngineError, match="is dead") as error:
        session.session(away)
    assert time.monotonic() - began < 5
    assert "secret" not in error.value.message


def test_the_engine_answers_on_loopback_and_keeps_its_token(settings: Settings, spark: SparkSession) -> None:
    found = server.status(settings)
    assert found.answer is probe.Answer.OK
    assert found.detail == spark.version == state.spark_version()
    assert found.state is not None
    assert stat.S_IMODE(state.files(settings).state.stat().st_mode) == 0o600
    command = Path(f"/proc/{found.state.pid}/cmdline").read_bytes().decode()
    assert found.state.token not in command
    assert _listening_addresses(found.state.pid) <= {"127.0.0.1", "::ffff:127.0.0.1"}


def _listening_addresses(pid: int) -> set[str]:
    import psutil

    return {c.laddr.ip for c in psutil.Process(pid).net_connections() if c.status == psutil.CONN_LISTEN}


def test_a_wrong_token_is_refused_within_seconds(settings: Settings, spark: SparkSession) -> None:
    found = server.status(settings).state
    assert found is not None
    assert probe.probe(replace(found, token="wrong").endpoint).answer is probe.Answer.REFUSED


def test_one_process_has_one_session(settings: Settings, spark: SparkSession) -> None:
    assert session.session(settings) is spark
    assert SparkSession.getActiveSession() is spark


def test_a_session_the_server_dropped_is_opened_anew(settings: Settings, spark: SparkSession) -> None:
    spark.client.release_session()
    fresh = session.session(settings)
    assert fresh is not spark
    assert fresh.range(3).count() == 3


def test_errors_are_short_and_said_once(spark: SparkSession, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PySparkException) as error:
        spark.sql("select 1/0").collect()
    assert len(str(error.value).splitlines()) < 6
    assert capfd.readouterr() == ("", "")


def test_another_home_may_not_write_to_the_same_lake(settings: Settings, spark: SparkSession, tmp_path: Path) -> None:
    other = settings.model_copy(update={"home": tmp_path})
    with pytest.raises(EngineError, match=f"in use by the engine of another home \\({settings.home}\\)"):
        server.start(other)
    assert server.status(other).answer is None


def test_one_engine_does_not_serve_two_lakes(settings: Settings, spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="GREENHOUSE_HOME"):
        server.start(settings.model_copy(update={"lake": str(tmp_path)}))


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a home with an engine that this test alone starts, stops and breaks."""
    update = {"home": tmp_path, "lake": str(tmp_path / "lake"), "engine_memory": "1g"}
    mine = settings.model_copy(update=update)
    yield mine
    server.stop(mine)


def test_an_engine_outlives_its_starter_and_is_replaced_when_hung_or_dead(
    own: Settings, python: Python, monkeypatch: pytest.MonkeyPatch
) -> None:
    starters = [python(START, own) for _ in range(2)]
    said = [starter.communicate(timeout=180) for starter in starters]
    pids = {out for out, _ in said}
    assert len(pids) == 1, said
    first = server.start(own)
    assert str(first.pid) == pids.pop().strip()

    monkeypatch.setattr(server, "probe", functools.partial(probe.probe, tries=2, seconds=2.0))
    os.kill(first.pid, signal.SIGSTOP)
    assert server.status(own).answer is probe.Answer.HUNG
    second = server.start(own)
    assert second.pid != first.pid
    assert not _alive(first.pid)

    os.kill(second.pid, signal.SIGKILL)
    third = server.start(own)
    assert third.pid != second.pid
    assert server.stop(own)
    assert not server.stop(own)
    assert not locks.is_held(Path(own.lake) / ".engine.lock")


def _alive(pid: int) -> bool:
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
