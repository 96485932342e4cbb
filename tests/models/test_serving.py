"""Which version serves, fixed for a run; promotion only of what is published and passed."""

from __future__ import annotations

import json
from copy import copy, deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
from sklearn.pipeline import Pipeline

from assets.registered.model_versions import _rows
from lakehouse.tables.run import Served
from models import alias_log
from models.errors import NothingToLearn
from models.feature_list import Feature, FeatureList
from models.purchase import BASELINE, FEATURES, NAME, POPULARITY
from models.reference_profile import SCORE
from models.serving import serving_model, standing_champion
from tests.models.small_lake import SmallLake, register, run_of, settled


@pytest.fixture
def lake(tmp_path: Path) -> SmallLake:
    return SmallLake(tmp_path)


def test_before_any_training_nothing_serves_and_it_says_what_to_do(lake: SmallLake) -> None:
    run = run_of(lake)
    for tells in (False, True, False):
        assert serving_model(tells=tells).resolve(run, "serving") is None
    (note,) = run.notes
    assert "./greenhouse train" in note


def test_where_no_version_is_named_and_there_is_no_baseline_nothing_serves(lake: SmallLake, trained: Pipeline) -> None:
    lake.publish(register(lake, NAME, trained), "r1", is_champion=False)
    assert "no version is named to serve, and there is no baseline: nothing serves" in why_nobody(lake)


def why_nobody(lake: SmallLake) -> str:
    """The reason that a night is given which nobody serves."""
    run = run_of(lake)
    assert serving_model(tells=True).resolve(run, "serving") is None
    (note,) = run.notes
    return str(note)


def test_too_little_to_learn_from_is_a_fault_only_where_a_model_stands(lake: SmallLake, trained: Pipeline) -> None:
    run = run_of(lake)
    assert _rows(run) == []
    assert [note for note in run.notes if "no consent_basis" in note]
    lake.publish(register(lake, NAME, trained), "r1", is_champion=True)
    with pytest.raises(NothingToLearn, match="no consent_basis"):
        _rows(run)


def test_a_training_hears_one_that_was_cut_off_before_it_begins_itself(lake: SmallLake, trained: Pipeline) -> None:
    """What it then compares its own version with is the champion that should serve."""
    lake.publish(register(lake, NAME, trained), "r1", is_champion=True)
    with pytest.raises(NothingToLearn):
        _rows(run_of(lake, "r2"))
    heard = alias_log.standing(lake, "champion")
    assert heard and (heard.version, heard.run_id) == (1, "r1")


def test_the_baseline_serves_until_a_version_wins(lake: SmallLake, baseline: Pipeline, trained: Pipeline) -> None:
    lake.publish(register(lake, NAME, trained), "r1", is_champion=False)
    lake.publish(register(lake, BASELINE, baseline), "r1", is_champion=False)
    assert settled(lake, "r1") == {BASELINE: 1}
    run = run_of(lake)
    serving = serving_model().resolve(run, "serving")
    assert (serving.name, serving.version, serving.is_baseline) == (BASELINE, 1, True)
    assert run.notes == []
    assert run.serving == Served(BASELINE, 1)

    lake.publish(register(lake, NAME, trained), "r2", is_champion=True)
    assert settled(lake, "r2") == {NAME: 2}
    assert serving_model().resolve(run, "serving") == serving  # fixed when the run started
    later = serving_model().resolve(run_of(lake), "serving")
    assert (later.name, later.version, later.is_baseline) == (NAME, 2, False)


def test_promoting_twice_changes_nothing_and_other_runs_are_left_alone(lake: SmallLake, trained: Pipeline) -> None:
    lake.publish(register(lake, NAME, trained), "r1", is_champion=True)
    assert settled(lake, "another") == {}
    assert (settled(lake, "r1"), settled(lake, "r1")) == ({NAME: 1}, {})


def test_an_alias_without_a_published_row_does_not_serve(lake: SmallLake, trained: Pipeline) -> None:
    made = register(lake, NAME, trained)
    lake.publish(replace(made, version=7), "r7", is_champion=False)
    alias_log.say(lake, [alias_log.Change("champion", made.version, "a test")], "a test")
    assert "purchase version 1 is named to serve and has no row" in why_nobody(lake)


def test_a_run_takes_the_row_that_stood_at_the_version_it_reads(lake: SmallLake, trained: Pipeline) -> None:
    lake.publish(register(lake, NAME, trained), "r1", is_champion=True)
    settled(lake, "r1")
    lake.earlier[0] = deepcopy(lake.rows)
    lake.rows[0]["reference_profile_json"] = '{"of": "a later publish"}'
    serving = serving_model().resolve(run_of(lake), "serving")
    assert serving.reference_profile == "{}"


def test_a_changed_hash_does_not_serve(lake: SmallLake, trained: Pipeline) -> None:
    lake.publish(register(lake, NAME, trained), "r1", is_champion=True)
    settled(lake, "r1")
    lake.rows[0]["artifact_sha256"] = "0" * 64
    assert "changed since" in why_nobody(lake)


def test_the_champion_to_beat_is_the_one_that_could_serve(lake: SmallLake, trained: Pipeline) -> None:
    assert standing_champion(lake) is None
    lake.publish(register(lake, NAME, trained), "r1", is_champion=True)
    settled(lake, "r1")
    champion = standing_champion(lake)
    assert champion is not None
    assert champion.fitted is not None
    assert champion.fitted.features.names == FEATURES.names
    lake.rows[0]["artifact_sha256"] = "0" * 64
    assert "changed since" in unfit_reason(lake)
    lake.rows[0]["artifact_sha256"] = champion_sha(lake)
    lake.take_away("features.customer_daily", "orders_7d")
    assert "customer_orders_7d (orders_7d of features.customer_daily)" in unfit_reason(lake)


def test_a_champion_of_another_width_than_recorded_is_not_compared_with(lake: SmallLake, trained: Pipeline) -> None:
    lake.publish(register(lake, NAME, trained), "r1", is_champion=True, features=FeatureList(FEATURES.features[1:]))
    settled(lake, "r1")
    assert f"takes {len(FEATURES)} features, and {len(FEATURES) - 1} are recorded" in unfit_reason(lake)


def unfit_reason(lake: SmallLake) -> str:
    champion = standing_champion(lake)
    assert champion is not None
    assert champion.fitted is None
    return champion.reason


def champion_sha(lake: SmallLake) -> str:
    from models.artifact import sha256_of_files

    folder = next(Path(lake.settings.mlflow_tracking_uri.removeprefix("sqlite:///")).parent.glob("mlflow-artifacts/**/model.skops")).parent
    return sha256_of_files({path.name: path.read_bytes() for path in folder.iterdir()})


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory, baseline: Pipeline, trained: Pipeline) -> SmallLake:
    lake = SmallLake(tmp_path_factory.mktemp("served"))
    lake.publish(register(lake, NAME, trained), "r1", is_champion=True)
    lake.publish(register(lake, BASELINE, baseline), "r1", is_champion=False)
    settled(lake, "r1")
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
