"""The doctor says of each thing whether it is right, and of what is not the one thing that mends it."""

import stat
import sys

import pytest

from cli import doctor
from cli.__main__ import main
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
