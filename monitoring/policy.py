"""Whether drift is reason to train again: a pure function of `monitoring.drift` rows. Measuring belongs in `drift`, asking in a sensor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

SCORE = "score"


@dataclass(frozen=True)
class Policy:
    """When a day counts as drifted, and how many such days ask for a new version."""

    psi: float = 0.2  # above this, beyond what chance makes at that sample size
    missing_jump: float = 0.2  # more missing than in training, as a share of all pairs
    unseen: float = 0.2  # categories the training set did not hold
    features: int = 3  # that many drifted features make a drifted day; the score alone does too
    drifted_days: int = 3
    of_last_days: int = 7
    cooldown_days: int = 14  # after a training
    rows: int = 200  # a day with fewer pairs is not judged


POLICY = Policy()


@dataclass(frozen=True)
class Decision:
    """Whether to train, and the sentence that says why or why not."""

    train: bool
    reason: str


def decide(history: Iterable[Mapping[str, Any]], policy: Policy, last_trained_day: date | None) -> Decision:
    """Train where enough of the last days, measured since the last training, drifted.

    `history`: rows of `monitoring.drift` for the serving version; `last_trained_day`: the day on which that version was trained.
    """
    if last_trained_day is None:
        return Decision(False, "no model was trained yet: drift has nothing to be measured against; run ./greenhouse train")
    by_day = _judged_days(history, policy, last_trained_day)
    if not by_day:
        return Decision(False, f"no day since {last_trained_day} has enough pairs to be judged")
    last = max(by_day)
    if last < last_trained_day + timedelta(days=policy.cooldown_days):
        return Decision(False, f"the last training was on {last_trained_day}, less than {policy.cooldown_days} days before {last}")
    recent = sorted(day for day in by_day if day > last - timedelta(days=policy.of_last_days))
    drifted = {day: why for day in recent if (why := _why_drifted(by_day[day], policy))}
    said = f"{len(drifted)} of the last {policy.of_last_days} days drifted"
    if len(drifted) < policy.drifted_days:
        return Decision(False, f"{said}; {policy.drifted_days} ask for a training")
    newest = max(drifted)
    return Decision(True, f"{said}; on {newest}: {drifted[newest]}")


def has_drifted(row: Mapping[str, Any], policy: Policy) -> bool:
    """Whether a feature lies further from its reference than chance explains, or is missing or unseen far more often."""
    beyond_chance = row["psi"] > policy.psi + row["psi_noise"]
    jumped = row["missing_share"] - row["reference_missing_share"] > policy.missing_jump
    return bool(beyond_chance or jumped or row["unseen_share"] > policy.unseen)


def _judged_days(history: Iterable[Mapping[str, Any]], policy: Policy, since: date) -> dict[date, list[Mapping[str, Any]]]:
    found: dict[date, list[Mapping[str, Any]]] = {}
    for row in history:
        if row["day"] > since and row["rows"] >= policy.rows:
            found.setdefault(row["day"], []).append(row)
    return found


def _why_drifted(rows: list[Mapping[str, Any]], policy: Policy) -> str:
    """What drifted that day, the farthest first; empty where it is not enough."""
    drifted = sorted((row for row in rows if has_drifted(row, policy)), key=lambda row: (-row["psi"], row["feature"]))
    if len(drifted) < policy.features and not any(row["feature"] == SCORE for row in drifted):
        return ""
    return ", ".join(f"{row['feature']} (PSI {row['psi']:.2f})" for row in drifted[:5])
