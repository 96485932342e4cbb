"""What stands on the disk of an engine's life: locks, claims, state, logs, JARs, and its command line. None of it needs the engine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
from pathlib import Path

import pytest

from lakehouse.engine import jars, launch, locks, orphans, server, session, state
from lakehouse.engine.probe import Answer
from lakehouse.engine.session import USER, _user, remote_endpoint
from lakehouse.engine.state import LOCAL, Endpoint, EngineState, files
from lakehouse.errors import EngineError
from lakehouse.settings import Settings

HERE = Endpoint("sc://localhost:1/;token=x", "localhost", 1, f"{LOCAL} 7 of 2011-03-25")
STATE = EngineState(7, 1, "the token", "2011-03-25", "/jars", "6g", "/lake", "4.1.1")


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """A home of its own, with the folder of its engine."""
    (tmp_path / "home" / "engine").mkdir(parents=True)
    return settings.model_copy(update={"home": tmp_path / "home", "lake": str(tmp_path / "lake")})


def test_a_lock_is_its_owners_alone_and_free_after_the_block_however_that_ends(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "lock"
    with pytest.raises(KeyError), locks.exclusive(path, 0.1, "trying"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert locks.is_held(path)
        waited = f"Waited 0 s for another process that is trying too: look at {path.parent}"
        with pytest.raises(EngineError, match=waited), locks.exclusive(path, 0.1, "trying too"):
            pass
        raise KeyError
    assert not locks.is_held(path)
    assert not locks.is_held(tmp_path / "never made")
    assert locks.freed_within(path, 0.1)


def test_the_state_is_read_back_whole_and_what_cannot_be_read_is_none(own: Settings) -> None:
    assert state.read_state(own) is None
    state.write_state(own, STATE)
    assert state.read_state(own) == STATE
    assert stat.S_IMODE(files(own).state.stat().st_mode) == 0o600
    assert [path.name for path in files(own).folder.iterdir()] == ["state.json"]
    for broken in ("{", "{}", "[]", '{"pid": 7, "surprise": 1}'):
        files(own).state.write_text(broken)
        assert state.read_state(own) is None


def test_an_engine_that_has_not_written_its_state_is_starting_and_one_that_nobody_holds_is_not_there(own: Settings) -> None:
    state.write_state(own, STATE)
    files(own).pid.write_text("7")
    assert (server.status(own).answer, server.status(own).detail) == (None, "not running"), "what an earlier one wrote says nothing"
    files(own).pid.write_text("8\n")
    with locks.exclusive(files(own).alive_lock, 1, "living"):
        assert (server.status(own).answer, server.status(own).detail) == (Answer.DEAD, "starting"), "the state is an earlier one's"
        files(own).pid.unlink()
        with pytest.raises(EngineError, match=r"engine\.pid does not say which process: end it by hand"):
            server.stop(own)
    assert server.stop(own) is False
    shutil.rmtree(files(own).folder)
    assert server.stop(own) is False
    assert not files(own).folder.exists(), "asking makes nothing"


def test_the_last_lines_are_shown_and_the_last_that_tells_of_an_error_is_said(own: Settings) -> None:
    assert server.logs(own) == []
    files(own).log.write_text("one\nFirst Exception.\nERROR the port is taken.\n\nbye\n")
    assert server.logs(own, 2) == ["", "bye"]
    assert server._last_words(files(own)) == "ERROR the port is taken"
    files(own).log.write_text("hello\n\n")
    assert server._last_words(files(own)) == "hello"
    files(own).log.write_text("")
    assert server._last_words(files(own)) == "it said nothing"


def test_a_lake_tells_whose_engine_writes_it_and_frees_it_with_that(own: Settings, tmp_path: Path) -> None:
    Path(own.lake).mkdir()
    lock = Path(own.lake) / ".engine.lock"
    lock.write_text("/a/home/with/a/very/long/name" * 9)
    (descriptor,) = server._lake_lock(own)
    assert lock.read_text() == str(own.home)
    with pytest.raises(EngineError, match=rf"in use by the engine of another home \({own.home}\): .*GREENHOUSE_HOME={own.home} greenhouse"):
        server._lake_lock(own.model_copy(update={"home": tmp_path}))
    assert times_open(lock) == 1, "who was refused holds it open no more"
    os.close(descriptor)
    assert not locks.is_held(lock)
    assert server._lake_lock(own.model_copy(update={"lake": "s3a://shop/lake"})) == []


def times_open(path: Path) -> int:
    """How often this process holds that file open."""
    return sum(each.is_symlink() and os.path.realpath(each) == str(path) for each in Path("/proc/self/fd").iterdir())


def claimed(below: Path, **more: str) -> Path:
    """A claim that a process of this host left behind."""
    path = below / "11111111-0000-4000-8000-000000000000.json"
    told = {"session_id": path.stem, "user_id": USER, "server": HERE.identity, "host": socket.gethostname(), "folder": str(below)}
    path.write_text(json.dumps(told | more))
    return path


def test_a_claim_is_held_as_long_as_its_process_lives_and_is_no_orphans(tmp_path: Path) -> None:
    held = orphans.claim(tmp_path, "a session", USER, HERE)
    assert [path.name for path in tmp_path.iterdir()] == ["a session.json"]
    assert locks.is_held(held.path)
    assert orphans._orphan(held.path, HERE) is None
    os.close(held.descriptor)
    found = orphans._orphan(held.path, HERE)
    assert found is not None
    assert (found.session_id, found.user_id, locks.is_held(held.path)) == ("a session", USER, True)
    os.close(found.descriptor)


@pytest.mark.parametrize(
    ("more", "stays"),
    [
        ({"host": "another"}, True), ({"server": "sc://cluster:15002"}, True), ({"server": f"{LOCAL} 6 of 2011-03-24"}, False),
        ({"host": "another", "server": f"{LOCAL} 6 of 2011-03-24"}, False), ({"folder": "/"}, False), ({"folder": "/gone"}, None),
    ],
)  # fmt: skip
def test_only_what_a_dead_process_of_this_host_left_on_this_server_is_ended(
    tmp_path: Path, more: dict[str, str], stays: bool | None
) -> None:
    path = claimed(tmp_path, **more)
    found = orphans._orphan(path, HERE)
    if stays is None:
        assert found is not None
        os.close(found.descriptor)
    else:
        assert (found, path.exists()) == (None, stays)
        assert not locks.is_held(path), "what is not ours to end is let go"


@pytest.mark.parametrize(
    ("url", "shown", "identity", "user"),
    [
        ("sc://engine", "sc://engine/", "sc://engine:15002", USER),
        ("sc://engine:7/;token=secret", "sc://engine:7/;token=secret", "sc://engine:7", USER),
        ("sc://engine:7/;token=secret;user_id=ann", "sc://engine:7/;token=secret;user_id=ann", "sc://engine:7", "ann"),
    ],
)
def test_the_address_of_a_cluster_is_read_and_its_token_never_shown(url: str, shown: str, identity: str, user: str) -> None:
    found = remote_endpoint(url)
    assert (found.url, found.host, found.identity, _user(found)) == (shown, "engine", identity, user)


@pytest.mark.parametrize("url", ["http://engine:15002", "engine:15002", "sc://", "sc:///;token=secret"])
def test_what_is_no_address_is_said_without_its_token(url: str) -> None:
    with pytest.raises(EngineError, match=r"SPARK_REMOTE must look like sc://host:15002") as caught:
        remote_endpoint(url)
    assert "secret" not in caught.value.message


def test_the_engines_command_line_says_how_it_lives_and_ends(own: Settings) -> None:
    command = launch._spark_submit(own, files(own), 4711, Path("/log4j2.properties"))
    options = command[command.index("--driver-java-options") + 1].split()
    assert {"-XX:+ExitOnOutOfMemoryError", "-Duser.timezone=UTC"} <= set(options)
    assert command[command.index("--driver-memory") + 1] == own.engine_memory
    said = set(command)
    assert {"spark.connect.grpc.binding.port=4711", "spark.authenticate=true", "spark.sql.session.timeZone=UTC"} <= said
    assert "spark.buffer.pageSize=4m" in said, "else each small table joined takes 64 MB of the heap"
    assert ("spark.hadoop.fs.permissions.umask-mode=077" in said) is False, "the lake was put outside the home"
    inside = own.model_copy(update={"lake": f"{own.home}/lake"})
    assert "spark.hadoop.fs.permissions.umask-mode=077" in launch._spark_submit(inside, files(own), 1, Path("/log"))


def test_jars_are_copied_once_and_none_that_spark_has(tmp_path: Path) -> None:
    shipped = next(jar for jar in sorted((jars.spark_home() / "jars").glob("*.jar")) if jar.name.startswith("commons-lang3-"))
    names = ["org_one-1.0.jar", "org_one-2.0.jar", "org.x_two_2.13-4.1.jar", f"org_{shipped.name}"]
    for name in names:
        (tmp_path / name).write_text(name)
    jars._copy_missing([tmp_path / name for name in names], tmp_path / "jars")
    assert sorted(path.name for path in (tmp_path / "jars").iterdir()) == ["one-1.0.jar", "two_2.13-4.1.jar"]


def test_jars_are_open_to_all_and_nothing_written_after_them_is(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with pytest.raises(KeyError), jars._readable_by_all():
            (tmp_path / "jar").touch()
            raise KeyError
        (tmp_path / "other").touch()
        assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("jar", "other")] == [0o644, 0o600]
    finally:
        os.umask(before)


def test_why_jars_could_not_be_fetched_is_the_last_line_that_tells() -> None:
    assert jars._reason(":: resolving\n  Connection refused.\n\nunresolved dependency: x.\nbye") == "unresolved dependency: x"
    assert jars._reason("hello\nbye.") == "bye"
    assert jars._reason("") == "no output"


def test_what_a_dead_process_left_stays_claimed_where_its_server_cannot_be_asked(tmp_path: Path) -> None:
    held = orphans.claim(tmp_path, "a session", USER, HERE)
    with pytest.raises(EngineError, match="The work of a dead process could not be ended: the server said ") as caught:
        orphans.end_claim(held, HERE)
    assert "token" not in caught.value.message
    assert held.path.exists(), "the next reaper finds it"
    os.close(held.descriptor)


def test_a_forked_child_lets_go_of_its_parents_session_and_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyspark.sql.connect.session import SparkSession as ConnectSession

    for name in ("_default_session", "_active_session"):
        monkeypatch.setattr(ConnectSession, name, getattr(ConnectSession, name))
    held = orphans.claim(tmp_path, "a session", USER, HERE)
    monkeypatch.setattr(session, "_open", session._Open(HERE, held, None))  # type: ignore[arg-type]
    monkeypatch.setattr(session, "_lock", "held by a thread that the child does not have")
    session._let_go_after_fork()
    assert session._open is None
    assert not locks.is_held(held.path)
    assert held.path.exists(), "the session is its parent's"
    with session._lock:
        assert ConnectSession._default_session is None
