"""Great Expectations is imported beside the rest of a start: no package is imported by both threads at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lakehouse.settings import Settings

# Whose modules import each other in circles, seen half made by a second thread ("partially initialized module 'sqlalchemy.orm.exc'").
CIRCULAR = {"sqlalchemy", "pandas", "pyspark", "numpy", "grpc", "google"}
START = """
import sys, threading

class Recorder:
    found = []

    def find_spec(self, name, path=None, target=None):
        Recorder.found.append((threading.current_thread().name, name))

sys.meta_path.insert(0, Recorder())
begin = threading.Thread.start

def start(thread):
    if thread.name == "import-great-expectations":
        Recorder.found.clear()
    begin(thread)

threading.Thread.start = start
from cli.pipeline import open_pipeline
from cli.progress import Progress
import expectations.audit

open_pipeline(None, Progress())
expectations.audit._import.join()
for thread, name in Recorder.found:
    print(thread, name)
"""


def test_no_package_is_imported_by_two_threads_of_a_start(settings: Settings, spark: object, python: Callable, tmp_path: Path) -> None:
    own = settings.model_copy(update={"dagster_home": tmp_path / "dagster"})
    out, err = python(START, own).communicate(timeout=300)
    found = [line.split() for line in out.splitlines()]
    assert any(name.startswith("great_expectations.") for _, name in found), err
    by_thread = {
        is_it: {name.split(".")[0] for thread, name in found if (thread == "import-great-expectations") == is_it} for is_it in (True, False)
    }
    assert not by_thread[True] & by_thread[False] & CIRCULAR, sorted(
        name for thread, name in found if name.split(".")[0] in by_thread[True] & by_thread[False] & CIRCULAR
    )
