"""A person's word on what serves: promote, roll back, approve. What did not pass, never served or cannot be computed stays out."""

from __future__ import annotations

import shutil
from copy import copy, deepcopy
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline
from typer.testing import CliRunner, Result

from cli.__main__ import app
from models import alias_log, artifact_store, registry
from models.alias_log import Change
from models.errors import ModelError
from models.promotion import before, promote, repair_ledger, roll_back, settle, withdraw
from models.purchase import BASELINE, NAME
from models.serving import choose, serving_model
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
    shutil.copy(trained_four_times.settings.home / "mlflow.db", tmp_path)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    own.settings = own.settings.model_copy(update={"home": tmp_path, "lake": str(tmp_path / "lake"), "mlflow_tracking_uri": uri})
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
            ModelError, match=r"purchase \d needs customer_orders_7d .* its release is commit c0ffee: run that one, or let another serve"
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


def test_to_the_baseline_at_once_from_any_version_also_one_that_cannot_be_computed_any_more(lake: SmallLake) -> None:
    for run in ("r1", "r3", "r4"):
        settled(lake, run)
    lake.take_away("features.customer_daily", "orders_7d")
    said = withdraw(lake, "nothing of ours can be computed", "ann")
    assert (said.version, said.version_before, said.why) == (None, 4, "nothing of ours can be computed")
    assert serves(lake) is None
    with pytest.raises(ModelError, match="no version serves, so there is none to take back: the baseline serves already"):
        withdraw(lake, "once more", "ann")


@pytest.mark.parametrize("word", ["promote", "roll back"])
def test_a_version_whose_files_are_not_those_registered_is_not_let_serve_by_hand(lake: SmallLake, word: str) -> None:
    for run in ("r3", "r4"):
        settled(lake, run)
    spoil(lake, 3)
    with pytest.raises(ModelError, match=r"purchase 3 cannot serve, for the model store .* cannot be used.*: let another serve"):
        promote(lake, 3, "it was better", "ann") if word == "promote" else roll_back(lake, "it is bad", "ann")
    assert serves(lake) == 4


def spoil(lake: SmallLake, version: int) -> None:
    """Its files beside the lake are others, and the model store is gone."""
    (row,) = [row for row in lake.rows if (row["model_name"], row["version"]) == (NAME, version)]
    artifact_store.keep(lake, row["artifact_sha256"], {"model.skops": b"another"})
    lake.settings = lake.settings.model_copy(update={"mlflow_tracking_uri": f"sqlite:///{lake.settings.home}/no such folder/mlflow.db"})


def test_a_training_cut_off_before_it_spoke_is_made_good_by_the_next_step(lake: SmallLake) -> None:
    lake.rows, later = [row for row in lake.rows if row["run_id"] in ("r1", "r2")], lake.rows
    settled(lake, "r1")
    lake.rows = [
        *lake.rows,
        *({**row, "trained_at": datetime.now(UTC)} for row in later[3:]),
    ]  # r3 and r4 published their versions and were killed
    night = run_of(lake)
    assert serving_model().resolve(night, "model").version == 4
    assert [(e.version, e.run_id, e.said_by) for e in alias_log.entries(lake) if e.alias == "champion"] == [
        (1, "r1", "a test"), (3, "r3", "a test"), (4, "r4", "a test"),
    ]  # fmt: skip
    roll_back(lake, "it was bad", "ann")
    repair_ledger(night)
    assert serves(lake) == 3, "what was heard once does not speak again"


def test_a_version_that_lost_or_waits_is_not_let_serve_by_the_next_step_either(lake: SmallLake) -> None:
    lake.rows, later = lake.rows[:2], lake.rows  # the baseline and version 1, then 2, which lost
    settled(lake, "r1")
    lake.rows = [*lake.rows, {**later[2], "trained_at": datetime.now(UTC)}]
    repair_ledger(run_of(lake))
    assert serves(lake) == 1
    lake.rows = [*lake.rows, {**later[3], "trained_at": datetime.now(UTC)}]
    lake.settings = lake.settings.model_copy(update={"promotion": "approval"})
    night = run_of(lake)
    repair_ledger(night)
    assert serves(lake) == 1
    assert night.notes == ["purchase 3 passed every gate and waits for approval: ./greenhouse promote 3 --why ..."]


