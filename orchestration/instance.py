"""The Dagster instance of a home: shared by the command line, the UI and the daemon."""

import os
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from lakehouse.private import keep_private
from lakehouse.settings import Settings
from orchestration.event_log import BATCH_SIZE

# What dagster.yaml says of where Dagster keeps things; the rest of it is the user's once it is written.
STORAGE = ("storage", "run_storage", "event_log_storage", "schedule_storage")


def instance_of(settings: Settings) -> dg.DagsterInstance:
    """Open the home's instance, writing its dagster.yaml at first use."""
    prepare(settings)
    return dg.DagsterInstance.from_config(str(settings.dagster_home))


def prepare(settings: Settings) -> None:
    """Write dagster.yaml where there is none or it was copied from elsewhere, and point this process (and its children) at it."""
    keep_private(settings)
    folder = settings.dagster_home
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "dagster.yaml"
    standing = yaml.safe_load(path.read_text()) if path.exists() else None
    wanted = _here(standing, folder) if standing else _configuration(settings)
    if wanted != standing:
        draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
        draft.write_text(yaml.safe_dump(wanted))
        draft.replace(path)
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["DAGSTER_EVENT_BATCH_SIZE"] = str(BATCH_SIZE)
    os.environ.update(settings.environment())


def _here(standing: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The configuration with our own storage in this folder: Dagster takes no relative paths, and a copy must not write into its original."""
    said = {name: standing[name] for name in STORAGE if name in standing}
    written_in = Path(said.get("run_storage", {}).get("config", {}).get("base_dir", "")).parent.parent
    is_ours = said == _files_in(written_in)
    return {**standing, **_files_in(folder)} if is_ours else standing


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
    return _files_in(settings.dagster_home)


def _files_in(folder: Path) -> dict[str, object]:
    storage = folder / "storage"
    return {
        "run_storage": _class("dagster._core.storage.runs", "SqliteRunStorage", storage / "runs"),
        "schedule_storage": _class("dagster._core.storage.schedules", "SqliteScheduleStorage", storage / "schedules"),
        "event_log_storage": _class("orchestration.event_log", "BatchedSqliteEventLogStorage", storage / "events"),
    }


def _class(module: str, name: str, folder: Path) -> dict[str, object]:
    return {"module": module, "class": name, "config": {"base_dir": str(folder)}}
