"""`kill -9` of the run, of the engine, and of both, all over a publish: the next run completes and equals an undisturbed one.

A trial: `./greenhouse test -- -m trial tests/trials/test_crashes.py` kills at all sixty.
"""

from __future__ import annotations

import subprocess
import sys
import time
from decimal import Decimal

import pytest

from assets.house import open_lake
from lakehouse.engine import server, session
from lakehouse.home import adopt_shop
from lakehouse.reconcile import reconcile
from lakehouse.settings import REPOSITORY, Settings
from tests.lakehouse.shop import HEADER, LAST_DAY, SOURCE, line
from tests.trials.crashes import PLACES, PUBLISHED, VICTIMS, publish_day

pytestmark = pytest.mark.trial

DAYS = ("2011-03-25", "2011-03-26")
EVERY = [(place, victim) for place in PLACES for victim in VICTIMS]
LATE_COMMIT_SECONDS = 3


@pytest.fixture
def home(tmp_path):
    """A shop whose first day is published and whose second is delivered; its own engine is stopped at the end."""
    folder = tmp_path / "shop"
    (folder / "landing" / "lines").mkdir(parents=True)
    (folder / "source.yaml").write_text(SOURCE.format(lateness=0, last_day=LAST_DAY))
    for number, day in enumerate(DAYS):
        lines = [line(n, day, quantity=n % 7 + 1 + number) for n in range(2000)] + [line(2000 + n, day, price="-1") for n in range(5)]
        (folder / "landing" / "lines" / f"{day}.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    settings = Settings(home=tmp_path / "home", engine_memory="2g")
    adopt_shop(settings, folder / "source.yaml")
    yield settings.home
    session.close()
    server.stop(settings)


@pytest.mark.parametrize(("place", "victim"), EVERY)
def test_the_next_run_makes_good_what_a_kill_left(home, place, victim):
    publish_day(home, DAYS[0])
    session.close()
    died = subprocess.run(
        [sys.executable, "-m", "tests.trials.crashes", str(home), DAYS[1], place, victim], cwd=REPOSITORY, capture_output=True, check=False
    )
    # Without its engine a run ends by itself: with an error, or well where the engine had nothing left to do.
    assert died.returncode != 0 or victim == "engine", "it was not killed"
    publish_day(home, DAYS[1])
    lake = open_lake(Settings(home=home, engine_memory="2g"))
    versions = {table: lake.version(table) for table in PUBLISHED}
    expected = [sum((n % 7 + 1 + number) * Decimal("2.50") for n in range(2000)) for number in range(2)]
    rows = sorted(lake.arrow("kpis.daily_sales").to_pylist(), key=lambda row: row["day"])
    assert [row["sold_gbp"] for row in rows] == expected
    (account,) = reconcile(lake)
    assert account.balances
    assert (account.landed, account.published, account.quarantined) == (4010, 4000, 10)
    time.sleep(LATE_COMMIT_SECONDS)
    assert {table: lake.version(table) for table in PUBLISHED} == versions, "a killed run committed afterwards"
