"""Which version serves, fixed for a run; promotion only of what is published and passed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from sklearn.pipeline import Pipeline

from assets.registered.model_versions import _rows
from models import registry
from models.errors import ModelError, NothingToLearn
from models.promotion import promote
from models.purchase import BASELINE, NAME
from models.serving import serving_model, standing_champion


class SmallLake:
    """A lake of one table, in memory, and a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.settings = SimpleNamespace(mlflow_tracking_uri=f"sqlite:///{folder}/mlflow.db")
        self.shop = SimpleNamespace(consent_basis=None)
        self.rows: list[dict[str, Any]] = []

    def exists(self, table: str) -> bool:
        return bool(self.rows)

    def version(self, table: str) -> int:
        return len(self.rows)

    def arrow(self, table: str, version: int | None = None, columns: list[str] | None = None, filter: Any = None) -> pa.Table:
        return ds.dataset(pa.Table.from_pylist(self.rows)).to_table(columns=columns, filter=filter)

    def publish(self, made: registry.Registered, run_id: str, is_champion: bool) -> None:
        row = {"model_name": made.name, "version": made.version, "run_id": run_id, "is_champion": is_champion}
        self.rows.append({**row, "artifact_sha256": made.sha256, "reference_profile_json": "{}"})


def run_of(lake: SmallLake) -> Any:
    info = SimpleNamespace(pins={})
    notes: list[str] = []
    return SimpleNamespace(lake=lake, info=info, facts={}, notes=notes, note=notes.append, version_of=lambda table: 0)


@pytest.fixture
def lake(tmp_path: Path) -> SmallLake:
    return SmallLake(tmp_path)


def _register(lake: SmallLake, name: str, pipeline: Pipeline) -> registry.Registered:
    return registry.register(lake.settings.mlflow_tracking_uri, name, pipeline, {}, {})


def test_before_any_training_nothing_serves_and_it_says_what_to_do(lake: SmallLake) -> None:
    run = run_of(lake)
    assert serving_model().resolve(run, "serving") is None
    assert [note for note in run.notes if "./greenhouse train" in note]


def test_versions_of_which_none_serves_are_an_error(lake: SmallLake, trained: Pipeline) -> None:
    lake.publish(_register(lake, NAME, trained), "r1", is_champion=True)
    with pytest.raises(ModelError, match=r"names none that serves; run \./greenhouse train"):
        serving_model().resolve(run_of(lake), "serving")


def test_too_little_to_learn_from_is_a_fault_only_where_a_model_stands(lake: SmallLake, trained: Pipeline) -> None:
    run = run_of(lake)
    assert _rows(run) == []
    assert [note for note in run.notes if "no consent_basis" in note]
    lake.publish(_register(lake, NAME, trained), "r1", is_champion=True)
    with pytest.raises(NothingToLearn, match="no consent_basis"):
        _rows(run)


def test_the_baseline_serves_until_a_version_wins(lake: SmallLake, baseline: Pipeline, trained: Pipeline) -> None:
    lake.publish(_register(lake, NAME, trained), "r1", is_champion=False)
    lake.publish(_register(lake, BASELINE, baseline), "r1", is_champion=False)
    assert promote(lake, "r1") == {BASELINE: 1}  # type: ignore[arg-type]
    run = run_of(lake)
    serving = serving_model().resolve(run, "serving")
    assert (serving.name, serving.version, serving.is_baseline) == (BASELINE, 1, True)
    assert run.facts == {"model_name": BASELINE, "model_version": 1}

    lake.publish(_register(lake, NAME, trained), "r2", is_champion=True)
    assert promote(lake, "r2") == {NAME: 2}  # type: ignore[arg-type]
    assert serving_model().resolve(run, "serving") == serving  # fixed when the run started
    later = serving_model().resolve(run_of(lake), "serving")
    assert (later.name, later.version, later.is_baseline) == (NAME, 2, False)


def test_promoting_twice_changes_nothing_and_other_runs_are_left_alone(lake: SmallLake, trained: Pipeline) -> None:
    lake.publish(_register(lake, NAME, trained), "r1", is_champion=True)
    assert promote(lake, "another") == {}  # type: ignore[arg-type]
    assert promote(lake, "r1") == promote(lake, "r1") == {NAME: 1}  # type: ignore[arg-type]


def test_an_alias_without_a_published_row_does_not_serve(lake: SmallLake, trained: Pipeline) -> None:
    made = _register(lake, NAME, trained)
    registry.promote(lake.settings.mlflow_tracking_uri, NAME, made.version, "champion")
    lake.rows.append({"model_name": NAME, "version": 7, "artifact_sha256": "", "reference_profile_json": ""})
    with pytest.raises(ModelError, match="has no row"):
        serving_model().resolve(run_of(lake), "serving")


def test_a_changed_hash_does_not_serve(lake: SmallLake, trained: Pipeline) -> None:
    lake.publish(_register(lake, NAME, trained), "r1", is_champion=True)
    promote(lake, "r1")  # type: ignore[arg-type]
    lake.rows[0]["artifact_sha256"] = "0" * 64
    with pytest.raises(ModelError, match="changed since"):
        serving_model().resolve(run_of(lake), "serving")


def test_the_champion_to_beat_is_the_one_that_could_serve(lake: SmallLake, trained: Pipeline) -> None:
    assert standing_champion(lake) is None  # type: ignore[arg-type]
    lake.publish(_register(lake, NAME, trained), "r1", is_champion=True)
    promote(lake, "r1")  # type: ignore[arg-type]
    assert standing_champion(lake) is not None  # type: ignore[arg-type]
    lake.rows[0]["artifact_sha256"] = "0" * 64
    assert standing_champion(lake) is None  # type: ignore[arg-type]
