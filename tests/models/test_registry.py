"""Keeping and fetching versions: checked before anything is built."""

from __future__ import annotations

import multiprocessing
import os
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from models import registry
from models.artifact import from_bytes, sha256
from models.errors import ModelError
from models.evaluate import Examples


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture(scope="module")
def kept(uri: str, trained: Pipeline) -> registry.Registered:
    return registry.register(uri, "purchase", trained, {"ndcg_at_10": 0.5}, {"greenhouse_run": "r1"})


def test_a_version_comes_back_as_it_was(uri: str, kept: registry.Registered, trained: Pipeline, examples: Examples) -> None:
    files = registry.fetch(uri, "purchase", kept.version, kept.sha256)
    assert files == kept.files
    back = from_bytes(files[registry.FILE], sha256(files[registry.FILE]))
    np.testing.assert_array_equal(back.predict_proba(examples.features), trained.predict_proba(examples.features))


def test_a_version_is_told_apart_by_its_figures_and_by_whose_run_made_it(uri: str, kept: registry.Registered) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    run, version = client.get_run(kept.run_id), client.get_model_version("purchase", str(kept.version))
    assert (run.data.metrics, run.data.tags["greenhouse_run"], run.info.status) == ({"ndcg_at_10": 0.5}, "r1", "FINISHED")
    assert (version.tags["greenhouse_run"], version.run_id) == ("r1", kept.run_id)
    assert kept.at.utcoffset() == timedelta(0)


def test_a_store_reports_nothing_and_builds_nothing_from_pickle(uri: str, kept: registry.Registered) -> None:
    said = {name: os.environ[name] for name in ("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "MLFLOW_DISABLE_TELEMETRY")}
    assert said == {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}


def test_files_stand_beside_the_store_and_hold_no_pickle(uri: str, kept: registry.Registered) -> None:
    folder = Path(uri.removeprefix("sqlite:///")).parent / "mlflow-artifacts" / kept.run_id / "artifacts" / "model"
    names = {path.name for path in folder.rglob("*")}
    assert {"MLmodel", "model.skops"} <= names
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".cloudpickle"))]


def test_another_hash_is_refused(uri: str, kept: registry.Registered) -> None:
    with pytest.raises(ModelError, match="changed since"):
        registry.fetch(uri, "purchase", kept.version, "0" * 64)


def test_a_changed_file_is_refused(uri: str, trained: Pipeline) -> None:
    made = registry.register(uri, "tampered", trained, {}, {})
    file = Path(uri.removeprefix("sqlite:///")).parent / "mlflow-artifacts" / made.run_id / "artifacts" / "model" / "model.skops"
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(ModelError, match="changed since"):
        registry.fetch(uri, "tampered", made.version, made.sha256)


def test_a_file_put_beside_the_model_is_refused(uri: str, trained: Pipeline) -> None:
    made = registry.register(uri, "added", trained, {}, {})
    folder = Path(uri.removeprefix("sqlite:///")).parent / "mlflow-artifacts" / made.run_id / "artifacts" / "model"
    (folder / "extra.py").write_text("print('hello')")
    with pytest.raises(ModelError, match="changed since"):
        registry.fetch(uri, "added", made.version, made.sha256)


def test_a_store_moved_there_and_back_keeps_every_version(trained: Pipeline, tmp_path: Path) -> None:
    hashes, (here, there) = [], (tmp_path / "here", tmp_path / "there")
    for _ in range(2):
        for folder, other in ((here, there), (there, here)):
            hashes.append(registry.register(f"sqlite:///{folder}/mlflow.db", "purchase", trained, {}, {}).sha256)
            folder.rename(other)
    uri = f"sqlite:///{here}/mlflow.db"
    assert all(registry.fetch(uri, "purchase", number, sha256) for number, sha256 in enumerate(hashes, start=1))
    assert len(list(here.glob("mlflow-artifacts/*/artifacts/model"))) == len(hashes) and not there.exists()


def test_aliases_are_moved_only_when_asked(uri: str, kept: registry.Registered) -> None:
    assert registry.version_of_alias(uri, "purchase", "champion") is None
    registry.point(uri, "purchase", kept.version, "champion")
    assert registry.version_of_alias(uri, "purchase", "champion") == kept.version
    registry.point(uri, "purchase", None, "champion")
    assert registry.version_of_alias(uri, "purchase", "champion") is None


def test_an_unknown_name_has_no_alias(uri: str) -> None:
    assert registry.version_of_alias(uri, "nobody", "champion") is None


def test_a_store_that_cannot_be_opened_is_no_missing_alias_and_its_address_stays_untold(tmp_path: Path) -> None:
    broken = tmp_path / "mlflow.db"
    broken.write_text("no database")
    with pytest.raises(ModelError, match=r"^the model store \(sqlite\) cannot be used: \w+$"):
        registry.version_of_alias(f"sqlite:///{broken}", "purchase", "champion")


def test_two_processes_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/new.db"
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.starmap(registry.version_of_alias, [(uri, "purchase", "champion")] * 2)
        pool.close()  # they end by themselves: where SIGTERM is ignored, being told to would be waited for in vain
        pool.join()
    assert found == [None, None]
