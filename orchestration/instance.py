"""The Dagster instance of a home: shared by the command line, the UI and the daemon."""

import os
from pathlib import Path

import dagster as dg
import yaml

from lakehouse.private import keep_private
from lakehouse.settings import Settings
from orchestration.event_log import BATCH_SIZE


def instance_of(settings: Settings) -> dg.DagsterInstance:
    """Open the home's instance, writing its dagster.yaml at first use."""
    prepare(settings)
    return dg.DagsterInstance.from_config(str(settings.dagster_home))


def prepare(settings: Settings) -> None:
    """Write dagster.yaml where there is none, and point this process (and its children) at it."""
    keep_private(settings)
    folder = settings.dagster_home
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "dagster.yaml"
    if not path.exists():
        draft = path.with_suffix(".draft")
        draft.write_text(yaml.safe_dump(_configuration(settings)))
        draft.replace(path)
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["DAGSTER_EVENT_BATCH_SIZE"] = str(BATCH_SIZE)
    os.environ.update(settings.environment())


def _configuration(settings: Settings) -> dict[str, object]:
    return {
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        # One run at a time: they share two cores and one engine.
        "concurrency": {"runs": {"max_concurrent_runs": 1}},
        "run_coordinator": {
            "module": "dagster",
            "class": "QueuedRunCoordinator",
            "config": {"dequeue_interval_seconds": 1},
        },
        "run_launcher": {"module": "orchestration.launcher", "class": "ForkingRunLauncher"},
        "run_monitoring": {"enabled": True, "start_timeout_seconds": 180, "poll_interval_seconds": 30},
        "run_retries": {"enabled": True, "max_retries": 0},
        "retention": {"sensor": {"purge_after_days": {"skipped": 7}}},
        **_storage(settings),
    }


def _storage(settings: Settings) -> dict[str, object]:
    """PostgreSQL where the settings name one (the URL stays in the environment), else SQLite files in the home."""
    if settings.dagster_storage:
        return {"storage": {"postgres": {"postgres_url": {"env": "GREENHOUSE_DAGSTER_STORAGE"}}}}
    folder = settings.dagster_home / "storage"
    return {
        "run_storage": _class("dagster._core.storage.runs", "SqliteRunStorage", folder / "runs"),
        "schedule_storage": _class("dagster._core.storage.schedules", "SqliteScheduleStorage", folder / "schedules"),
        "event_log_storage": _class("orchestration.event_log", "BatchedSqliteEventLogStorage", folder / "events"),
    }


def _class(module: str, name: str, folder: Path) -> dict[str, object]:
    return {"module": module, "class": name, "config": {"base_dir": str(folder)}}
