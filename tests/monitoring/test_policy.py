"""When drift asks for a new version, and when it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitoring.policy import POLICY, SCORE, decide

TRAINED = date(2011, 6, 1)


def row(after: int, feature: str = "customer_orders_30d", **figures: Any) -> dict[str, Any]:
    calm = {"psi": 0.01, "psi_noise": 0.0, "missing_share": 0.0, "reference_missing_share": 0.0, "unseen_share": 0.0, "rows": 5000}
    return {"day": TRAINED + timedelta(days=after), "feature": feature, **calm, **figures}


def days_of(afters: range, features: int, **figures: Any) -> list[dict[str, Any]]:
    return [row(after, f"feature_{n}", **figures) for after in afters for n in range(features)]


def test_enough_drifted_days_with_enough_drifted_features() -> None:
    found = decide(days_of(range(18, 21), 3, psi=0.5), POLICY, TRAINED)
    assert found.train
    assert found.reason == "3 of the last 7 days drifted; on 2011-06-21: feature_0 (PSI 0.50), feature_1 (PSI 0.50), feature_2 (PSI 0.50)"


def test_too_few_days_or_features() -> None:
    assert not decide(days_of(range(19, 21), 3, psi=0.5), POLICY, TRAINED).train
    assert not decide(days_of(range(14, 21), 2, psi=0.5), POLICY, TRAINED).train


def test_the_score_alone_is_enough() -> None:
    assert decide([row(after, SCORE, psi=0.5) for after in range(18, 21)], POLICY, TRAINED).train


def test_drifted_days_may_lie_apart_but_not_too_long_ago() -> None:
    calm, apart = days_of(range(14, 30), 3), {14 + 2, 14 + 4, 14 + 6}
    rows = [r for r in calm if (r["day"] - TRAINED).days not in apart]
    drifted = [r for after in apart for r in days_of(range(after, after + 1), 3, psi=0.5)]
    assert decide([r for r in rows + drifted if (r["day"] - TRAINED).days <= 20], POLICY, TRAINED).train
    assert not decide(rows + drifted, POLICY, TRAINED).train


def test_missing_jumps_and_unseen_categories_count() -> None:
    assert decide(days_of(range(18, 21), 3, missing_share=0.3), POLICY, TRAINED).train
    assert decide(days_of(range(18, 21), 3, unseen_share=0.3), POLICY, TRAINED).train
    assert not decide(days_of(range(18, 21), 3, missing_share=0.3, reference_missing_share=0.2), POLICY, TRAINED).train


def test_what_chance_explains_is_no_drift() -> None:
    assert not decide(days_of(range(14, 21), 30, psi=0.5, psi_noise=0.4), POLICY, TRAINED).train


def test_days_with_few_pairs_are_not_judged() -> None:
    found = decide(days_of(range(14, 21), 30, psi=5.0, rows=199), POLICY, TRAINED)
    assert not found.train
    assert "enough pairs" in found.reason


def test_nothing_happens_in_the_cooldown_or_before_a_first_model() -> None:
    found = decide(days_of(range(1, 14), 30, psi=5.0), POLICY, TRAINED)
    assert not found.train
    assert "less than 14 days" in found.reason
    assert "greenhouse train" in decide(days_of(range(1, 30), 30, psi=5.0), POLICY, None).reason


def test_drift_from_before_the_training_does_not_count() -> None:
    assert not decide(days_of(range(-20, 1), 30, psi=5.0), POLICY, TRAINED).train


histories = st.lists(
    st.builds(
        row, st.integers(-10, 40), st.sampled_from(["a", "b", "c", "d", SCORE]), psi=st.floats(0, 5), psi_noise=st.floats(0, 1),
        missing_share=st.floats(0, 1), unseen_share=st.floats(0, 1), rows=st.integers(0, 1000),
    ),
    max_size=60, unique_by=lambda r: (r["day"], r["feature"]),
)  # fmt: skip


@given(histories, st.randoms())
def test_the_order_of_rows_does_not_matter_and_there_is_always_a_reason(history: list[dict[str, Any]], random: Any) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)
    assert decide(history, POLICY, TRAINED) == decide(shuffled, POLICY, TRAINED)
    assert decide(history, POLICY, TRAINED).reason


@given(histories)
def test_a_stricter_policy_never_trains_where_the_laxer_does_not(history: list[dict[str, Any]]) -> None:
    strict = replace(POLICY, psi=POLICY.psi * 2, features=POLICY.features + 1, drifted_days=POLICY.drifted_days + 1)
    if decide(history, strict, TRAINED).train:
        assert decide(history, POLICY, TRAINED).train


@given(histories)
def test_calm_days_never_train(history: list[dict[str, Any]]) -> None:
    calm = [{**r, "psi": r["psi_noise"], "missing_share": 0.0, "unseen_share": 0.0} for r in history]
    assert not decide(calm, POLICY, TRAINED).train


def test_the_edges_of_what_counts() -> None:
    """The day of the training says nothing; day 14 after it is judged; seven days end with the last; 200 pairs are enough."""
    assert decide(days_of(range(12, 15), 3, psi=0.5, rows=200), POLICY, TRAINED).train
    assert not decide(days_of(range(11, 14), 3, psi=0.5), POLICY, TRAINED).train
    eighth = [*days_of(range(7, 8), 3, psi=0.5), *days_of(range(13, 15), 3, psi=0.5)]
    assert not decide(eighth, POLICY, TRAINED).train
    assert decide([*days_of(range(8, 9), 3, psi=0.5), *days_of(range(13, 15), 3, psi=0.5)], POLICY, TRAINED).train
    at_once = replace(POLICY, cooldown_days=0)
    assert decide(days_of(range(1, 4), 3, psi=0.5), at_once, TRAINED).train
    assert not decide(days_of(range(0, 3), 3, psi=0.5), at_once, TRAINED).train


def test_what_is_as_far_as_allowed_has_not_drifted() -> None:
    for allowed in ({"psi": 0.25, "psi_noise": 0.05}, {"missing_share": 0.2}, {"unseen_share": 0.2}):
        assert not decide(days_of(range(14, 21), 30, **allowed), POLICY, TRAINED).train, allowed
