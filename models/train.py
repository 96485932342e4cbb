"""Trains a version and the baselines it must beat, judges them, registers both, and says what they were made of. Publishing that belongs in `assets/`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from models import artifact_store, estimators, held_out, registry
from models.baselines import BASELINES
from models.diagnostics import diagnose
from models.errors import NothingToLearn
from models.evaluate import Comparison, Examples, Fitted, compare
from models.feature_list import FeatureList
from models.gates import Gate, all_passed, judge
from models.purchase import BASELINE, EXAMPLE_WEEKDAY, FEATURES, MODEL, NAME, SEED
from models.reference_profile import profile
from models.serving import Champion, standing_champion
from models.split import Split, split
from models.todays import refuse_rankings_unmade, refuse_unmade
from models.unready import what_is_missing

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from lakehouse.tables.run import Run

SHOWN = ("ndcg_at_10", "recall_at_10", "log_loss", "pr_auc")


def train(run: Run) -> list[dict[str, Any]]:
    """The rows of `models.model_versions` for a new version and the best of its baselines.

    Raises NothingToLearn where the shop states no consent basis, or there is too little to learn from. Registering moves
    no alias: `promotion.settle` does, after the rows are published.
    """
    if not run.lake.shop.consent_basis:
        raise NothingToLearn(
            "the shop states no consent_basis in its source.yaml, so nothing may be learnt from its customers; state one, or do not train"
        )
    from threadpoolctl import threadpool_limits

    # One thread: beside a working engine, OpenMP's threads spin for each other and a fit of 15 s takes minutes.
    with threadpool_limits(1):
        days = held_out.example_days(run)
        if not days:
            raise NothingToLearn(what_is_missing(run))
        return _trained(run, split(days), FEATURES)


def _trained(run: Run, days: Split, features: FeatureList) -> list[dict[str, Any]]:
    refuse_unmade(run, features)
    refuse_rankings_unmade(features)
    learnt = held_out.examples(run, days.train, features)
    model = _fitted(estimators.model(features=features), learnt.examples, features)
    baselines = {
        kind: _fitted(estimators.baseline(features, kind), learnt.examples, features.needing(*made_of.names))
        for kind, made_of in BASELINES.items()
    }
    champion = standing_champion(run.lake)
    held = held_out.examples(run, days.test, features).examples
    found = _compared(run, days, model, baselines, champion, held)
    diagnostics = diagnose(model, held)
    figures = {**found.figures, "calibration_error": diagnostics.calibration_error}
    gates = judge(figures, has_champion=champion is not None, champion_is_unfit=champion.reason if champion else "")
    return [
        _registered(run, NAME, MODEL, model, figures, gates, days, learnt) | {"diagnostics_json": diagnostics.as_json()},
        _registered(run, BASELINE, found.best_baseline, baselines[found.best_baseline], _own(found.figures), (), days, learnt),
    ]


def _compared(
    run: Run, days: Split, model: Fitted, baselines: Mapping[str, Fitted], champion: Champion | None, held: Examples
) -> Comparison:
    """On the held-out weeks, with which champion it was that can be compared with."""
    standing = champion.fitted if champion else None
    asked = model.features.joined(standing.features) if standing else model.features
    found = compare(model, baselines, held_out.weeks(run, days.test, EXAMPLE_WEEKDAY, asked), held, standing)
    if champion and standing:
        return replace(found, figures={**found.figures, "champion_version": float(champion.version)})
    return found


def _fitted(pipeline: Pipeline, examples: Examples, features: FeatureList) -> Fitted:
    return Fitted(estimators.fit(pipeline, examples.features, examples.labels, examples.weights, features.names), features)


def _registered(
    run: Run, name: str, kind: str, fitted: Fitted, found: dict[str, float], gates: tuple[Gate, ...], days: Split, learnt: held_out.Learnt
) -> dict[str, Any]:
    tags = {"greenhouse_run": run.run_id, "asked_by": run.asked_by, "code_version": run.code_version, "kind": kind}
    made = registry.register(run.lake.settings.mlflow_tracking_uri, name, fitted.pipeline, found, tags)
    artifact_store.keep(run.lake, made.sha256, made.files)
    learnt_from, scores = learnt.examples, fitted.chance(learnt.examples.features)
    return {
        "model_name": name, "version": made.version, "trained_at": made.at, "as_of_day": run.asked.last,
        "kind": kind, "is_champion": name == NAME and all_passed(gates),
        "run_id": run.run_id, "asked_by": run.asked_by, "code_version": run.code_version, "seed": SEED, "mlflow_run_id": made.run_id,
        "artifact_sha256": made.sha256, "input_versions_json": json.dumps(dict(run.input_versions), sort_keys=True),
        "train_first_day": days.train[0], "train_last_day": days.train[-1], "test_first_day": days.test[0], "test_last_day": days.test[-1],
        "train_examples": len(learnt.examples.labels), **{column: found.get(column) for column in SHOWN},
        "metrics_json": json.dumps(found, sort_keys=True), "gates_json": json.dumps([gate.as_row() for gate in gates]),
        "reference_profile_json": profile(learnt_from.features, fitted.features, scores, learnt_from.weights, learnt.sizes),
        "features_json": fitted.features.to_json(),
    }  # fmt: skip


def _own(found: dict[str, float]) -> dict[str, float]:
    """The baseline's own figures, under the names a model's have."""
    counted = {key: value for key, value in found.items() if key in ("customers", "test_examples", "test_bought")}
    return {**counted, **{key.removeprefix("baseline_"): value for key, value in found.items() if key.startswith("baseline_")}}
