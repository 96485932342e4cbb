"""A running `greenhouse ui` of a home, and what a browser would ask it. For benchmarks and for the tests of the UI."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from lakehouse.engine.server import free_port
from lakehouse.settings import REPOSITORY, Settings

START_SECONDS, RUN_SECONDS = 240, 300
ENDED = ("SUCCESS", "FAILURE", "CANCELED")
STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
WHERE = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"


@dataclass(frozen=True)
class Web:
    """The web server of a home."""

    url: str

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of a GraphQL answer."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)["data"]
        return found

    def ended(self, run_id: str) -> str:
        """Wait for a run's end; how it ended."""
        deadline = time.monotonic() + RUN_SECONDS
        while (status := self.ask(STATUS, id=run_id)["runOrError"]["status"]) not in ENDED:
            assert time.monotonic() < deadline, f"the run is still {status}"
            time.sleep(0.1)
        return str(status)

    def repository(self) -> dict[str, Any]:
        """The one code location's repository: its name and location."""
        (found,) = self.ask(WHERE)["repositoriesOrError"]["nodes"]
        return dict(found)


@contextmanager
def serving(settings: Settings) -> Iterator[Web]:
    """`greenhouse ui` on that home, in a process group of its own; ended afterwards, and its engine with it."""
    port = free_port()
    environment = {**os.environ, **settings.environment()}
    command = [str(REPOSITORY / "greenhouse"), "ui", "--port", str(port)]
    with (settings.home / "ui.log").open("wb") as log:
        # A shell lets what it starts in the background ignore interrupts, and that is inherited.
        listen = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True, preexec_fn=listen)
    try:
        web = Web(f"http://127.0.0.1:{port}")
        _await(web, process)
        yield web
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        subprocess.run([str(REPOSITORY / "greenhouse"), "engine", "stop"], env=environment, check=True, capture_output=True)


def _await(web: Web, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _is_up(web):
        assert process.poll() is None, "the UI ended while starting"
        assert time.monotonic() < deadline, "the UI did not start"
        time.sleep(0.5)


def _is_up(web: Web) -> bool:
    try:
        return bool(web.ask(WHERE)["repositoriesOrError"].get("nodes"))
    except OSError:
        return False
