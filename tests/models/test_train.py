"""Training registers versions and says how they were judged; which one serves it leaves to who publishes that."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from lakehouse.days import DayRange
from lakehouse.settings import Settings
from lakehouse.tables.lake import Lake
from lakehouse.tables.run import Run, RunInfo
from models import artifact_store
from models.baselines import BASELINES
from models.diagnostics import Diagnostics, diagnose
from models.errors import ModelError
from models.evaluate import Fitted, compare
from models.feature_list import FEATURE_TABLES, Feature, FeatureList
from models.gates import OF_THE_CHAMPION
from models.purchase import BASELINE, CATEGORIES, FEATURE_NAMES, FEATURES, LABEL, NAME
from models.registry import version_of_alias
from models.serving import Champion
from models.train import train
from tests.lakehouse.corner_shop import CornerShop
from tests.models.frames import table_of

LAST = date(2011, 6, 20)
MONDAYS = [LAST - timedelta(days=7 * weeks) for weeks in (2, 1, 0)]
CUSTOMERS, PRODUCTS = [f"c{n}" for n in range(12)], [f"p{n}" for n in range(8)]


@pytest.fixture
def lake(settings: Settings, tmp_path: Path) -> Lake:
    """A shop of three example Mondays, the last of which is held out, in Delta tables written by hand; no engine."""
    own = settings.model_copy(update={"mlflow_tracking_uri": f"sqlite:///{tmp_path}/mlflow.db"})
    made = CornerShop(own, None, tmp_path).lake
    _write(made, "training.purchase_examples", pa.Table.from_pylist([_example(*each) for each in _pairs()]), "day")
    sold = [{"day": day, "customer_key": c, "product_id": p, "quantity": 1, "is_goods": True} for day, c, p in _pairs() if _bought(c, p)]
    _write(made, "silver.orders", pa.Table.from_pylist(sold), "day")
    consents = [{"customer_key": key, "consents_to_training": True, "is_current": True} for key in CUSTOMERS]
    _write(made, "silver.customers", pa.Table.from_pylist(consents))
    eve = {"day": LAST - timedelta(days=1), "product_group": "fern"}
    rows = {
        "customer": [{"day": eve["day"], "customer_key": key} for key in CUSTOMERS],
        "product": [{**eve, "product_id": product} for product in PRODUCTS],
        "pair": [{**eve, "customer_key": c, "product_id": p} for c in CUSTOMERS for p in PRODUCTS if _bought(c, p)],
    }
    for grain, table in FEATURE_TABLES.items():
        _write(made, table, table_of(grain, rows[grain]), "day")
    return made


def _pairs() -> list[tuple[date, str, str]]:
    return [(day, customer, product) for day in MONDAYS for customer in CUSTOMERS for product in PRODUCTS]


def _bought(customer: str, product: str) -> bool:
    return (int(customer[1:]) + int(product[1:])) % 4 == 0


def _example(day: date, customer: str, product: str) -> dict[str, Any]:
    random = np.random.default_rng(int(customer[1:]) * 100 + int(product[1:]))
    figures = {name: "fern" if name in CATEGORIES else float(random.integers(0, 9)) for name in FEATURE_NAMES}
    return {"day": day, "customer_key": customer, "product_id": product, LABEL: int(_bought(customer, product)), "weight": 1.0, **figures}


def _write(lake: Lake, table: str, rows: pa.Table, partition: str | None = None) -> None:
    write_deltalake(lake.path(table), rows, partition_by=partition)


def test_training_moves_no_alias_whatever_the_gates_said(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    alike = Pipeline([("chance", LogisticRegression())]).fit(np.zeros((20, 1)), np.arange(20) % 2)
    champion = Champion(7, Fitted(alike, FeatureList((Feature("customer", "orders_30d"),))))
    monkeypatch.setattr("models.train.standing_champion", lambda lake: champion)
    looked_at: list[int] = []
    monkeypatch.setattr("models.train.diagnose", lambda fitted, held: looked_at.append(len(held.labels)) or diagnose(fitted, held))
    as_of = DayRange(LAST, LAST + timedelta(days=6))
    rows = train(Run(lake, lake.tables["models.model_versions"], as_of, RunInfo("a run", "a test", "test"), "a publish"))
    assert [(row["model_name"], row["version"]) for row in rows] == [(NAME, 1), (BASELINE, 1)]
    assert not any(row["is_champion"] for row in rows), "twelve customers are too few to judge by"
    uri = lake.settings.mlflow_tracking_uri
    found = {(name, alias): version_of_alias(uri, name, alias) for name in (NAME, BASELINE) for alias in ("champion", "baseline")}
    assert set(found.values()) == {None}, found
    assert looked_at == [96], "the held-out examples"
    _held_out_alone_is_judged_by(*rows)


def test_the_best_baseline_is_registered_as_it_was_compared(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of so few examples all baselines make the same; here the last of them is taken for the best."""
    monkeypatch.setattr("models.train.compare", lambda *asked: replace(compare(*asked), best_baseline="again"))
    as_of = DayRange(LAST, LAST + timedelta(days=6))
    _, base = train(Run(lake, lake.tables["models.model_versions"], as_of, RunInfo("a run", "a test", "test"), "a publish"))
    pipeline = artifact_store.load(lake, BASELINE, 1, base["artifact_sha256"])
    picked = [name for name, _, _ in pipeline.named_steps["made_of"].transformers_ if name != "remainder"]
    assert (base["kind"], tuple(picked)) == ("again", BASELINES["again"].names)


