"""What a person needs to decide on a version of the model: how it did beside what it must beat, what it stands on, what is new in it.

How that looks belongs in `cli/report`. Needs no engine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models import alias_log
from models.baselines import BASELINES
from models.diagnostics import Diagnostics
from models.errors import ModelError
from models.purchase import BASELINE, NAME
from models.versions import VERSIONS, features_of, known_row_of, row_of, unusable

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake

DRIFT = "monitoring.drift"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Side:
    """One of those compared on the held-out weeks; a figure that was not taken of it is None."""

    name: str
    ndcg: float | None
    recall: float | None
    log_loss: float | None = None
    pr_auc: float | None = None


@dataclass(frozen=True)
class News:
    """What is other in a version than in the one that serves, or served last. `gained`, `lost`: None where nobody can say any more."""

    than: int
    commit: str
    gained: tuple[str, ...] | None
    lost: tuple[str, ...] | None
    inputs: Mapping[str, tuple[int | None, int | None]]


@dataclass(frozen=True)
class Report:
    """A version's row, and what follows from it. `unusable`: why it cannot serve now, whatever was said; empty where it can. `drift`: by feature, PSI and its noise on the newest day that was held against it."""

    row: Row
    unusable: str
    figures: Mapping[str, float]
    sides: tuple[Side, ...]
    gates: tuple[Row, ...]
    serves_since: alias_log.Entry | None
    served_until: alias_log.Entry | None
    news: News | None
    diagnostics: Diagnostics | None
    drift_day: str | None
    drift: tuple[tuple[str, float, float], ...]

    @property
    def failed(self) -> tuple[Row, ...]:
        """The gates that it did not pass."""
        return tuple(gate for gate in self.gates if not gate["passed"])


def report_of(lake: Lake, version: int) -> Report:
    """The report of a version of the model. Raises ModelError where there is none of that number."""
    row = known_row_of(lake, NAME, version)
    figures = json.loads(row["metrics_json"])
    told, entries = row.get("diagnostics_json"), [entry for entry in alias_log.entries(lake) if entry.alias == "champion"]
    drift_day, drift = _drift(lake, version)
    return Report(
        row, unusable(lake, row), figures, tuple(_sides(row, figures, _judged_against(lake, row))), tuple(json.loads(row["gates_json"])), _since(entries, version), _until(entries, version),
        _news(lake, row, entries), Diagnostics.from_json(told) if told else None, drift_day, drift,
    )  # fmt: skip


def _judged_against(lake: Lake, row: Row) -> str | None:
    """Which simple ranking the training judged the version against: the one that it registered."""
    import pyarrow.dataset as ds

    of_it = (ds.field("model_name") == BASELINE) & (ds.field("run_id") == row["run_id"])
    return next(iter(lake.arrow(VERSIONS, columns=["kind"], filter=of_it)["kind"].to_pylist()), None)


def _sides(row: Row, figures: Mapping[str, float], best: str | None) -> list[Side]:
    """The version first, then the simple ranking that it was judged against with all its figures, the others, and the champion of then."""
    at = figures.get
    sides = [Side(f"this version ({row['kind']})", at("ndcg_at_10"), at("recall_at_10"), at("log_loss"), at("pr_auc"))]
    name = f"{best or 'a simple ranking'}, which it was judged against"
    sides.append(Side(name, *(at(f"baseline_{each}") for each in ("ndcg_at_10", "recall_at_10", "log_loss", "pr_auc"))))
    others = [kind for kind in BASELINES if kind != best and f"{kind}_ndcg_at_10" in figures]
    sides += [Side(kind, at(f"{kind}_ndcg_at_10"), at(f"{kind}_recall_at_10")) for kind in others]
    if "champion_ndcg_at_10" in figures:
        version = f", version {figures['champion_version']:.0f}" if "champion_version" in figures else ""
        sides.append(Side(f"the champion of then{version}", at("champion_ndcg_at_10"), at("champion_recall_at_10")))
    return sides


def _since(entries: list[alias_log.Entry], version: int) -> alias_log.Entry | None:
    """Since which word it serves; None where it does not."""
    return entries[-1] if entries and entries[-1].version == version else None


def _until(entries: list[alias_log.Entry], version: int) -> alias_log.Entry | None:
    """The word that took its place; None where it serves or never did."""
    after = [entry for entry in entries if entry.version_before == version and entry.version != version]
    return after[-1] if after and entries[-1].version != version else None


def _news(lake: Lake, row: Row, entries: list[alias_log.Entry]) -> News | None:
    """Against the version that serves or served last, without itself; None where there is none."""
    than = next((entry.version for entry in reversed(entries) if entry.version not in (None, row["version"])), None)
    other = row_of(lake, NAME, than) if than else None
    if other is None:
        return None
    gained, lost = _features_changed(lake, row, other)
    now, then = (json.loads(each["input_versions_json"]) for each in (row, other))
    changed = {table: (then.get(table), now.get(table)) for table in sorted({*now, *then}) if then.get(table) != now.get(table)}
    return News(int(other["version"]), other["code_version"], gained, lost, changed)


def _features_changed(lake: Lake, row: Row, other: Row) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Those that the version has and the other has not, and the other way round; None where one of them recorded none."""
    try:
        mine, theirs = ({*features_of(each, lake.contracts).names} for each in (row, other))
    except ModelError:
        return None, None
    return tuple(sorted(mine - theirs)), tuple(sorted(theirs - mine))


def _drift(lake: Lake, version: int) -> tuple[str | None, tuple[tuple[str, float, float], ...]]:
    """Of the newest day that was held against the version's training set, the worst first."""
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    if not lake.exists(DRIFT):
        return None, ()
    of_it = (ds.field("model_name") == NAME) & (ds.field("model_version") == version)
    found = lake.arrow(DRIFT, columns=["day", "feature", "psi", "psi_noise"], filter=of_it)
    if not found.num_rows:
        return None, ()
    day = pc.max(found["day"]).as_py()
    rows = sorted(found.filter(pc.equal(found["day"], day)).to_pylist(), key=lambda each: each["psi"], reverse=True)
    return str(day), tuple((each["feature"], each["psi"], each["psi_noise"]) for each in rows)
