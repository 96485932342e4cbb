"""From one prediction back to everything it came from: model, training run, input versions, commit, checks. Needs no engine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from lakehouse.days import DayRange
from lakehouse.errors import LakeError
from lakehouse.publishing.publish_ledgers import CHECKS
from lakehouse.tables import ledger
from lakehouse.tables.commit_record import Published
from lakehouse.tables.lake import Lake

PREDICTIONS = "predictions.recommendations"
MODELS = "models.model_versions"


@dataclass(frozen=True)
class Publish:
    """One publish in the chain: the table, its Delta version, who asked, which code, what it read, and its checks.

    `column_versions`: of a feature table, the version of each feature it wrote.
    """

    table: str
    version: int
    publish_id: str
    run_id: str
    asked_by: str
    code_version: str
    inputs: dict[str, int]
    passed: int
    checks: int
    column_versions: dict[str, str]


@dataclass(frozen=True)
class Explanation:
    """A prediction's row, the model version it names, and every publish upstream of it, nearest first."""

    prediction: dict[str, Any]
    model: dict[str, Any] | None
    publishes: tuple[Publish, ...]


def explain(lake: Lake, prediction_id: str) -> Explanation:
    """The chain behind one prediction. Raises LakeError where there is none of that id."""
    row = _prediction(lake, prediction_id)
    made = _publish_of_day(lake, PREDICTIONS, row["day"])
    model = _model(lake, row)
    publishes = list(_chain(lake, made))
    if model:
        publishes += [entry for entry in _training_chain(lake, model) if entry not in publishes]
    return Explanation(row, model, tuple(publishes))


def _prediction(lake: Lake, prediction_id: str) -> dict[str, Any]:
    import pyarrow.dataset as ds

    found = lake.arrow(PREDICTIONS, filter=ds.field("prediction_id") == prediction_id).to_pylist()
    if not found:
        raise LakeError(
            f'there is no prediction {prediction_id}; find one with ./greenhouse sql "SELECT prediction_id FROM {PREDICTIONS} LIMIT 5"'
        )
    return dict(found[0])


def _model(lake: Lake, row: dict[str, Any]) -> dict[str, Any] | None:
    import pyarrow.dataset as ds

    wanted = (ds.field("model_name") == row["model_name"]) & (ds.field("version") == row["model_version"])
    found = lake.arrow(MODELS, filter=wanted).to_pylist()
    return dict(found[0]) if found else None


def _publish_of_day(lake: Lake, table: str, day: date) -> int:
    for published in lake.publishes(table):
        if any(day in DayRange.parse(span) for span in published.record.days):
            return published.version
    raise LakeError(f"{table}: no publish of {day} stands in its history")


def _chain(lake: Lake, version: int, table: str = PREDICTIONS) -> list[Publish]:
    """The publish of a version and everything it read, breadth first, each table version once."""
    seen: set[tuple[str, int]] = set()
    queue, chain = [(table, version)], []
    while queue:
        name, version = queue.pop(0)
        if (name, version) in seen:
            continue
        seen.add((name, version))
        made = made_of(lake, name, version)
        chain += [entry for entry in made if entry not in chain]
        queue += [read for entry in made for read in entry.inputs.items()]
    return chain


def _training_chain(lake: Lake, model: dict[str, Any]) -> list[Publish]:
    versions = json.loads(model.get("input_versions_json") or "{}")
    return [entry for name, version in versions.items() for entry in _chain(lake, version, name)]


def made_of(lake: Lake, table: str, version: int) -> list[Publish]:
    """The newest publish at or before a version; where it wrote some columns only, those before it too, back to one that wrote all."""
    found = []
    for published in lake.publishes(table):
        if published.version <= version:
            found.append(_publish(lake, table, published))
            if not published.record.only_columns:
                break
    return found


def _publish(lake: Lake, table: str, published: Published) -> Publish:
    said = published.record
    passed, total = _checks(lake, said.publish_id, table)
    return Publish(
        table, published.version, said.publish_id, said.run_id, said.asked_by, said.code_version, dict(said.inputs), passed, total,
        dict(said.column_versions),
    )  # fmt: skip


def _checks(lake: Lake, publish_id: str, table: str) -> tuple[int, int]:
    import pyarrow.dataset as ds

    wanted = (ds.field("publish_id") == publish_id) & (ds.field("table_name") == table)
    found = ledger.rows(lake, CHECKS, columns=["passed"], filter=wanted)
    return sum(row["passed"] for row in found), len(found)
