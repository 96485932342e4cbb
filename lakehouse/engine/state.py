"""What is written down about the local engine, and where. Whether it is alive is `server` and `probe`'s question."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from lakehouse.settings import Settings

LOCAL = "local engine"
"""How the identity of a home's own engine begins."""


@dataclass(frozen=True)
class Endpoint:
    """Where a Spark Connect server answers. `url` holds its token and is never printed; `identity` may be."""

    url: str
    host: str
    port: int
    identity: str


@dataclass(frozen=True)
class EngineState:
    """One running local engine, as its starter wrote it down; `started_at` is ISO time in UTC."""

    pid: int
    port: int
    token: str
    started_at: str
    jars: str
    memory: str
    lake: str
    spark: str

    @property
    def endpoint(self) -> Endpoint:
        """How to reach it. It must be `localhost`: with another name of this host the client asks for TLS."""
        url = f"sc://localhost:{self.port}/;token={self.token}"
        return Endpoint(url, "localhost", self.port, f"{LOCAL} {self.pid} of {self.started_at}")


@dataclass(frozen=True)
class EngineFiles:
    """The files of a home's engine."""

    folder: Path

    @property
    def state(self) -> Path:
        return self.folder / "state.json"

    @property
    def pid(self) -> Path:
        """Written by the engine's own process before it becomes Java, so that no starter's death hides it."""
        return self.folder / "engine.pid"

    @property
    def alive_lock(self) -> Path:
        """Held by the engine's own process for its life."""
        return self.folder / "engine.lock"

    @property
    def start_lock(self) -> Path:
        return self.folder / "start.lock"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def sessions(self) -> Path:
        return self.folder / "sessions"


def files(settings: Settings) -> EngineFiles:
    """The engine's files of this home."""
    return EngineFiles(settings.home / "engine")


def spark_version() -> str:
    """The Spark version this environment is made for, as the installed client has it."""
    return version("pyspark")


def read_state(settings: Settings) -> EngineState | None:
    """What the last starter wrote down; None where there is nothing (readable)."""
    try:
        return EngineState(**json.loads(files(settings).state.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def write_state(settings: Settings, state: EngineState) -> None:
    """Write it down, whole or not at all, readable by its owner only."""
    write_private(files(settings).state, json.dumps(asdict(state), indent=2))


def write_private(path: Path, text: str) -> None:
    """Replace a file by one that only its owner can read, whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
