"""`greenhouse demo`: which shops there are. Building them is a trial (tests/line/test_demo_plantly.py)."""

import pytest
from typer.testing import CliRunner

from cli.__main__ import app
from cli.demo import PLANTLY, QUICK


@pytest.mark.parametrize("name", ["quick", "plantly_quick", "shop"])
def test_another_name_is_refused_with_those_that_there_are(name, settings, monkeypatch):
    monkeypatch.setattr("cli.demo.open_pipeline", lambda *_: pytest.fail("nothing is built"))
    done = CliRunner().invoke(app, ["demo", name])
    assert done.exit_code == 2
    assert "the demos are online_retail and plantly" in " ".join(done.output.replace("│", " ").split())


def test_the_quick_shop_is_a_smaller_one_in_a_folder_of_its_own():
    assert QUICK.folder != PLANTLY.folder
    assert (QUICK.customers < PLANTLY.customers, len(QUICK.days) < len(PLANTLY.days)) == (True, True)
