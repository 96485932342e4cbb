"""What serves when something is broken: a version, a file, the ledger, the tracking server. There is always a choice, and it says why."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import pytest
from sklearn.pipeline import Pipeline

from lakehouse.tables import ledger
from models import alias_log, artifact_store, registry
from models.purchase import BASELINE, NAME
from models.serving import choose, serving_model
from tests.models.small_lake import SmallLake, register, run_of, settled


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, trained: Pipeline, baseline: Pipeline) -> SmallLake:
    """Two baselines and a champion, trained for once; the tests work on copies."""
    lake = SmallLake(tmp_path_factory.mktemp("shop"))
    for run, won in (("r1", False), ("r2", True)):
        lake.publish(register(lake, BASELINE, baseline), run, is_champion=False)
        lake.publish(register(lake, NAME, trained), run, is_champion=won)
        settled(lake, run)
    return lake


@pytest.fixture
def lake(shop: SmallLake, tmp_path: Path) -> SmallLake:
    own = SmallLake(shutil.copytree(shop.settings.home, tmp_path / "home"))
    own.rows = deepcopy(shop.rows)
    return own


def row(lake: SmallLake, name: str, version: int) -> dict:
    return next(each for each in lake.rows if (each["model_name"], each["version"]) == (name, version))


def spoil(lake: SmallLake, name: str, version: int, *, beside: bool = True, in_mlflow: bool = True) -> None:
    """Flip a byte of a version's model wherever it is kept."""
    digest = row(lake, name, version)["artifact_sha256"]
    for path in lake.settings.home.rglob("model.skops"):
        is_beside = digest in path.parts
        same = path.read_bytes() == artifact_store.kept(lake, digest).get(registry.FILE)
        if (is_beside and beside) or (same and not is_beside and in_mlflow):
            path.write_bytes(path.read_bytes()[:-1] + b"x")


def without_a_row(lake: SmallLake) -> None:
    lake.rows.remove(row(lake, NAME, 2))


def without_a_feature(lake: SmallLake) -> None:
    lake.take_away("features.customer_daily", "orders_7d")


def with_other_bytes(lake: SmallLake) -> None:
    spoil(lake, NAME, 2, beside=False)
    spoil(lake, NAME, 2, in_mlflow=False)


def test_the_champion_serves(lake: SmallLake) -> None:
    choice = choose(lake)
    assert (choice.serves, choice.reason) == ("purchase/2", "")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (without_a_row, "purchase version 2 is named to serve and has no row in models.model_versions"),
        (without_a_feature, "purchase 2 needs customer_orders_7d"),
        (with_other_bytes, "purchase version 2: its files have SHA-256"),
    ],
)
def test_where_the_champion_cannot_serve_the_baseline_does_and_says_why(lake: SmallLake, broken: Callable, said: str) -> None:
    broken(lake)
    run = run_of(lake)
    serving = serving_model(tells=True).resolve(run, "serving")
    assert serving is not None
    assert (serving.name, serving.version, serving.is_baseline) == (BASELINE, 2, True)
    (note,) = run.notes
    assert said in note
    assert "the baseline serves" in note


def test_where_the_newest_baseline_is_spoilt_too_an_older_one_serves(lake: SmallLake) -> None:
    with_other_bytes(lake)
    lake.rows = [each for each in lake.rows if (each["model_name"], each["version"]) != (BASELINE, 2)]
    choice = choose(lake)
    assert choice.serves == "purchase_baseline/1"
    assert "purchase_baseline version 2 is named to serve and has no row" in choice.reason


def test_where_every_file_is_another_than_was_registered_nothing_serves_and_nobody_is_stopped(lake: SmallLake) -> None:
    for each in lake.rows:
        each["artifact_sha256"] = "0" * 64
    run = run_of(lake)
    assert serving_model(tells=True).resolve(run, "serving") is None
    (note,) = run.notes
    said = [f"{name} version {version}: its files have" for name, version in ((NAME, 2), (BASELINE, 2), (BASELINE, 1))]
    assert [note.count(each) for each in said] == [1, 1, 1]
    assert "nothing serves and nothing is recommended" in note


def test_a_night_needs_no_tracking_server(lake: SmallLake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_client", lambda uri: pytest.fail("MLflow was asked"))
    serving = serving_model().resolve(run_of(lake), "serving")
    assert serving is not None
    assert (serving.name, serving.version) == (NAME, 2)


def test_a_file_spoilt_beside_the_lake_is_taken_from_mlflow_and_kept_again(lake: SmallLake) -> None:
    spoil(lake, NAME, 2, in_mlflow=False)
    assert choose(lake).serves == "purchase/2"
    shutil.rmtree(lake.settings.home / "mlflow-artifacts")
    assert choose(lake).serves == "purchase/2"


def test_a_home_of_before_finds_its_files_in_mlflow(lake: SmallLake) -> None:
    shutil.rmtree(lake.path("models._artifacts"))
    assert choose(lake).serves == "purchase/2"
    assert artifact_store.kept(lake, row(lake, NAME, 2)["artifact_sha256"])


def test_a_ledger_that_cannot_be_begun_leaves_the_newest_baseline(lake: SmallLake, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(lake.path(alias_log.LEDGER))
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    lake.settings = lake.settings.model_copy(update={"mlflow_tracking_uri": "http://127.0.0.1:9"})
    choice = choose(lake)
    assert choice.serves == "purchase_baseline/2"
    assert choice.reason.startswith("the model store (http) cannot be used: MlflowException: the baseline serves")


def test_a_ledger_that_cannot_be_read_leaves_the_newest_baseline(lake: SmallLake) -> None:
    for path in Path(lake.path(alias_log.LEDGER)).glob("*.parquet"):
        path.unlink()
    choice = choose(lake)
    assert choice.serves == "purchase_baseline/2"
    assert choice.reason.startswith("models.alias_log cannot be read: ")


def test_what_lies_in_the_place_of_a_models_files_is_no_hindrance(lake: SmallLake) -> None:
    folder = Path(lake.path("models._artifacts")) / row(lake, NAME, 2)["artifact_sha256"]
    (folder / ".DS_Store").write_text("of somebody's desktop")
    assert choose(lake).serves == "purchase/2"
    assert not (folder / ".DS_Store").exists()
    shutil.rmtree(folder)
    folder.write_text("a file")
    assert choose(lake).serves == "purchase/2"


def test_where_files_cannot_be_kept_beside_the_lake_it_is_told_and_nobody_is_stopped(caplog: pytest.LogCaptureFixture) -> None:
    elsewhere = SimpleNamespace(path=lambda table: "nowhere://shop/lake")
    artifact_store.keep(elsewhere, "0" * 64, {"model.skops": b"a model"})  # type: ignore[arg-type]
    assert "a model's files cannot be kept beside the lake: ArrowInvalid" in caplog.text
    assert artifact_store.kept(elsewhere, "0" * 64) == {}  # type: ignore[arg-type]


def test_a_ledger_with_a_row_of_nobody_lets_the_baseline_serve(lake: SmallLake) -> None:
    alias_log.say(lake, [alias_log.Change("champion", None, "it was bad")], "ann")
    assert choose(lake).serves == "purchase_baseline/2"
    assert len(ledger.rows(lake, alias_log.LEDGER)) == len(alias_log.entries(lake)) == 4
