"""`greenhouse nights`: what is on and when it comes, and that a home has one daemon, the UI's or its own."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cli import nights, ui
from lakehouse.engine import locks
from lakehouse.errors import GreenhouseError
from orchestration.daemon import LOCK
from orchestration.switches import Switch

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
