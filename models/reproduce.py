"""Trains a version again from the Delta versions its row names, with the code of its commit, and says whether it comes out the same."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse.code_version import code_version
from lakehouse.days import DayRange
from lakehouse.tables.run import Run, RunInfo
from models import artifact_store, estimators, held_out
from models.errors import ModelError
from models.purchase import NAME
from models.versions import VERSIONS, features_of, known_row_of

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from lakehouse.tables.lake import Lake


@dataclass(frozen=True)
class Reproduction:
    """How a version trained again compares: the examples both learnt from, and how many of them the two score differently."""

    examples: int
    expected_examples: int
    scored_differently: int
    largest_difference: float

    @property
    def is_same(self) -> bool:
        return self.examples == self.expected_examples and not self.scored_differently


def reproduce(lake: Lake, name: str, version: int) -> Reproduction:
    """Train that version again and score the examples it learnt from with both.

    A pipeline's bytes differ from one writing to the next, so what is compared is what it says: every score, bit by bit. Raises
    ModelError where there is no such version or other code trained it, LakeError where a Delta version of its inputs is gone.
    """
    from threadpoolctl import threadpool_limits

    row = known_row_of(lake, name, version)
    _refuse_other_code(row)
    with threadpool_limits(1):
        run = _as_then(lake, row)
        features = features_of(row, lake.contracts)
        days = [day for day in held_out.example_days(run) if row["train_first_day"] <= day <= row["train_last_day"]]
        learnt = held_out.examples(run, days, features)
        fresh = estimators.model(features=features) if name == NAME else estimators.baseline(features, row["kind"])
        fresh = estimators.fit(fresh, learnt.examples.features, learnt.examples.labels, learnt.examples.weights, features.names)
        standing = artifact_store.load(lake, name, version, row["artifact_sha256"])
        return _compared(fresh, standing, learnt.examples.features, row["train_examples"])


def _refuse_other_code(row: dict[str, Any]) -> None:
    then, now = row["code_version"], code_version()
    if then == now:
        return
    commit, _, changes = then.partition("+")
    if changes or commit == "unknown":
        raise ModelError(
            f"{row['model_name']} {row['version']} was trained with code that stands in no commit ({then}), so nothing can repeat it"
        )
    raise ModelError(
        f"{row['model_name']} {row['version']} was trained with commit {commit[:12]}, this is {now[:12]}: "
        f"git worktree add ../at-{commit[:12]} {commit[:12]}, and run it there with the same GREENHOUSE_HOME"
    )


def _as_then(lake: Lake, row: dict[str, Any]) -> Run:
    days, info = DayRange(row["as_of_day"], row["as_of_day"]), RunInfo("reproduce", "reproduce", row["code_version"])
    return Run(lake, lake.tables[VERSIONS], days, info, "reproduce", input_versions=json.loads(row["input_versions_json"]))


def _compared(fresh: Pipeline, standing: Pipeline, features: Any, expected: int) -> Reproduction:
    import numpy as np

    ours, theirs = (pipeline.predict_proba(features)[:, 1] for pipeline in (fresh, standing))
    apart = np.abs(ours - theirs)
    return Reproduction(len(ours), expected, int((apart > 0).sum()), float(apart.max(initial=0.0)))
