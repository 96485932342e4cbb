"""The Dagster instance of a home: shared by the command line, the UI and the daemon."""

import os

import dagster as dg
import yaml

from lakehouse.settings import Settings


def instance_of(settings: Settings) -> dg.DagsterInstance:
    """Open the home's instance, writing its dagster.yaml at first use."""
    prepare(settings)
    return dg.DagsterInstance.from_config(str(settings.dagster_home))


def prepare(settings: Settings) -> None:
    """Write dagster.yaml where there is none, and point this process (and its children) at it."""
    folder = settings.dagster_home
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "dagster.yaml"
    if not path.exists():
        draft = path.with_suffix(".draft")
        draft.write_text(yaml.safe_dump(_configuration(settings)))
        draft.replace(path)
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ.update(settings.environment())


def _configuration(settings: Settings) -> dict[str, object]:
    return {
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        # One run at a time: they share two cores and one engine.
        "concurrency": {"runs": {"max_concurrent_runs": 1}},
        "run_monitoring": {"enabled": True, "start_timeout_seconds": 180},
        "run_retries": {"enabled": True, "max_retries": 0},
        "retention": {"sensor": {"purge_after_days": {"skipped": 7}}},
        "storage": {"sqlite": {"base_dir": str(settings.dagster_home / "storage")}},
    }
