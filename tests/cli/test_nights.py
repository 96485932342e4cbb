"""`greenhouse nights`: what is on and when it comes, and that a home has one daemon, the UI's or its own."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from cli import nights, ui
from lakehouse.engine import locks
from lakehouse.errors import GreenhouseError
from lakehouse.shop.home import adopt_shop
from orchestration.daemon import LOCK
from orchestration.switches import Switch
from tests.lakehouse.corner_shop import lay_out

AT = datetime(2011, 3, 26, 2, tzinfo=ZoneInfo("Asia/Tokyo"))


def test_what_is_on_is_shown_with_its_next_time_and_what_is_off_with_how_to_switch_it_on(capsys):
    on, looks = Switch("nightly", True, "the night", AT, None), Switch("train_on_drift", True, "trains", None, 300)
    nights.show([on, looks], "Asia/Tokyo")
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert said == [
        "what switched next (Asia/Tokyo) what it does", "nightly on Sat 2011-03-26 02:00 the night", "train_on_drift on looks every 300 s trains",
    ]  # fmt: skip
    nights.show([on, Switch("weekly_tend", False, "tends", None, None)], "Asia/Tokyo")
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert said[-2:] == ["weekly_tend off tends", "Switch them on with: ./greenhouse nights on"]


@pytest.fixture
def programs(settings, tmp_path, monkeypatch):
    """What the process would go on as, on a home of its own."""
    own, found = settings.model_copy(update={"home": tmp_path, "dagster_home": tmp_path / "dagster"}), []
    monkeypatch.setattr("lakehouse.settings.load_settings", lambda: own)
    monkeypatch.setattr("lakehouse.engine.session.session", lambda _: None)
    monkeypatch.setattr("orchestration.daemon.go_on_as", lambda _, *program: found.append(program))
    return own, found


def test_the_ui_brings_its_daemon_unless_one_runs_and_no_second_one_is_served(programs):
    own, found = programs
    with locks.exclusive(own.dagster_home / LOCK, 1, "being the daemon"):
        ui.ui()
        with pytest.raises(GreenhouseError, match=f"a daemon of {own.home} runs already"):
            nights.serve()
    ui.ui(port=3001)
    assert found == [
        ("dagster_webserver", "-h", "127.0.0.1", "-p", "3000"), ("dagster", "dev", "-h", "127.0.0.1", "-p", "3001"),
    ]  # fmt: skip


@pytest.fixture
def home(settings, tmp_path, monkeypatch):
    """A home with the corner shop, of which the command line knows by its setting alone."""
    own = settings.model_copy(
        update={"home": tmp_path / "home", "lake": str(tmp_path / "lake"), "dagster_home": tmp_path / "home" / "dagster"}
    )
    adopt_shop(own, lay_out(tmp_path))
    monkeypatch.setenv("GREENHOUSE_HOME", str(own.home))
    return own


def said(*arguments):
    done = CliRunner().invoke(nights.app, list(arguments))
    assert done.exit_code == 0, done.output
    return {line.split()[0]: " ".join(line.split()) for line in done.output.splitlines() if line.strip()}


def test_all_of_it_is_switched_on_and_off_and_each_says_what_it_does(home):
    names = {"nightly", "train_on_drift", "weekly_tend", "daily_freshness"}
    for arguments, state in ((["status"], "off"), (["on"], "on"), (["status"], "on"), (["off"], "off"), (["status"], "off")):
        found = said(*arguments)
        assert {name: found[name].split()[1] for name in names} == dict.fromkeys(names, state), arguments
        assert ("Switch" in found) == (state == "off")
    assert [name for name in names if len(found[name].split()) < 4] == [], "it does not say what it does"


def test_whether_a_daemon_is_there_to_run_it_is_said_as_it_is(home):
    assert said("status")["No"] == (
        "No daemon runs now, so nothing of it does: start ./greenhouse ui, or without a web page ./greenhouse nights serve."
    )
    with locks.exclusive(home.dagster_home / LOCK, 1, "being the daemon"):
        assert said("status")["A"] == "A daemon runs, and what is switched on with it."
