"""The doctor says of each thing whether it is right, and of what is not the one thing that mends it."""

import stat
import sys

import pytest

from cli import doctor
from cli.__main__ import main
from lakehouse.engine import server
from lakehouse.engine.probe import Answer
from lakehouse.engine.state import EngineState
from lakehouse.settings import load_settings


def found(settings):
    return {each.name: each for each in doctor.findings(settings)}


@pytest.fixture
def own(tmp_path):
    """A home that nothing was made in yet."""
    return load_settings().model_copy(update={"home": tmp_path / "home", "engine_memory": "512m"})


def test_a_new_home_on_this_machine_lacks_nothing(own):
    assert {each.name: each.way_out for each in found(own).values() if each.way_out} == {}
    assert not own.home.exists(), "looking makes nothing"


def test_what_is_wrong_is_said_with_what_mends_it(own, monkeypatch):
    own.home.mkdir()
    own.home.chmod(0o755)
    (own.home / "shop.json").write_text('{"source": "/nowhere/source.yaml"}')
    monkeypatch.setattr(doctor, "FREE_DISK", 1 << 60)
    seen = found(own.model_copy(update={"engine_memory": "900g"}))
    assert seen["memory"].way_out.startswith("close what else runs, or let the engine take less: export GREENHOUSE_ENGINE_MEMORY=")
    assert seen["disk"].way_out == "name another disk: export GREENHOUSE_HOME=/a/larger/disk"
    assert seen["home"].way_out == f"chmod 700 {own.home}"
    assert "/nowhere/source.yaml" in seen["shop"].said and seen["shop"].way_out
    assert not seen["engine"].way_out


def test_a_package_that_is_missing_is_named(own, monkeypatch):
    monkeypatch.setattr(doctor, "PACKAGES", ("dagster", "no-such-package"))
    assert found(own)["packages"].said == "no-such-package is not installed"
    assert found(own)["packages"].way_out.startswith("rm -rf .venv")


def test_a_machine_that_opens_no_port_and_a_home_of_somebody_else_are_told(own, monkeypatch):
    def refused(*_):
        raise OSError(1, "Operation not permitted")

    own.home.mkdir(mode=0o700)
    monkeypatch.setattr("socket.socket.bind", refused)
    monkeypatch.setattr("os.access", lambda *_: False)
    seen = found(own)
    assert "none can be opened on 127.0.0.1 (Operation not permitted)" in seen["ports"].said and seen["ports"].way_out
    assert seen["home"].way_out == f"give it to who runs Greenhouse: chown -R $USER {own.home}"


def test_an_engine_that_does_not_answer_is_to_be_stopped_and_one_elsewhere_is_not_asked(own, monkeypatch):
    state = EngineState(7, 4711, "the token", "2011-03-25T00:00:00+00:00", "/jars", "6g", "/lake", "4.1.1")
    monkeypatch.setattr(server, "status", lambda settings: server.EngineStatus(Answer.HUNG, "no answer", state))
    asked = own.model_copy(update={"engine_memory": "900g"})
    seen = found(asked)
    assert (seen["engine"].said, seen["engine"].way_out) == ("process 7 is hung: no answer", "./greenhouse engine stop")
    assert not seen["memory"].way_out, "what an engine has taken is not missing"
    assert not found(asked.model_copy(update={"spark_remote": "sc://elsewhere"}))["engine"].way_out


def test_it_ends_with_1_where_something_is_wrong_and_else_with_0(own, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "load_settings", lambda: own)
    monkeypatch.setattr(sys, "argv", ["greenhouse", "doctor"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    own.home.mkdir()
    own.home.chmod(stat.S_IRWXU | stat.S_IRGRP)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert f"chmod 700 {own.home}" in capsys.readouterr().out


def test_the_version_is_said_with_the_commit(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["greenhouse", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("greenhouse 0.1.0 (")
