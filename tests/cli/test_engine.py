"""`greenhouse engine`: one line, and an exit code that a script can ask for. The engine itself stands in `tests/lakehouse/test_engine`."""

import pytest
from typer.testing import CliRunner

from cli import engine
from lakehouse.engine import server, state
from lakehouse.engine.probe import Answer

STATE = state.EngineState(7, 4711, "the token", "2011-03-25T00:00:00+00:00", "/jars", "6g", "/lake", "4.1.1")


@pytest.fixture
def ran(settings, tmp_path, monkeypatch):
    """Run a command of it on a home of its own; its exit code and what it said."""

    def command(*arguments, **more):
        own = settings.model_copy(update={"home": tmp_path, **more})
        monkeypatch.setattr(engine, "load_settings", lambda: own)
        done = CliRunner().invoke(engine.app, list(arguments))
        return done.exit_code, done.output.strip()

    return command


def test_without_an_engine_each_command_says_so(ran, tmp_path):
    assert ran("status") == (3, "The engine is not running.")
    assert ran("stop") == (0, "There was no engine to stop.")
    assert ran("logs") == (0, "")
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "server.log").write_text("".join(f"line {n}\n" for n in range(60)))
    assert ran("logs", "-n", "2") == (0, "line 58\nline 59")
    assert len(ran("logs")[1].splitlines()) == 50


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (Answer.OK, 0, "The engine answers: Spark 4.1.1, process 7, localhost:4711, up to 6g of memory, since 2011-03-25T00:00:00+00:00, lake /lake."),
        (Answer.HUNG, 3, "The engine (process 7) is hung: 4.1.1. The next use replaces it."),
        (Answer.DEAD, 3, "The engine (process 7) is dead: 4.1.1. The next use replaces it."),
    ],
)  # fmt: skip
def test_its_status_is_a_sentence_without_its_token_and_an_exit_code(ran, monkeypatch, answer, code, said):
    monkeypatch.setattr(server, "status", lambda _: server.EngineStatus(answer, "4.1.1", STATE))
    assert ran("status") == (code, said)


def test_where_a_cluster_is_named_its_own_state_is_told_and_no_local_engine_started(ran):
    code, said = ran("status", spark_remote="sc://localhost:1/;token=secret")
    assert (code, said.startswith("SPARK_REMOTE is set: sc://localhost:1 is dead (")) == (3, True)
    code, said = ran("start", spark_remote="sc://localhost:1/;token=secret")
    assert (code, said) == (1, "Error: SPARK_REMOTE is set, so the local engine is not used: unset it to start one.")
    assert ran("status", spark_remote="http://x") == (1, "Error: SPARK_REMOTE must look like sc://host:15002, with parameters after `/;`.")
