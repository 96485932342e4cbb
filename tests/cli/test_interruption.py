"""Ctrl-C and SIGTERM, sent to real processes: one sentence says what stands, the exit code is the shell's, and no process is left."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from cli.progress import Progress
from lakehouse.engine import server
from lakehouse.settings import REPOSITORY
from tests.lakehouse.corner_shop import CornerShop, line

DAY = "2011-03-25"
CODES = [(signal.SIGTERM, 143, "SIGTERM"), (signal.SIGINT, 130, "Ctrl-C")]
WAITS = """
import sys, time
from cli import __main__ as cli

@cli.app.command("waits")
def waits():
    print("waiting", flush=True)
    time.sleep(60)

{more}
sys.argv = ["greenhouse", "waits"]
cli.main()
"""
# What a run of Dagster leaves behind.
AFTER_DAGSTER = """
from dagster._utils.interrupts import capture_interrupts
real = time.sleep
def slept(seconds):
    with capture_interrupts():
        pass
    print("after Dagster", flush=True)
    real(seconds)
time.sleep = slept
"""


# As a shell starts what goes on in the background. Not by `preexec_fn`: what runs between fork and exec may wait for ever for a lock of another thread.
IN_BACKGROUND = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")


def started(arguments, environment=None, by=()):
    given = {**os.environ, "PYTHONPATH": str(REPOSITORY), **(environment or {})}
    pipe = subprocess.PIPE
    return subprocess.Popen([*by, sys.executable, *arguments], env=given, stdout=pipe, stderr=pipe, text=True)


def ended(process, number):
    process.send_signal(number)
    try:
        said = "".join(process.communicate(timeout=60))
    finally:
        process.kill()
    return process.returncode, said


@pytest.mark.parametrize("more", ["", AFTER_DAGSTER], ids=["alone", "after Dagster"])
@pytest.mark.parametrize(("number", "code", "name"), CODES)
def test_a_command_that_is_interrupted_says_so_in_one_sentence(number, code, name, more):
    process = started(["-c", WAITS.format(more=more)])
    assert [process.stdout.readline() for _ in range(2 if more else 1)][-1] in ("waiting\n", "after Dagster\n")
    assert ended(process, number) == (code, f"greenhouse: interrupted by {name}: nothing is half written; run it again\n")


def test_what_a_shell_started_in_the_background_ends_on_sigterm_and_not_on_ctrl_c():
    process = started(["-c", WAITS.format(more=AFTER_DAGSTER)], by=IN_BACKGROUND)
    assert [process.stdout.readline() for _ in range(2)] == ["waiting\n", "after Dagster\n"]
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    assert ended(process, signal.SIGTERM)[0] == 143


@pytest.mark.parametrize(("number", "code", "name"), CODES[:1])
def test_a_run_that_is_interrupted_says_what_stands(settings, spark, tmp_path, number, code, name):
    shop = CornerShop(settings, spark, tmp_path)
    shop.deliver(DAY, [line(n, DAY) for n in range(40)])
    environment = {
        "GREENHOUSE_HOME": str(tmp_path / "home"),
        "GREENHOUSE_LAKE": str(tmp_path / "lake"),
        "SPARK_REMOTE": server.status(settings).state.endpoint.url,
    }
    process = started(["-m", "cli", "run", "--source", str(tmp_path / "source.yaml"), "--to", DAY, "--from", DAY], environment)
    children = psutil.Process(process.pid).children
    for told in process.stderr:
        if "✓ bronze.lines" in told:
            break
    below = children(recursive=True)
    returned, said = ended(process, number)
    assert (returned, said.splitlines()[-1]) == (
        code,
        f"greenhouse: interrupted by {name}: 1 table was published and stands (bronze.lines); nothing is half written, and the same command, "
        "given again, goes on from there",
    )
    assert "Traceback" not in said
    assert [each for each in below if each.is_running()] == []
    assert len(shop.rows("bronze.lines")) == 40
    (run,) = shop.rows("monitoring.runs")
    assert run["outcome"] == "failure"


def test_what_stands_is_counted_once():
    told = Progress()
    assert told.standing().startswith("0 tables were published and stand; nothing is half written")
