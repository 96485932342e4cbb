"""Which version serves, fixed for a run; promotion only of what is published and passed."""

from __future__ import annotations

import json
from copy import copy, deepcopy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from sklearn.pipeline import Pipeline

from assets.house import written_contracts
from assets.registered.model_versions import _rows
from lakehouse.tables.run import Served
from models import registry
from models.errors import ModelError, NothingToLearn
from models.feature_list import Feature, FeatureList
from models.promotion import promote
from models.purchase import BASELINE, FEATURES, NAME, POPULARITY
from models.reference_profile import SCORE
from models.serving import serving_model, standing_champion


class SmallLake:
    """A lake of one table, in memory, and a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.settings = SimpleNamespace(mlflow_tracking_uri=f"sqlite:///{folder}/mlflow.db")
        self.shop = SimpleNamespace(consent_basis=None)
        self.contracts = dict(written_contracts())
        self.rows: list[dict[str, Any]] = []
        self.earlier: dict[int, list[dict[str, Any]]] = {}

    def exists(self, table: str) -> bool:
        return bool(self.rows)

    def version(self, table: str) -> int:
        return len(self.rows)

    def arrow(self, table: str, version: int | None = None, columns: list[str] | None = None, filter: Any = None) -> pa.Table:
        rows = self.rows if version is None else self.earlier.get(version, self.rows)
        return ds.dataset(pa.Table.from_pylist(rows)).to_table(columns=columns, filter=filter)

    def publish(self, made: registry.Registered, run_id: str, is_champion: bool, features: FeatureList | None = None) -> None:
        own = features or (FEATURES.needing(POPULARITY) if made.name == BASELINE else FEATURES)
        row = {"model_name": made.name, "version": made.version, "run_id": run_id, "is_champion": is_champion}
        self.rows.append({**row, "artifact_sha256": made.sha256, "reference_profile_json": "{}", "features_json": own.to_json()})

    def take_away(self, table: str, *columns: str) -> None:
        """As if today's code computed those columns no more."""
        contract = self.contracts[table]
        self.contracts[table] = replace(contract, columns=tuple(c for c in contract.columns if c.name not in columns))


def run_of(lake: SmallLake) -> Any:
    info = SimpleNamespace(pins={})
    notes: list[str] = []
    return SimpleNamespace(lake=lake, info=info, serving=None, notes=notes, note=notes.append, version_of=lambda table: 0)


@pytest.fixture
def lake(tmp_path: Path) -> SmallLake:
    return SmallLake(tmp_path)


def _register(lake: SmallLake, name: str, pipeline: Pipeline) -> registry.Registered:
    return registry.register(lake.settings.mlflow_tracking_uri, name, pipeline, {}, {})


def test_before_any_training_nothing_serves_and_it_says_what_to_do(lake: SmallLake) -> None:
    run = run_of(lake)
    for tells in (False, True, False):
        assert serving_model(tells=tells).resolve(run, "serving") is None
    (note,) = run.notes
    assert "./greenhouse train" in note


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
    assert run.notes == []
    assert run.serving == Served(BASELINE, 1)

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
    lake.rows.append({"model_name": NAME, "version": 7, "artifact_sha256": "", "reference_profile_json": "", "features_json": "[]"})
    with pytest.raises(ModelError, match="has no row"):
        serving_model().resolve(run_of(lake), "serving")


def test_a_run_takes_the_row_that_stood_at_the_version_it_reads(lake: SmallLake, trained: Pipeline) -> None:
    lake.publish(_register(lake, NAME, trained), "r1", is_champion=True)
    promote(lake, "r1")  # type: ignore[arg-type]
    lake.earlier[0] = deepcopy(lake.rows)
    lake.rows[0]["reference_profile_json"] = '{"of": "a later publish"}'
    serving = serving_model().resolve(run_of(lake), "serving")
    assert serving.reference_profile == "{}"


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
    champion = standing_champion(lake)  # type: ignore[arg-type]
    assert champion is not None
    assert champion.fitted is not None
    assert champion.fitted.features.names == FEATURES.names
    lake.rows[0]["artifact_sha256"] = "0" * 64
    assert "changed since" in unfit_reason(lake)
    lake.rows[0]["artifact_sha256"] = champion_sha(lake)
    lake.take_away("features.customer_daily", "orders_7d")
    assert "customer_orders_7d (orders_7d of features.customer_daily)" in unfit_reason(lake)