@pytest.mark.parametrize("alias", [3, None])
def test_a_home_of_before_the_ledger_keeps_what_its_alias_named_though_later_versions_had_won(lake: SmallLake, alias: int | None) -> None:
    """Somebody had moved MLflow's alias back, or taken it away: that was the way then."""
    if alias:
        registry.point(lake.settings.mlflow_tracking_uri, NAME, alias, "champion")
    alias_log.say(lake, [Change("baseline", 1, "the ledger is begun by this")], "a test")
    repair_ledger(run_of(lake))
    assert serves(lake) == alias


def test_a_word_after_a_training_was_cut_off_stands(lake: SmallLake) -> None:
    lake.rows, later = [row for row in lake.rows if row["run_id"] in ("r1", "r2")], lake.rows
    settled(lake, "r1")
    lake.rows = [*lake.rows, {**later[3], "trained_at": datetime.now(UTC)}]  # r3 published and was killed
    withdraw(lake, "nothing of ours is to serve", "ann")
    night = run_of(lake)
    repair_ledger(night)
    assert (serves(lake), night.notes) == (None, [])


def test_a_night_on_which_nothing_was_cut_off_asks_no_tracking_server(lake: SmallLake, monkeypatch) -> None:
    settled(lake, "r1")
    monkeypatch.setattr("models.registry.version_of_alias", lambda *_: pytest.fail("MLflow was asked"))
    repair_ledger(run_of(lake))


def test_a_lake_that_takes_no_word_leaves_the_night_to_what_chooses_and_says_so(lake: SmallLake, monkeypatch) -> None:
    lake.rows, later = lake.rows[:2], lake.rows
    settled(lake, "r1")
    lake.rows = [*lake.rows, {**later[3], "trained_at": datetime.now(UTC)}]

    def refuses(*_: object) -> None:
        raise OSError("read-only")

    monkeypatch.setattr("lakehouse.tables.ledger.append", refuses)
    night = run_of(lake)
    assert serving_model().resolve(night, "model").version == 1
    assert night.notes == ["whether a training was cut off before models.alias_log heard of it cannot be told: OSError"]


def test_a_ledger_that_cannot_be_read_leaves_the_night_to_what_chooses(lake: SmallLake) -> None:
    settled(lake, "r1")
    for file in Path(lake.path("models.alias_log")).glob("*.parquet"):
        file.write_bytes(b"")
    night = run_of(lake)
    repair_ledger(night)
    assert night.notes == ["whether a training was cut off before models.alias_log heard of it cannot be told: ModelError"]
    assert choose(lake).serves == "purchase_baseline/1"


def test_what_waits_for_approval_goes_on_waiting_when_nobody_has_to_approve_any_more(lake: SmallLake) -> None:
    lake.rows = lake.rows[:2]
    lake.settings = lake.settings.model_copy(update={"promotion": "approval"})
    settled(lake, "r1")
    lake.settings = lake.settings.model_copy(update={"promotion": "automatic"})
    night = run_of(lake)
    repair_ledger(night)
    assert (serves(lake), night.notes) == (None, [])


def test_by_the_command_line_the_baseline_is_one_word_away_and_a_repeated_word_is_no_error(lake: SmallLake, monkeypatch) -> None:
    settled(lake, "r1")
    settled(lake, "r4")
    monkeypatch.setattr("cli.serving._lake", lambda: lake)

    def asked(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--why", "a test", "--by", "ann", "--no-score"])

    assert asked("promote", "4").output == "Version 4 serves already.\npurchase/4 serves from now on.\n"
    twice = asked("rollback", "--to", "1", "--to-baseline")
    assert twice.exit_code == 2 and "--to-baseline" in twice.output
    assert serves(lake) == 4
    assert asked("rollback", "--to-baseline").output == "purchase_baseline/1 serves from now on.\n"
    assert serves(lake) is None
