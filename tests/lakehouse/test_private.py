"""A home is its owner's alone: its folder, what is written into it, the engine's ports and environment. Other folders are left as they are."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import stat
import struct
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakehouse.engine import launch, server, state
from lakehouse.errors import SettingsError
from lakehouse.private import OWNER_ONLY, UNCHANGED, keep_private, umask
from lakehouse.settings import Settings
from lakehouse.tables.lake import Secrets

OPEN_MASK, OPEN = 0o022, 0o755


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """Each test begins with the umask most people have."""
    before = os.umask(OPEN_MASK)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _home(settings: Settings, folder: Path, **more: object) -> Settings:
    return settings.model_copy(update={"home": folder / "home", "lake": str(folder / "home" / "lake"), **more})


def test_a_home_is_made_closed_and_so_is_what_is_written_into_it(settings: Settings, tmp_path: Path) -> None:
    own = _home(settings, tmp_path / "not there yet")
    keep_private(own)
    (own.home / "mlflow.db").touch()
    assert (_mode(own.home), _mode(own.home / "mlflow.db")) == (0o700, 0o600)


def test_an_open_home_is_closed_and_a_lake_outside_it_is_not(settings: Settings, tmp_path: Path) -> None:
    own = _home(settings, tmp_path, lake=str(tmp_path / "lake"))
    for folder in (own.home, tmp_path / "lake"):
        folder.mkdir()
        folder.chmod(OPEN)
    keep_private(own)
    (tmp_path / "lake" / "new").mkdir()
    assert _mode(own.home) == 0o700
    assert (_mode(tmp_path / "lake"), _mode(tmp_path / "lake" / "new")) == (OPEN, OPEN)


@pytest.mark.parametrize("mode", [0o750, 0o710, 0o704, 0o701])
def test_a_home_open_to_a_group_or_to_anybody_is_closed(settings: Settings, tmp_path: Path, mode: int) -> None:
    own = _home(settings, tmp_path)
    own.home.mkdir()
    own.home.chmod(mode)
    keep_private(own)
    assert _mode(own.home) == 0o700


def test_everybodys_folder_is_no_home(settings: Settings, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(SettingsError, match="everybody's folder and cannot be a home"):
        keep_private(settings.model_copy(update={"home": shared}))
    assert _mode(shared) == 0o1777


def test_every_command_closes_the_home(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cli.look import tables
    from orchestration.instance import prepare

    own = _home(settings, tmp_path)
    own.home.mkdir()
    monkeypatch.setattr("lakehouse.settings.load_settings", lambda: own)
    for use in (tables, lambda: prepare(own)):
        own.home.chmod(OPEN)
        use()
        assert _mode(own.home) == 0o700


def test_what_the_engine_writes_is_its_owners_alone(settings: Settings, spark: SparkSession) -> None:
    table = Path(settings.lake) / f"private_{uuid.uuid4().hex}"
    try:
        spark.range(4).withColumn("day", F.expr("id % 2")).write.format("delta").partitionBy("day").save(str(table))
        written = [table, *table.rglob("*")]
        assert len(written) > 8
        assert {path: oct(_mode(path)) for path in written if _mode(path) & 0o077} == {}
    finally:
        shutil.rmtree(table, ignore_errors=True)


def test_the_engine_answers_nobody_without_its_secret(settings: Settings, spark: SparkSession) -> None:
    """Its block manager would hand out any block asked for: rows, or the tasks that hold the pseudonyms' key."""
    running = server.status(settings).state
    assert running is not None
    connections = psutil.Process(running.pid).net_connections()
    ports = {c.laddr.port for c in connections if c.status == psutil.CONN_LISTEN} - {running.port}
    assert len(ports) == 2
    for port in ports:
        answer = _ask_for_a_block(port)
        assert answer[8] == RPC_FAILURE
        assert b"Expected SaslMessage" in answer


RPC_REQUEST, RPC_FAILURE, OPEN_BLOCKS = 3, 5, 0


def _ask_for_a_block(port: int) -> bytes:
    """Spark's own protocol: a frame's length, the kind of message, its number, and the blocks asked for."""
    asked = bytes([OPEN_BLOCKS]) + _text("an app") + _text("driver") + struct.pack(">i", 1) + _text("broadcast_0_piece0")
    message = bytes([RPC_REQUEST]) + struct.pack(">qi", 1, len(asked)) + asked
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(struct.pack(">q", 8 + len(message)) + message)
        return connection.recv(100_000)


def _text(text: str) -> bytes:
    return struct.pack(">i", len(text)) + text.encode()


def test_the_engine_inherits_what_it_needs_and_no_secret(
    settings: Settings, spark: SparkSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    needed = {"AWS_ACCESS_KEY_ID": "a", "HADOOP_CONF_DIR": "b", "LC_ALL": "C.UTF-8", "https_proxy": "c", "OMP_NUM_THREADS": "1"}
    kept_back = (
        "GREENHOUSE_CONNECTIONS",
        "GREENHOUSE_DAGSTER_STORAGE",
        "MLFLOW_TRACKING_TOKEN",
        "PGPASSWORD",
        "SPARK_REMOTE",
        "PYTHONPATH",
    )
    for name, value in {**needed, **dict.fromkeys(kept_back, "secret"), "AWSOME": "secret"}.items():
        monkeypatch.setenv(name, value)
    given = launch._environment(state.EngineFiles(tmp_path), "the token")
    assert needed.items() <= given.items()
    assert "secret" not in given.values()
    running = server.status(settings).state
    assert running is not None
    # The tests' own variables stood in the environment of whoever started it.
    names = psutil.Process(running.pid).environ().keys()
    assert [name for name in names if name.startswith(("GREENHOUSE_", "PYTEST_"))] == []


def test_the_key_of_pseudonyms_is_its_owners_alone_and_the_first_one_made_is_kept(settings, tmp_path, monkeypatch):
    keys = Secrets(settings.model_copy(update={"home": tmp_path / "home"}))
    path = tmp_path / "home" / "secrets" / "customer_key"
    made = keys.customer_key()
    assert (len(made), keys.customer_key()) == (32, made)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["customer_key"]

    def another_process_was_quicker(size):
        path.write_bytes(b"the first one made")
        return b"the second"

    path.unlink()
    monkeypatch.setattr(secrets, "token_bytes", another_process_was_quicker)
    assert keys.customer_key() == path.read_bytes() == b"the first one made"


def test_what_is_written_beside_a_lake_that_is_no_folder_is_its_owners_alone(settings: Settings, tmp_path: Path) -> None:
    own = settings.model_copy(update={"home": tmp_path / "home"})
    masks = {
        lake: umask(own.model_copy(update={"lake": lake})) for lake in ("s3a://shop/lake", f"{tmp_path}/home/lake", f"{tmp_path}/lake")
    }
    assert list(masks.values()) == [OWNER_ONLY, OWNER_ONLY, UNCHANGED]
