"""Starts the runs that people, schedules and sensors ask for, each in a process forked from one that holds the libraries already.

What the lock pins is imported once and shared; this repository's own code is imported anew by every run, so that no run
works with yesterday's. A run's process is known by its number, its start time and the instance it was started for, kept in the run's
tags: the daemon can be restarted and still tell whether the run lives, and a copied home does not take its original's for its own.
"""

import multiprocessing
import signal
from collections.abc import Mapping
from typing import Any, Self

import dagster as dg
import psutil
from dagster._config.config_schema import UserConfigSchema
from dagster._core.launcher.base import CheckRunHealthResult, LaunchRunContext, RunLauncher, WorkerStatus
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import ConfigurableClass
from dagster._serdes.config_class import ConfigurableClassData

PROCESS = "greenhouse/process"
LIBRARIES = [
    "dagster._cli.api", "dagster._core.execution.api", "pyspark.sql.connect.session", "pyspark.sql.connect.functions", "great_expectations",
    "great_expectations.expectations.core", "pandas", "deltalake", "duckdb", "sqlglot", "open_data_contract_standard.model",
]  # fmt: skip


class ForkingRunLauncher(RunLauncher, ConfigurableClass):
    """Dagster's run launcher of a home: `dagster api execute_run` in a child of a warm fork server."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        self._inst_data = inst_data
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(LIBRARIES)
        super().__init__()

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """What dagster.yaml said of this class."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing can be configured."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> Self:
        """How Dagster makes it from dagster.yaml."""
        return cls(inst_data, **config_value)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Start the run's process and write down in its tags which one it is."""
        run = context.dagster_run
        assert run.job_code_origin, "a run without its code's origin"
        arguments = ExecuteRunArgs(run.job_code_origin, run.run_id, self._instance.get_ref()).get_command_args()
        process = self._context.Process(target=_execute, args=(list(arguments),), name=f"run {run.run_id}")
        process.start()
        self._instance.add_run_tags(run.run_id, {PROCESS: self._identity(psutil.Process(process.pid))})

    def terminate(self, run_id: str) -> bool:
        """Interrupt the run, as Ctrl-C would; False where it has ended."""
        run = self._instance.get_run_by_id(run_id)
        found = self._process_of(run) if run and not run.is_finished else None
        if run is None or found is None:
            return False
        self._instance.report_run_canceling(run)
        found.send_signal(signal.SIGINT)
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        """The daemon asks now and then whether a run's process still lives."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """RUNNING while the process lives, FAILED once it is gone without having said how the run ended."""
        if self._process_of(run):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "the run's process ended without a word (killed, or out of memory)")

    def _identity(self, process: psutil.Process) -> str:
        """A process's number alone is used again by the system."""
        return f"{process.pid} {process.create_time()} {self._instance.root_directory}"

    def _process_of(self, run: dg.DagsterRun) -> psutil.Process | None:
        """The run's process, if it lives."""
        number = run.tags.get(PROCESS, "").partition(" ")[0]
        try:
            found = psutil.Process(int(number))
            alive = self._identity(found) == run.tags[PROCESS] and found.status() != psutil.STATUS_ZOMBIE
        except (ValueError, psutil.NoSuchProcess):
            return None
        return found if alive else None


def _execute(arguments: list[str]) -> None:
    """In the run's own process: the command by which every launcher of Dagster starts a run."""
    from dagster._cli.api import execute_run_command

    execute_run_command.main(arguments[-1:], standalone_mode=False)