def test_a_champion_of_another_width_than_recorded_is_not_compared_with(lake: SmallLake, trained: Pipeline) -> None:
    lake.publish(_register(lake, NAME, trained), "r1", is_champion=True, features=FeatureList(FEATURES.features[1:]))
    promote(lake, "r1")  # type: ignore[arg-type]
    assert f"takes {len(FEATURES)} features, and {len(FEATURES) - 1} are recorded" in unfit_reason(lake)


def unfit_reason(lake: SmallLake) -> str:
    champion = standing_champion(lake)  # type: ignore[arg-type]
    assert champion is not None
    assert champion.fitted is None
    return champion.reason


def champion_sha(lake: SmallLake) -> str:
    from models.artifact import sha256_of_files

    folder = next(Path(lake.settings.mlflow_tracking_uri.removeprefix("sqlite:///")).parent.rglob("model.skops")).parent
    return sha256_of_files({path.name: path.read_bytes() for path in folder.iterdir()})


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory, baseline: Pipeline, trained: Pipeline) -> SmallLake:
    lake = SmallLake(tmp_path_factory.mktemp("served"))
    lake.publish(_register(lake, NAME, trained), "r1", is_champion=True)
    lake.publish(_register(lake, BASELINE, baseline), "r1", is_champion=False)
    promote(lake, "r1")  # type: ignore[arg-type]
    return lake


@pytest.fixture
def served(trained_once: SmallLake) -> SmallLake:
    """A shop whose champion serves; its rows and contracts are the test's own."""
    lake = copy(trained_once)
    lake.rows, lake.contracts = deepcopy(lake.rows), dict(lake.contracts)
    return lake


def test_features_that_code_gains_leave_the_champion_as_it_was(served: SmallLake, monkeypatch: pytest.MonkeyPatch) -> None:
    added = FeatureList((Feature("customer", "units_7d"), *FEATURES))
    monkeypatch.setattr("models.versions.FEATURES", added)
    run = run_of(served)
    serving = serving_model(tells=True).resolve(run, "serving")
    assert serving.name == NAME
    assert serving.features.names == FEATURES.names
    assert run.notes == []


def test_what_the_champion_needs_is_gone_so_the_baseline_serves_and_says_so_once(served: SmallLake) -> None:
    served.take_away("features.customer_daily", "orders_7d")
    run = run_of(served)
    for tells in (False, True, False):
        serving = serving_model(tells=tells).resolve(run, "serving")
        assert (serving.name, serving.is_baseline) == (BASELINE, True)
    assert serving.features.lost == {"customer_orders_7d"}
    (note,) = run.notes
    for part in (f"{NAME} 1 needs customer_orders_7d", "computes no more", "the baseline serves", "./greenhouse train"):
        assert part in note


def test_a_feature_of_another_kind_than_it_was_is_gone(served: SmallLake) -> None:
    contract = served.contracts["features.customer_daily"]
    columns = tuple(replace(c, spark_type="string") if c.name == "orders_7d" else c for c in contract.columns)
    served.contracts["features.customer_daily"] = replace(contract, columns=columns)
    assert serving_model().resolve(run_of(served), "serving").name == BASELINE


def test_where_not_even_the_baseline_can_be_computed_nothing_serves_and_the_night_goes_on(served: SmallLake) -> None:
    served.take_away("features.product_daily", "popularity_rank_30d")
    run = run_of(served)
    assert serving_model(tells=True).resolve(run, "serving") is None
    (note,) = run.notes
    assert f"{NAME} 1 needs {POPULARITY}" in note
    assert f"{BASELINE} 1 needs {POPULARITY}" in note
    assert "nothing serves" in note


def test_versions_of_before_they_recorded_their_features_are_read_by_their_profile(
    served: SmallLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    for row in served.rows:
        del row["features_json"]
        row["reference_profile_json"] = json.dumps({"features": dict.fromkeys([*sorted(FEATURES.names), SCORE])})
    monkeypatch.setattr("models.versions.FEATURES", FeatureList((Feature("customer", "units_7d"), *FEATURES)))
    serving = serving_model().resolve(run_of(served), "serving")
    assert (serving.name, serving.features.names) == (NAME, FEATURES.names)
    served.take_away("features.customer_daily", "orders_7d")
    assert serving_model().resolve(run_of(served), "serving").name == BASELINE
    monkeypatch.setattr("models.versions.FEATURES", FeatureList(FEATURES.features[1:]))
    run = run_of(served)
    assert serving_model(tells=True).resolve(run, "serving") is None
    assert "recorded no order of its features, and today's code knows no customer_orders_7d" in run.notes[0]
