"""A version trained again: when it is the same, which code may train it, and what the command tells to scripts."""

import sys

import numpy as np
import pytest

from cli import __main__ as cli
from lakehouse.code_version import code_version
from models.errors import ModelError
from models.reproduce import Reproduction, _compared, _refuse_other_code


class Says:
    """A pipeline whose chances are told."""

    def __init__(self, *chances):
        self.chances = np.array([[1 - each, each] for each in chances])

    def predict_proba(self, features):
        return self.chances


@pytest.mark.parametrize(
    ("ours", "theirs", "examples", "same"),
    [((0.5, 0.25), (0.5, 0.25), 2, True), ((0.5, 0.25), (0.5, 0.2500001), 2, False), ((0.5, 0.25), (0.5, 0.25), 3, False)],
)  # fmt: skip
def test_it_is_the_same_where_as_many_examples_are_scored_alike_each(ours, theirs, examples, same):
    found = _compared(Says(*ours), Says(*theirs), None, examples)
    assert found.is_same is same
    assert (found.scored_differently > 0) == (found.largest_difference > 0)


def test_only_the_code_of_its_commit_may_train_it_again():
    row = {"model_name": "purchase", "version": 3}
    _refuse_other_code({**row, "code_version": code_version()})
    for other, said in (
        ("abc123", "was trained with commit abc123"),
        ("abc123+changes", "stands in no commit"),
        ("unknown", "stands in no commit"),
    ):
        with pytest.raises(ModelError, match=said):
            _refuse_other_code({**row, "code_version": other})


@pytest.mark.parametrize(
    ("found", "code"), [(Reproduction(2, 2, 0, 0.0), 0), (Reproduction(2, 3, 0, 0.0), 1), (Reproduction(2, 2, 1, 0.5), 1)]
)
def test_what_comes_out_different_is_told_to_scripts_too(tmp_path, monkeypatch, capsys, found, code):
    monkeypatch.setattr("models.reproduce.reproduce", lambda lake, name, version: found)
    monkeypatch.setattr("assets.open_lake.open_lake", lambda settings: None)
    monkeypatch.setenv("GREENHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "argv", ["greenhouse", "reproduce", "1"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code, "comes out the same" in capsys.readouterr().out) == (code, code == 0)
