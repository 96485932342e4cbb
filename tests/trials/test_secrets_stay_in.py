"""Errors that need processes of their own, through the command line: an engine, a database. Then every byte is searched.

A trial: `./greenhouse test -- -m trial tests/trials/test_secrets_stay_in.py`; its results stand in docs/trials.md. Twelve kinds
that need none stand in tests/line/test_secrets_stay_in.py.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from lakehouse.engine import state
from lakehouse.settings import REPOSITORY, Settings
from tests.lakehouse.corner_shop import deliver, lay_out, line
from tests.lakehouse.ingestion.connectors import postgres_server
from tests.leaks import files_with, leaks, pads
from tests.line.test_secrets_stay_in import DAY, PASSWORD, PLAN, POSTGRES

pytestmark = pytest.mark.trial
AWAY_SECONDS = 900
TOKEN = "a-token-that-no-engine-has"


class Home:
    """A corner shop and the command line in a home of its own; `tokens` are those of the engines there were."""

    def __init__(self, folder: Path) -> None:
        self.path, self.home, self.tokens = lay_out(folder), folder / "home", {}
        self.source = self.path.read_text()
        deliver(folder, DAY, [line(1, DAY), line(2, DAY, product="0")])

    def command(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        given = {**os.environ, "GREENHOUSE_HOME": str(self.home), "GREENHOUSE_ENGINE_MEMORY": "2g", **environment}
        pipe = subprocess.PIPE
        return subprocess.Popen([str(REPOSITORY / "greenhouse"), *arguments], env=given, stdout=pipe, stderr=pipe, text=True)

    def night(self, source: str, connections: str = "{}") -> subprocess.Popen[str]:
        self.path.write_text(source)
        return self.command("run", "--source", str(self.path), "--from", DAY, "--to", DAY, GREENHOUSE_CONNECTIONS=connections)

    def select(self, was: str, now: str) -> subprocess.Popen[str]:
        assert was in self.source
        return self.night(self.source.replace(was, now))

    def pull(self, origin: str, url: str) -> subprocess.Popen[str]:
        source = re.sub(r"    files: .*", f"    {origin}", self.source).replace("    duplicates: {key: [line]}\n", "")
        return self.night(source, url if "://" not in url else json.dumps({"origin": url}))

    def engine(self) -> state.EngineState:
        found = state.read_state(Settings(home=self.home))
        assert found is not None
        self.tokens[f"token of {found.pid}"] = found.token.encode()
        return found


def _said(process: subprocess.Popen[str]) -> str:
    """All that a command prints; one that does not end is ended."""
    try:
        return "".join(process.communicate(timeout=AWAY_SECONDS))
    finally:
        process.kill()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    found = Home(tmp_path)
    yield found
    _said(found.command("engine", "stop"))


def _kinds(database: str) -> dict[str, tuple[Callable[[Home], subprocess.Popen[str]], str]]:
    """Each with what it must say."""
    wrong = database.replace(postgres_server.QUOTED, quote(PASSWORD, safe=""))
    return {
        "a wrong password": (lambda home: home.pull(POSTGRES, wrong), "does not answer, or refuses shop"),
        "connections that are no JSON": (lambda home: home.pull(POSTGRES, PASSWORD), "no JSON object"),
        "a wrong token": (
            lambda home: home.command("run", SPARK_REMOTE=f"sc://localhost:{home.engine().port}/;token={TOKEN}"),
            "is refused",
        ),
        "a setting that cannot be used": (
            lambda home: home.command("run", GREENHOUSE_EXECUTOR=PASSWORD),
            "GREENHOUSE_EXECUTOR cannot be used",
        ),
        "a column that the platform misses": (lambda home: home.select("AS event_at", "AS sold"), "event_at"),
    }


def test_no_error_tells_a_secret(home: Home) -> None:
    night = home.night(home.source)  # after it there are pseudonyms, and so their key
    said_first = _said(night)
    assert night.returncode == 0, said_first
    with postgres_server.running() as database:
        kinds, said = _kinds(database.url), {"none": said_first}
        for kind, (start, _) in kinds.items():
            night = start(home)
            said[kind] = _said(night)
            assert night.returncode in (1, 2, 3), (kind, said[kind])
            home.engine()
    assert {kind: said[kind] for kind, (_, told) in kinds.items() if told not in said[kind]} == {}
    assert {kind: told for kind, told in said.items() if "Traceback" in told or PLAN.decode() in told} == {}, (
        "one sentence, no stack, no plan"
    )

    key, engine = home.home / "secrets" / "customer_key", home.home / "engine"
    passwords = {
        "password": PASSWORD,
        "quoted": quote(PASSWORD, safe=""),
        "right": postgres_server.PASSWORD,
        "wrong token": TOKEN,
    }
    secrets = {**pads(key.read_bytes()), **home.tokens, **{name: text.encode() for name, text in passwords.items()}}
    assert {kind: found for kind, told in said.items() if (found := leaks(secrets, told.encode()))} == {}
    assert files_with(secrets, home.home, but=[key, engine / "state.json"]) == {}
    assert [str(path) for path in [home.home, *home.home.rglob("*")] if path.stat().st_mode & 0o077] == []