def test_a_ranking_of_what_the_model_does_not_take_is_refused(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.train.FEATURES", FeatureList(tuple(each for each in FEATURES if each.name != "product_buyers_30d")))
    as_of = DayRange(LAST, LAST + timedelta(days=6))
    with pytest.raises(ModelError, match=r"models/baselines\.py makes buyers of product_buyers_30d"):
        train(Run(lake, lake.tables["models.model_versions"], as_of, RunInfo("a run", "a test", "test"), "a publish"))


def best_of(figures: dict[str, float]) -> str:
    return max(BASELINES, key=lambda kind: figures[f"{kind}_ndcg_at_10"])


def _held_out_alone_is_judged_by(model: dict[str, Any], base: dict[str, Any]) -> None:
    """Two Mondays of 96 pairs are learnt from, the last is judged by; each row says so, and the baseline's tells its own figures."""
    figures, own = json.loads(model["metrics_json"]), json.loads(base["metrics_json"])
    assert (model["train_examples"], figures["test_examples"], figures["test_bought"], figures["customers"]) == (192, 96, 24, 12)
    days = [model[name] for name in ("train_first_day", "train_last_day", "test_first_day", "test_last_day", "as_of_day")]
    assert days == [*MONDAYS[:2], LAST, LAST, LAST + timedelta(days=6)]
    read = {"training.purchase_examples", "silver.orders", *FEATURE_TABLES.values()}
    assert json.loads(model["input_versions_json"]) == dict.fromkeys(read, 0)
    assert json.loads(model["reference_profile_json"])["sizes"] == {"customer": 12, "product": 8, "pair": 192}
    assert {name: own[name] for name in ("ndcg_at_10", "log_loss", "pr_auc")} == {
        name: figures[f"baseline_{name}"] for name in ("ndcg_at_10", "log_loss", "pr_auc")
    }
    assert set(own) == {"customers", "test_examples", "test_bought", "ndcg_at_10", "recall_at_10", "log_loss", "pr_auc"}
    made_of = {name for feature in json.loads(base["features_json"]) if feature["is_needed"] for name in [Feature(**feature).name]}
    assert (base["kind"], made_of) == (best_of(figures), set(BASELINES[base["kind"]].names))
    assert figures["ndcg_gain_lower_bound"] <= figures["ndcg_gain"] <= figures["ndcg_gain_upper_bound"]
    assert figures["ndcg_gain"] == pytest.approx(figures["ndcg_at_10"] - figures["baseline_ndcg_at_10"])
    assert (figures["champion_version"], 0 <= figures["champion_recall_at_10"] <= 1) == (7, True)
    diagnostics = Diagnostics.from_json(model["diagnostics_json"])
    assert diagnostics.calibration_error == pytest.approx(figures["calibration_error"])
    assert sum(each.share * each.bought for each in diagnostics.calibration) == pytest.approx(24 / 96), "of the held-out examples"
    assert set(diagnostics.importance) == {*FEATURE_NAMES}
    assert "diagnostics_json" not in base
    gates = [gate["name"] for gate in json.loads(model["gates_json"])]
    assert (len(gates), gates[-1], json.loads(base["gates_json"])) == (11, OF_THE_CHAMPION, [])
