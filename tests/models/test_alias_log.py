"""The ledger of what serves is the one truth of it: written once, whoever asks; MLflow follows, and no night waits for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sklearn.pipeline import Pipeline

from models import alias_log, registry
from models.alias_log import ADOPTED, EARLIER, Change
from models.promotion import settle
from models.purchase import BASELINE, NAME
from tests.models.small_lake import SmallLake, register, run_of, settled

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def lake(tmp_path: Path) -> SmallLake:
    return SmallLake(tmp_path)


def uri(lake: SmallLake) -> str:
    return lake.settings.mlflow_tracking_uri


def out_of_reach(lake: SmallLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same lake while its tracking server is down."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    lake.settings = lake.settings.model_copy(update={"mlflow_tracking_uri": NOWHERE})


def test_a_change_is_written_once_and_says_who_why_and_from_what(lake: SmallLake) -> None:
    said = alias_log.say(lake, [Change("baseline", 1, "it came first"), Change("champion", 1, "it won", "[]")], "ann", "r1")
    assert alias_log.say(lake, [Change("champion", 1, "again")], "bob") == ()
    (later,) = alias_log.say(lake, [Change("champion", 2, "better")], "bob")
    assert alias_log.entries(lake) == [*said, later]
    assert [entry.number for entry in (*said, later)] == [1, 2, 3]
    assert (later.version, later.version_before, later.said_by, later.why, later.run_id) == (2, 1, "bob", "better", None)
    assert alias_log.standing(lake, "champion") == later
    alias_log.say(lake, [Change("champion", None, "it was bad")], "bob")
    assert alias_log.standing(lake, "champion") is None
    assert alias_log.standing(lake, "baseline") == said[0]


def test_what_a_run_said_it_does_not_say_again_whatever_was_decided_since(lake: SmallLake) -> None:
    alias_log.say(lake, [Change("champion", 1, "won")], "a run", "r1")
    alias_log.say(lake, [Change("champion", 2, "won")], "a run", "r2")
    alias_log.say(lake, [Change("champion", 1, "2 was bad")], "ann")
    assert alias_log.say(lake, [Change("champion", 2, "won")], "a run", "r2") == ()
    standing = alias_log.standing(lake, "champion")
    assert standing and standing.version == 1


def test_a_home_of_before_begins_its_ledger_with_what_mlflow_names(lake: SmallLake, trained: Pipeline, baseline: Pipeline) -> None:
    for number, is_champion in enumerate((True, False, True, True), start=1):
        lake.publish(register(lake, NAME, trained), f"r{number}", is_champion=is_champion)
    lake.publish(register(lake, BASELINE, baseline), "r1", is_champion=False)
    registry.point(uri(lake), NAME, 3, "champion")
    registry.point(uri(lake), BASELINE, 1, "baseline")
    found = [(entry.alias, entry.version, entry.version_before, entry.why) for entry in alias_log.entries(lake)]
    assert found == [("champion", 1, None, EARLIER), ("champion", 3, 1, ADOPTED), ("baseline", 1, None, ADOPTED)]
    registry.point(uri(lake), NAME, 1, "champion")
    assert [entry.number for entry in alias_log.entries(lake)] == [1, 2, 3], "begun once"


def test_an_alias_moved_by_hand_is_told_and_set_back(lake: SmallLake, trained: Pipeline) -> None:
    for _ in range(3):
        lake.publish(register(lake, NAME, trained), "r1", is_champion=False)
    alias_log.say(lake, [Change("champion", 1, "won")], "a run")
    assert alias_log.follow(lake) == []
    assert registry.version_of_alias(uri(lake), NAME, "champion") == 1
    alias_log.say(lake, [Change("champion", 2, "won")], "a run")
    assert alias_log.follow(lake) == alias_log.follow(lake) == []
    registry.point(uri(lake), NAME, 3, "champion")
    assert alias_log.follow(lake) == ["MLflow's alias champion named version 3, where models.alias_log says 2; it was set back"]
    assert registry.version_of_alias(uri(lake), NAME, "champion") == 2
    alias_log.say(lake, [Change("champion", None, "it was bad")], "ann")
    assert alias_log.follow(lake) == []
    assert registry.version_of_alias(uri(lake), NAME, "champion") is None


def test_what_mlflow_would_not_follow_is_a_note_of_the_training(lake: SmallLake, trained: Pipeline) -> None:
    for number in (1, 2):
        lake.publish(register(lake, NAME, trained), f"r{number}", is_champion=number == 1)
    settled(lake, "r1")
    registry.point(uri(lake), NAME, 2, "champion")
    run = run_of(lake, "r2")
    assert settle(run) == ()
    assert run.notes == ["MLflow's alias champion named version 2, where models.alias_log says 1; it was set back"]


def test_a_promotion_cut_off_before_mlflow_heard_of_it_is_made_good_by_the_next_step(
    lake: SmallLake, trained: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.publish(register(lake, NAME, trained), "r1", is_champion=True)
    with monkeypatch.context() as cut:
        cut.setattr(alias_log, "follow", lambda lake: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            settled(lake, "r1")
    assert registry.version_of_alias(uri(lake), NAME, "champion") is None
    assert settled(lake, "another run") == {}
    assert registry.version_of_alias(uri(lake), NAME, "champion") == 1


def test_a_tracking_server_that_is_down_holds_no_change_up(lake: SmallLake, trained: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.publish(register(lake, NAME, trained), "r1", is_champion=True)
    alias_log.say(lake, [Change("champion", 1, "won")], "a run")
    here = lake.settings
    out_of_reach(lake, monkeypatch)
    alias_log.say(lake, [Change("champion", None, "it was bad")], "ann")
    (told,) = alias_log.follow(lake)
    assert told == "MLflow's aliases do not follow models.alias_log yet: the model store (http) cannot be used: MlflowException"
    lake.settings = here
    assert alias_log.follow(lake) == []
    assert registry.version_of_alias(uri(lake), NAME, "champion") is None


def test_many_who_speak_at_once_are_written_one_after_the_other(lake: SmallLake) -> None:
    alias_log.say(lake, [Change("champion", 100, "before")], "a test")
    with ThreadPoolExecutor(4) as many:
        list(many.map(lambda version: alias_log.say(lake, [Change("champion", version, "a race")], "a thread"), range(1, 13)))
    found = alias_log.entries(lake)
    assert [entry.number for entry in found] == list(range(1, 14))
    assert {entry.version for entry in found} == {100, *range(1, 13)}
    assert [entry.version_before for entry in found] == [None, *(entry.version for entry in found[:-1])]
