"""Launched runs: in a process of their own that has the libraries already, with the code as it stands, known and ended by its identity."""

import os
import signal
import time

import pytest
from dagster import DagsterRunStatus, JobDefinition
from dagster._core.definitions.reconstruct import ReconstructableRepository
from dagster._core.launcher.base import LaunchRunContext, WorkerStatus

from lakehouse.settings import REPOSITORY
from orchestration.instance import instance_of
from orchestration.launcher import LIBRARIES, PROCESS, ForkingRunLauncher

CODE = """
import sys, time
LIBRARIES = "great_expectations" in sys.modules and "pyspark.sql.connect.session" in sys.modules

import dagster as dg

@dg.op
def work(context):
    open({note!r}, "w").write(f"{said} {{LIBRARIES}}")
    time.sleep({seconds})

@dg.job(executor_def=dg.in_process_executor)
def own():
    work()

@dg.repository
def repository():
    return [own]
"""
WAIT_SECONDS = 90


@pytest.fixture
def instance(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with instance_of(settings.model_copy(update={"dagster_home": tmp_path / "dagster"})) as instance:
        assert isinstance(instance.run_launcher, ForkingRunLauncher)
        yield instance


@pytest.fixture
def launch(instance, tmp_path):
    """Launch a run of a job whose code says `said`, and return its id once it has."""

    def launched(said: str, seconds: int = 0) -> str:
        note = tmp_path / said
        code = tmp_path / "code.py"
        code.write_text(CODE.format(note=str(note), said=said, seconds=seconds))
        job = ReconstructableRepository.for_file(str(code), "repository", str(tmp_path)).get_reconstructable_job("own")
        definition = job.get_definition()
        assert isinstance(definition, JobDefinition)
        run = instance.create_run_for_job(definition, job_code_origin=job.get_python_origin())
        instance.run_launcher.launch_run(LaunchRunContext(run, None))
        until(lambda: note.exists() and note.read_text())
        assert note.read_text() == f"{said} True"
        return run.run_id

    return launched


def until(holds) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def status(instance, run_id):
    return instance.get_run_by_id(run_id).status


def test_each_run_finds_the_libraries_loaded_and_the_code_as_it_stands(instance, launch):
    for said in ("yesterday", "today"):
        run_id = launch(said)
        until(lambda run_id=run_id: status(instance, run_id) == DagsterRunStatus.SUCCESS)
        assert not instance.run_launcher.terminate(run_id), "it has ended by itself"


def test_a_run_ends_when_it_is_asked_to(instance, launch):
    run_id = launch("long", seconds=WAIT_SECONDS)
    assert instance.run_launcher.terminate(run_id)
    until(lambda: status(instance, run_id) == DagsterRunStatus.CANCELED)


def test_a_killed_run_is_known_to_be_dead(instance, launch):
    run_id = launch("killed", seconds=WAIT_SECONDS)
    run = instance.get_run_by_id(run_id)
    assert instance.run_launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING
    number = int(run.tags[PROCESS].split()[0])
    os.kill(number, signal.SIGKILL)
    until(lambda: instance.run_launcher.check_run_worker_health(run).status == WorkerStatus.FAILED)
    assert not instance.run_launcher.terminate(run_id)


def test_the_fork_server_holds_no_code_of_this_repository():
    own = {path.name for path in REPOSITORY.iterdir() if (path / "__init__.py").exists()}
    assert not own & {name.split(".")[0] for name in LIBRARIES}
