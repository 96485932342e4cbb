"""A person's word on what serves: promote, roll back, approve. What did not pass, never served or cannot be computed stays out."""

from __future__ import annotations

import shutil
from copy import copy, deepcopy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from models import alias_log
from models.alias_log import Change
from models.errors import ModelError
from models.promotion import before, promote, roll_back, settle
from models.purchase import BASELINE, NAME
from models.serving import choose
from tests.models.small_lake import SmallLake, register, run_of, settled


@pytest.fixture(scope="module")
def trained_four_times(tmp_path_factory: pytest.TempPathFactory, trained: Pipeline, baseline: Pipeline) -> SmallLake:
    """Versions 1, 3 and 4 passed every gate, 2 did not; the baseline stands behind them."""
    lake = SmallLake(tmp_path_factory.mktemp("promoted"))
    lake.publish(register(lake, BASELINE, baseline), "r1", is_champion=False)
    for number, passed in enumerate((True, False, True, True), start=1):
        lake.publish(register(lake, NAME, trained), f"r{number}", is_champion=passed)
    return lake


@pytest.fixture
def lake(trained_four_times: SmallLake, tmp_path: Path) -> SmallLake:
    """The same versions in a lake whose ledger is still to be begun."""
    own = copy(trained_four_times)
    own.settings = own.settings.model_copy(update={"home": tmp_path, "lake": str(tmp_path / "lake")})
    shutil.copytree(trained_four_times.path("models._artifacts"), own.path("models._artifacts"))
    own.rows, own.contracts = deepcopy(own.rows), dict(own.contracts)
    return own


def serves(lake: SmallLake) -> int | None:
    entry = alias_log.standing(lake, "champion")
    return entry.version if entry else None


def test_what_passed_no_gate_is_refused_by_the_gates_it_failed(lake: SmallLake) -> None:
    with pytest.raises(ModelError, match=r"purchase 2 did not pass ndcg_beats_the_best_baseline, so it does not serve"):
        promote(lake, 2, "I like it", "ann")
    with pytest.raises(ModelError, match=r"there is no version 9 of purchase; ./greenhouse sql"):
        promote(lake, 9, "I like it", "ann")
    assert serves(lake) is None


def test_what_served_before_may_serve_again_though_gates_are_others_now(lake: SmallLake) -> None:
    alias_log.say(lake, [Change("champion", 2, "as things were then"), Change("champion", 3, "won")], "a run")
    said = promote(lake, 2, "3 is worse in the shop", "ann")
    assert said and (said.version, said.version_before, said.said_by, said.why) == (2, 3, "ann", "3 is worse in the shop")
    assert promote(lake, 2, "again", "ann") is None


def test_with_approval_a_version_that_won_waits_and_the_baseline_does_not(lake: SmallLake) -> None:
    lake.settings = lake.settings.model_copy(update={"promotion": "approval"})
    run = run_of(lake, "r1")
    assert [(entry.alias, entry.version) for entry in settle(run)] == [("baseline", 1)]
    assert run.notes == ["purchase 1 passed every gate and waits for approval: ./greenhouse promote 1 --why ..."]
    assert choose(lake).serves == "purchase_baseline/1"
    promote(lake, 1, "looks right", "ann")
    assert choose(lake).serves == "purchase/1"


def test_a_version_that_lost_is_not_let_serve_by_its_run(lake: SmallLake) -> None:
    assert settled(lake, "r2") == {}
    assert settled(lake, "r1")[NAME] == 1
    won, passed = alias_log.standing(lake, "champion"), '[{"name": "ndcg_beats_the_best_baseline", "passed": true}]'
    assert won and (won.run_id, won.said_by, won.evidence_json) == ("r1", "a test", passed)
    chosen = promote(lake, 3, "it is newer", "ann")
    assert chosen and chosen.evidence_json == passed


def test_back_is_to_what_served_before_and_then_to_the_baseline(lake: SmallLake) -> None:
    for run in ("r1", "r3", "r4"):
        settled(lake, run)
    assert serves(lake) == 4
    found = [roll_back(lake, "it was bad", "ann").version for _ in range(3)]
    assert found == [3, 1, None]
    assert choose(lake).serves == "purchase_baseline/1"
    with pytest.raises(ModelError, match="no version serves, so there is none to take back"):
        roll_back(lake, "it was bad", "ann")
    settled(lake, "r4")
    assert serves(lake) is None, "its run has spoken once"
    promote(lake, 4, "it was not so bad", "ann")
    assert serves(lake) == 4


def test_back_to_a_version_by_its_number(lake: SmallLake) -> None:
    for run in ("r1", "r3"):
        settled(lake, run)
    with pytest.raises(ModelError, match=r"purchase 4 never served; \./greenhouse serving lists those that did"):
        roll_back(lake, "it was bad", "ann", to=4)
    with pytest.raises(ModelError, match="purchase 3 serves already"):
        roll_back(lake, "it was bad", "ann", to=3)
    assert roll_back(lake, "it was bad", "ann", to=1).version == 1


def test_what_todays_code_cannot_compute_is_refused_with_its_commit(lake: SmallLake) -> None:
    for run in ("r1", "r3"):
        settled(lake, run)
    lake.take_away("features.customer_daily", "orders_7d")
    for back in (lambda: roll_back(lake, "it was bad", "ann"), lambda: promote(lake, 4, "it is good", "ann")):
        with pytest.raises(
            ModelError, match=r"purchase \d needs customer_orders_7d .* its release is commit c0ffee: run that one, or train"
        ):
            back()
    assert serves(lake) == 3


@given(st.lists(st.one_of(st.just("back"), st.integers(1, 4)), max_size=12))
def test_any_order_of_words_goes_back_as_a_stack_of_versions_would(words) -> None:
    named: list[int | None] = []
    stack: list[int] = []
    for word in words:
        if word == "back":
            if not stack:
                continue
            stack.pop()
            named.append(before(named))
        else:
            stack = [*stack[: stack.index(word)], word] if word in stack else [*stack, word]
            named.append(word)
        assert named[-1] == (stack[-1] if stack else None)
