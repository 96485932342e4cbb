"""Whether a version may serve: a pure function from figures to gates. Whatever is missing, not finite or too small fails.

Taking the figures belongs in `evaluate`. No setting and no environment variable opens a gate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from models.purchase import THRESHOLDS, Thresholds

SEGMENTS = ("occasional", "frequent")
OF_THE_CHAMPION = "ndcg_is_not_below_the_champions"


@dataclass(frozen=True)
class Gate:
    """One demand, whether it was met, and why."""

    name: str
    passed: bool
    value: float | None
    threshold: float
    reason: str

    def as_row(self) -> dict[str, object]:
        return asdict(self)


def judge(
    figures: Mapping[str, float | None], demands: Thresholds = THRESHOLDS, *, has_champion: bool = False, champion_is_unfit: str = ""
) -> tuple[Gate, ...]:
    """Every gate of a version, judged against the baseline's figures on the same held-out weeks, and against the champion's
    where one serves. Never raises.

    `champion_is_unfit`: why the champion cannot be compared with. It cannot serve either, so what serves in its place is compared with.
    """
    gates = [
        _above("ndcg_beats_the_best_baseline", "ndcg_gain_lower_bound", figures, demands.ndcg_gain),
        _at_least("recall_is_not_worse", "recall_gain", figures, demands.recall_gain),
        _above("log_loss_beats_the_best_baseline", "log_loss_drop", figures, demands.log_loss_drop),
        _above("pr_auc_beats_the_best_baseline", "pr_auc_gain", figures, demands.pr_auc_gain),
        _at_most("customers_are_not_all_given_the_same_first", "same_first_share", figures, demands.same_first_share),
        _at_least("enough_customers_were_ranked", "customers", figures, demands.customers),
    ]
    for segment in SEGMENTS:
        gates.append(_at_least(f"enough_{segment}_customers_were_ranked", f"{segment}_customers", figures, demands.segment_customers))
        gates.append(_at_least(f"ndcg_of_{segment}_customers_is_not_worse", f"{segment}_ndcg_gain", figures, demands.segment_ndcg_gain))
    if champion_is_unfit:
        gate = _above(OF_THE_CHAMPION, "ndcg_gain_lower_bound", figures, demands.champion_ndcg_gain)
        gates.append(replace(gate, reason=f"{champion_is_unfit}; judged against the baseline that serves in its place: {gate.reason}"))
    elif has_champion:
        gates.append(_at_least(OF_THE_CHAMPION, "champion_ndcg_gain", figures, demands.champion_ndcg_gain))
    return tuple(gates)


def all_passed(gates: tuple[Gate, ...]) -> bool:
    """Whether there are gates, and every one was passed."""
    return bool(gates) and all(gate.passed for gate in gates)


def _above(name: str, figure: str, figures: Mapping[str, float | None], threshold: float) -> Gate:
    return _gate(name, figure, figures, threshold, "above", lambda value: value > threshold)


def _at_least(name: str, figure: str, figures: Mapping[str, float | None], threshold: float) -> Gate:
    return _gate(name, figure, figures, threshold, "at least", lambda value: value >= threshold)


def _at_most(name: str, figure: str, figures: Mapping[str, float | None], threshold: float) -> Gate:
    return _gate(name, figure, figures, threshold, "at most", lambda value: value <= threshold)


def _gate(name, figure, figures, threshold, relation, met) -> Gate:  # type: ignore[no-untyped-def]
    value = _number(figures.get(figure))
    if value is None:
        return Gate(name, False, None, threshold, f"{figure} is missing or no finite number, so the gate stays shut")
    passed = bool(met(value))
    return Gate(name, passed, value, threshold, f"{figure} is {value:.6g}; it has to be {relation} {threshold:g}")


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None
