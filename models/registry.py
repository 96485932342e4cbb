"""Keeps versions in MLflow and gives their files back. The only module that imports MLflow, and only when it is used.

The tracking server is always passed in. What a version was made of stands in `models.model_versions`; a version
without a row there does not serve.
"""

from __future__ import annotations

import fcntl
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.artifact import TRUSTED_TYPES, sha256_of_files, to_bytes
from models.errors import ModelError

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

EXPERIMENT, ARTIFACTS, FOLDER, FILE = "greenhouse", "mlflow-artifacts", "model", "model.skops"
WRITTEN_BY_READING = "registered_model_meta"  # MLflow adds it beside a model that it downloads


@dataclass(frozen=True)
class Registered:
    """A version as it was registered."""

    name: str
    version: int
    run_id: str
    sha256: str
    at: datetime
    files: Mapping[str, bytes] = field(repr=False, compare=False)


def register(uri: str, name: str, pipeline: Pipeline, metrics: Mapping[str, float], tags: Mapping[str, str]) -> Registered:
    """Log the pipeline with its figures and make it the name's next version; no alias is moved."""
    with _client(uri) as client, tempfile.TemporaryDirectory() as folder:
        files = _saved(pipeline, Path(folder) / FOLDER)
        run = client.create_run(_experiment(client, uri), run_name=name, tags=dict(tags)).info.run_id
        for key, value in metrics.items():
            client.log_metric(run, key, value)
        client.log_artifacts(run, str(Path(folder) / FOLDER), FOLDER)
        client.set_terminated(run)
        _ensure_name(client, name)
        made = client.create_model_version(name, f"runs:/{run}/{FOLDER}", run, tags=dict(tags))
    at = datetime.fromtimestamp(made.creation_timestamp / 1000, UTC)
    return Registered(name, int(made.version), run, sha256_of_files(files), at, files)


def point(uri: str, name: str, version: int | None, alias: str) -> None:
    """Point an alias at a version; None: at nobody. Raises ModelError where the store cannot be used."""
    with _reached(uri) as client:
        if version is None:
            client.delete_registered_model_alias(name, alias)
        else:
            client.set_registered_model_alias(name, alias, str(version))


def version_of_alias(uri: str, name: str, alias: str) -> int | None:
    """The version an alias points at, or None where there is no such alias. Raises ModelError where the store cannot be used."""
    from mlflow.exceptions import MlflowException

    with _reached(uri) as client:
        try:
            return int(client.get_model_version_by_alias(name, alias).version)
        except MlflowException as error:
            # A missing alias is reported as an invalid parameter, a missing name as a missing resource.
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                return None
            raise


def fetch(uri: str, name: str, version: int, expected_sha256: str) -> dict[str, bytes]:
    """The files of a version, all of them those registered. Raises ModelError where they are not, or the store cannot be used."""
    with _reached(uri) as client, tempfile.TemporaryDirectory() as folder:
        run = client.get_model_version(name, str(version)).run_id
        files = _files(_here(uri, run) or Path(client.download_artifacts(run, FOLDER, folder)))
    if (found := sha256_of_files(files)) != expected_sha256:
        raise ModelError(
            f"{name} version {version}: its files have SHA-256 {found[:12]}…, {expected_sha256[:12]}… was registered; "
            "they were changed since and are not loaded: train again, or restore them"
        )
    return files


def _saved(pipeline: Pipeline, folder: Path) -> dict[str, bytes]:
    import mlflow.sklearn

    to_bytes(pipeline)  # refuses types that are not on our own allow-list
    mlflow.sklearn.save_model(
        pipeline, str(folder), serialization_format="skops", skops_trusted_types=list(TRUSTED_TYPES),
        conda_env=_environment(), pyfunc_predict_fn="predict_proba",
    )  # fmt: skip
    return _files(folder)


def _environment() -> dict[str, Any]:
    """What it takes to load the model; said outright, since MLflow would start a process to find out."""
    from importlib.metadata import version
    from platform import python_version

    needed = [f"{package}=={version(package)}" for package in ("mlflow", "scikit-learn", "skops")]
    return {"name": "greenhouse", "channels": ["conda-forge"], "dependencies": [f"python={python_version()}", "pip", {"pip": needed}]}


def _files(folder: Path) -> dict[str, bytes]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != WRITTEN_BY_READING)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@contextmanager
def _reached(uri: str) -> Iterator[Any]:
    """The client; whatever the store answers with is one sentence, which quotes no address (it may hold a password)."""
    try:
        with _client(uri) as client:
            yield client
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"the model store ({uri.partition(':')[0]}) cannot be used: {type(error).__name__}") from error


@contextmanager
def _client(uri: str) -> Iterator[Any]:
    # Set before MLflow is imported: it reads them then.
    os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    from mlflow import MlflowClient

    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)  # it says each step of a new store, whatever the level above
    with _first_use(uri):  # making the client already makes the schema
        client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        client.search_experiments(max_results=1)
    yield client


@contextmanager
def _first_use(uri: str) -> Iterator[None]:
    """Two processes that open a new SQLite store at once race on its schema: one at a time."""
    folder = _local_folder(uri)
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "mlflow.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _here(uri: str, run_id: str) -> Path | None:
    """A run's model beside a SQLite store, wherever that was copied or moved: MLflow wrote down the place it was made in."""
    folder = _local_folder(uri)
    files = folder / ARTIFACTS / run_id / "artifacts" / FOLDER if folder else None
    return files if files and files.is_dir() else None


def _experiment(client: Any, uri: str) -> str:
    """The experiment for new runs. An experiment's place cannot be changed: a copied or moved store gets one whose files lie beside it."""
    folder = _local_folder(uri)
    # Left to itself, MLflow puts the files of a SQLite store below the current directory.
    location = (folder / ARTIFACTS).as_uri() if folder else None
    for name in (EXPERIMENT, f"{EXPERIMENT} in {folder}"):
        found = client.get_experiment_by_name(name)
        if found is None:
            return str(client.create_experiment(name, location))
        if location is None or not _is_of_another_store(found.artifact_location, location):
            return str(found.experiment_id)
    raise ModelError(f"MLflow's experiment {name} keeps its files in {found.artifact_location}: rename it, then train again")


def _is_of_another_store(given: str, location: str) -> bool:
    """Whether an experiment's place is the one we give, beside another store than this."""
    return given != location and given.startswith("file:") and given.endswith(f"/{ARTIFACTS}")


def _ensure_name(client: Any, name: str) -> None:
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)


def _local_folder(uri: str) -> Path | None:
    return Path(uri.removeprefix("sqlite:///")).resolve().parent if uri.startswith("sqlite:///") else None
