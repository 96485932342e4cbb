"""`greenhouse check`: every step is run and told, what fails is shown with the way out, and `--fix` runs what mends."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import develop
from cli.__main__ import app
from cli.develop import GENERATED, STEPS, Step
from lakehouse.settings import REPOSITORY

GOOD = Step("good", ("python", "-c", "pass"))
BAD = Step("bad", ("python", "-c", "print('line 7 is wrong'); raise SystemExit(3)"), mend=("python", "-c", "pass"))
MADE = Step("made", ("python", "-c", "import os; raise SystemExit('AGAIN' not in os.environ)"), mends_with="AGAIN")
HARD = Step("hard", ("python", "-c", "raise SystemExit(1)"))


@pytest.fixture
def ran(monkeypatch):
    """Run `check` with those steps; its exit code and what it said."""

    def command(steps, *arguments):
        monkeypatch.setattr(develop, "STEPS", steps)
        done = CliRunner().invoke(app, ["check", *arguments])
        return done.exit_code, done.output

    return command


def test_every_step_is_told_also_after_one_that_fails(ran):
    code, said = ran((BAD, GOOD))
    assert code == 1
    assert said.splitlines()[:3] == ["line 7 is wrong", " no bad", " ok good"]
    assert said.splitlines()[3] == "Not in order: bad. ./greenhouse check --fix mends what can be mended by itself."
    assert ran((GOOD,)) == (0, " ok good\nIn order: good\n")


def test_fix_runs_what_mends_and_what_nothing_mends_is_left_to_a_person(ran):
    assert ran((MADE,))[0] == 1
    assert ran((BAD, MADE), "--fix")[0] == 0
    code, said = ran((BAD, HARD), "--fix")
    assert code == 1 and "Not in order: hard. What is left needs a person" in said
    assert "What is left needs a person" in ran((HARD,))[1], "nothing that --fix could do"


def test_every_step_is_there_and_every_generated_file_is_among_them():
    assert [step.name for step in STEPS if not Path(sys.executable).with_name(step.command[0]).exists()] == []
    wanted = "\nfrom tests.generated import is_as_generated\n"
    comparing = [path for path in (REPOSITORY / "tests").rglob("test_*.py") if wanted in path.read_text()]
    assert {str(path.relative_to(REPOSITORY)) for path in comparing} == set(GENERATED)


def test_a_generated_file_that_differs_is_told_with_the_command_and_written_where_it_is_asked_for(tmp_path, monkeypatch):
    from tests.generated import FIX, is_as_generated

    assert next(step.mends_with for step in STEPS if step.mends_with) == FIX
    page = tmp_path / "page.md"
    page.write_text("old")
    monkeypatch.delenv(FIX, raising=False)
    with pytest.raises(AssertionError, match=r"page\.md is not as generated: \./greenhouse check --fix writes it anew"):
        is_as_generated(page, "new")
    monkeypatch.setenv(FIX, "1")
    is_as_generated(page, "new")
    assert page.read_text() == "new"
