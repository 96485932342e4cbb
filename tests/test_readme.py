"""Every command of the README is a command that there is, and some test or trial runs it."""

import re
import shlex

import pytest
import typer

from lakehouse.settings import REPOSITORY
from tests.readme import ELSEWHERE, TRIED, TRIED_IN_CI, commands

# Words that stand for a value, where the command line wants one it can read.
VALUES = {"DAY": "2011-12-01", "FILE": str(REPOSITORY / "examples" / "plantly" / "source.yaml")}


@pytest.fixture(scope="module")
def app():
    from cli.__main__ import app

    return typer.main.get_command(app)


def parsed(command, arguments, context=None):
    """Read a command line as `greenhouse` would, without doing what it says."""
    context = command.make_context(command.name, arguments, parent=context)
    if hasattr(command, "resolve_command"):
        _, below, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        parsed(below, rest, context)


@pytest.mark.parametrize("said", commands())
def test_the_command_line_knows_a_command_of_the_readme(app, said):
    parsed(app, [VALUES.get(word, word) for word in shlex.split(said)])


def test_what_the_command_line_does_not_know_is_refused(app):
    for wrong in (["demo", "--no-such"], ["quarantine", "lose"], ["backfill"]):
        with pytest.raises(Exception, match=r"(?i)no such|missing"):
            parsed(app, wrong)


def test_a_command_with_a_test_of_its_own_is_run_there():
    assert set(ELSEWHERE) <= set(commands()), "the README no longer names it"
    untested = {said: file for said, (file, how) in ELSEWHERE.items() if how not in (REPOSITORY / file).read_text()}
    assert untested == {}


def test_every_other_command_is_run_by_the_trial_on_the_real_shop_and_quick_ones_in_ci():
    assert set(commands()) == {*TRIED, *ELSEWHERE}
    assert len(TRIED_IN_CI) == 10
    assert [each for each in TRIED if re.search(r"\b[A-Z]{3,}_?[A-Z]*\b", each) and not each.startswith("sql")] == [], "give it a value"
