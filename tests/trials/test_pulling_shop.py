"""A shop on a database through the command line: a night, another one, one that the database refuses; the password stands nowhere after it.

A trial: `./greenhouse test -- -m trial tests/trials/test_pulling_shop.py`; its results stand in docs/trials.md.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from lakehouse.settings import REPOSITORY
from tests.lakehouse.ingestion.connectors import postgres_server
from tests.lakehouse.ingestion.connectors.shop import FIRST, TODAY, source
from tests.lakehouse.ingestion.connectors.test_postgres import COLUMNS, TABLE, WATCHED, insert

pytestmark = pytest.mark.trial

YOUNG = "there are no mature examples yet"  # all but training is done: three weeks are too few to learn from
SECRETS = (postgres_server.PASSWORD.encode(), postgres_server.QUOTED.encode())


@pytest.fixture(scope="module")
def server():
    with postgres_server.running() as server:
        server.run(TABLE, insert(*range(1, 401)))
        yield server


@pytest.fixture(scope="module")
def greenhouse(server, tmp_path_factory):
    """The command line in a home of its own, which it knows as `home`."""
    home = tmp_path_factory.mktemp("pulling")
    environment = {**os.environ, "GREENHOUSE_HOME": str(home), "GREENHOUSE_CONNECTIONS": f'{{"origin": "{server.url}"}}'}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(REPOSITORY / "greenhouse"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    run.home = home
    yield run
    run("engine", "stop")


def test_nights_on_a_database_and_a_password_that_stands_nowhere(greenhouse, server, tmp_path):
    path = tmp_path / "source.yaml"
    path.write_text(source(WATCHED, COLUMNS))
    first = greenhouse("run", "--source", str(path), "--from", str(FIRST), "--to", str(TODAY))
    assert first.returncode == 0 and YOUNG in first.stderr, first.stderr[-2000:]
    server.run(insert(401, 402), "UPDATE lines SET quantity = 7, updated_at = now() WHERE line = 1")
    again = greenhouse("run", "--source", str(path), "--from", str(TODAY), "--to", str(TODAY))
    assert again.returncode == 0 and YOUNG in again.stderr, again.stderr[-2000:]
    asked = greenhouse("sql", "SELECT count(*) AS lines, sum(quantity) AS units FROM silver.orders")
    assert "402" in asked.stdout and "408" in asked.stdout, asked.stdout
    server.run("ALTER ROLE shop PASSWORD 'another'")
    refused = greenhouse("run", "--source", str(path), "--from", str(TODAY), "--to", str(TODAY))
    assert refused.returncode == 1
    assert "refuses shop: check address, user and password" in refused.stdout + refused.stderr
    said = [text.encode() for done in (first, again, asked, refused) for text in (done.stdout, done.stderr)]
    files = {str(each): each.read_bytes() for each in Path(greenhouse.home).rglob("*") if each.is_file()}
    assert len(files) > 200
    assert [name for name, content in files.items() if any(secret in content for secret in SECRETS)] == []
    assert not any(secret in text for text in said for secret in SECRETS)
