"""`kill -9` of the run, of the engine, and of both, all over a publish: the next run completes and equals an undisturbed one.

A trial: `./greenhouse test -- -m trial tests/trials/test_crashes.py` kills at all sixty, one day of one shop each, so each stands on
those before it: a part can be run from the first on, not from the middle. Its results stand in docs/trials.md.
"""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import date, timedelta
from decimal import Decimal

import pytest

from assets.open_lake import open_lake
from lakehouse.engine import server, session
from lakehouse.ingestion.reconcile import reconcile
from lakehouse.settings import REPOSITORY, Settings
from lakehouse.shop.home import adopt_shop
from tests.lakehouse.corner_shop import deliver, lay_out, line
from tests.trials.crashes import PLACES, PUBLISHED, VICTIMS, crash_settings, publish_day

pytestmark = pytest.mark.trial

FIRST = date(2011, 3, 25)
# Every place once, then again with the next victim: the first twenty already cover them all.
EVERY = [(place, VICTIMS[(at + turn) % len(VICTIMS)]) for turn in range(len(VICTIMS)) for at, place in enumerate(PLACES)]
DAYS = [FIRST + timedelta(days=number) for number in range(len(EVERY) + 1)]
GOOD, BAD = 2000, 5
LATE_COMMIT_SECONDS = 3


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A shop whose first day is published; its own engine is stopped at the end."""
    folder = tmp_path_factory.mktemp("crashes")
    source = lay_out(folder, last_day=DAYS[-1])
    for number, day in enumerate(DAYS):
        lines = [line(n, str(day), quantity=n % 7 + 1 + number) for n in range(GOOD)]
        lines += [line(GOOD + n, str(day), price="-1") for n in range(BAD)]
        deliver(folder, str(day), lines)
    settings = crash_settings(folder / "home")
    adopt_shop(settings, source)
    publish_day(settings.home, str(DAYS[0]))
    yield settings.home
    session.close()
    server.stop(settings)


@pytest.mark.parametrize("number", range(1, len(DAYS)), ids=["-".join(entry) for entry in EVERY])
def test_the_next_run_makes_good_what_a_kill_left(home, number):
    (place, victim), day = EVERY[number - 1], str(DAYS[number])
    died = subprocess.run(
        [sys.executable, "-m", "tests.trials.crashes", str(home), day, place, victim], cwd=REPOSITORY, capture_output=True, check=False
    )
    # Without its engine a run ends by itself: with an error, or well where the engine had nothing left to do.
    assert died.returncode != 0 or victim == "engine", "it was not killed"
    publish_day(home, day)
    lake = open_lake(crash_settings(home))
    versions = {table: lake.version(table) for table in PUBLISHED}
    expected = {d: sum((n % 7 + 1 + at) * Decimal("2.50") for n in range(GOOD)) for at, d in enumerate(DAYS[: number + 1])}
    assert {row["day"]: row["sold_amount"] for row in lake.arrow("kpis.daily_sales").to_pylist()} == expected
    (account,) = reconcile(lake)
    assert account.balances
    assert (account.published, account.quarantined) == (GOOD * (number + 1), BAD * (number + 1))
    checked = lake.arrow("monitoring.check_results", columns=["table_name", "table_version"]).to_pylist()
    assert {(table, versions[table]) for table in PUBLISHED} <= {(row["table_name"], row["table_version"]) for row in checked}
    time.sleep(LATE_COMMIT_SECONDS)
    assert {table: lake.version(table) for table in PUBLISHED} == versions, "a killed run committed afterwards"


def test_settings_of_a_trial_take_nothing_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("GREENHOUSE_LAKE", "/elsewhere")
    assert crash_settings(tmp_path).lake == str(tmp_path / "lake")
    assert isinstance(crash_settings(tmp_path), Settings)
