"""Thirty days by nights in every order: each leaves what one run over all of them leaves, and nothing unaccounted.

A trial: `./greenhouse test -- -m trial tests/trials/test_orders_of_nights.py`; its results stand in docs/trials.md. Some days of it run in CI
(`tests/lakehouse/publishing/test_days_in_any_order.py`).
"""

from __future__ import annotations

import os
import random
import signal
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from assets.open_lake import open_lake
from expectations.audit import audit
from lakehouse.days import DayRange
from lakehouse.engine import server, session
from lakehouse.engine.state import read_state
from lakehouse.errors import GreenhouseError
from lakehouse.ingestion.reconcile import reconcile
from lakehouse.publishing.built_days import BuiltDays
from lakehouse.publishing.publish import publish
from lakehouse.shop.source import load_shop
from lakehouse.tables.registry import in_order
from lakehouse.tables.run import RunInfo
from orchestration.definitions import definitions_of
from orchestration.instance import instance_of
from tests.lakehouse.corner_shop import give_key
from tests.orchestration.launches import clicked, clicked_alone, commanded, scheduled, statuses
from tests.trials.month import CLOSED, DAYS, LAYERS, MONTH, content, deliver, files, lay_out

pytestmark = pytest.mark.trial
SEEDS = range(1, 11)


@pytest.fixture
def shop(settings, spark, tmp_path):
    """Makes a lake of the month's shop by name; all of them give people the same pseudonyms."""

    def make(name: str, own=settings, connect=lambda _: spark):
        source = lay_out(tmp_path / name)
        home = own.home if own is not settings else tmp_path / name / "home"
        give_key(home)
        there = own.model_copy(update={"home": home, "lake": str(tmp_path / name / "lake")})
        lake = open_lake(there, load_shop(source), connect)
        # The only line of a day that came by its own night may be a bad one.
        lake.contracts["silver.orders"] = replace(lake.contract("silver.orders"), quarantine_share=1.0)
        return lake

    return make


def folder(lake) -> Path:
    return lake.shop.path.parent


def night(lake, days: DayRange, *, catches_up: bool = True, breaks: str | None = None) -> set[str]:
    """Publish every table as a run of Dagster does: what stands on a failed one is not tried. Returns those that failed."""
    failed: set[str] = set()
    info = RunInfo("a trial", "a trial", "trial", catches_up=catches_up)
    for table in in_order(lake.tables, lake.shop):
        if table.layer not in LAYERS:
            continue
        try:
            if table.name == breaks or failed & set(table.upstreams(lake.shop)):
                raise GreenhouseError("broken by the trial")
            publish(lake, table.name, days, audit, info)
        except GreenhouseError as error:
            print(f"{days}: {error.message}")
            failed.add(table.name)
    return failed


@pytest.fixture(scope="module")
def expected():
    """By seed, what one run over the whole month leaves; made once."""
    return {}


def at_once(make, expected, seed):
    if seed not in expected:
        lake, delivered = make(f"at once {seed}"), files(seed)
        for day in MONTH:
            deliver(folder(lake), day, delivered)
        assert night(lake, MONTH) == set()
        expected[seed] = content(lake)
    return expected[seed]


def is_whole(lake, wanted) -> None:
    found = content(lake)
    for table in wanted:
        assert found[table] == wanted[table], table
    assert [account.unaccounted for account in reconcile(lake)] == [0, 0, 0]
    known = BuiltDays(lake)
    for name, table in lake.tables.items():
        if table.layer in ("silver", "partials", "kpis", "features"):
            assert known.built(name) == set(MONTH), name


@pytest.mark.parametrize("seed", SEEDS)
def test_in_random_order_by_nights_and_clicks_mixed(shop, expected, seed):
    wanted, rng, lake, delivered = at_once(shop, expected, seed), random.Random(seed), shop("shuffled"), files(seed)
    for day in MONTH:
        deliver(folder(lake), day, delivered)
    for day in rng.sample(list(MONTH), DAYS):
        night(lake, DayRange(day, day), catches_up=rng.random() < 0.2)
    assert night(lake, DayRange(MONTH.last, MONTH.last)) == set()
    is_whole(lake, wanted)


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_day_by_day(shop, expected, seed):
    wanted, lake, delivered = at_once(shop, expected, seed), shop("by day"), files(seed)
    for day in MONTH:
        deliver(folder(lake), day, delivered)
        assert night(lake, DayRange(day, day)) == set()
    is_whole(lake, wanted)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_night_may_fail_at_any_table(shop, expected, seed):
    wanted, rng, lake, delivered = at_once(shop, expected, seed), random.Random(seed), shop("failing"), files(seed)
    names = [name for name, table in lake.tables.items() if table.layer in LAYERS]
    for day in MONTH:
        deliver(folder(lake), day, delivered)
        night(lake, DayRange(day, day), breaks=rng.choice(names) if rng.random() < 0.2 else None)
    assert night(lake, DayRange(MONTH.last, MONTH.last)) == set()
    is_whole(lake, wanted)


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_launched_by_schedule_command_and_clicks_mixed(shop, expected, seed, tmp_path):
    """Every third night does not come at all, and people click on tables of other days between."""
    wanted, rng, lake, delivered = at_once(shop, expected, seed), random.Random(seed), shop("launched"), files(seed)
    lake = replace(lake, tables={name: table for name, table in lake.tables.items() if table.layer in LAYERS})
    launched = SimpleNamespace(lake=lake, instance=instance_of(lake.settings.model_copy(update={"dagster_home": tmp_path / "dagster"})))
    launched.definitions = definitions_of(lake)
    for day in MONTH:
        deliver(folder(lake), day, delivered)
        if rng.random() < 2 / 3 and day != CLOSED:
            rng.choice([scheduled, clicked, commanded])(launched, str(day))
        if rng.random() < 1 / 3:
            tables = rng.sample(list(lake.tables), 3)
            clicked_alone(launched, str(rng.choice([each for each in MONTH if each <= day])), tables)
    assert commanded(launched, str(MONTH.last)).success
    is_whole(lake, wanted)
    days = [str(day) for day in MONTH]
    for name in lake.tables:
        if not name.startswith("bronze."):
            assert statuses(launched, name, days) == dict.fromkeys(days, "MATERIALIZED"), name


def test_the_engine_is_killed_at_random(shop, expected, settings, tmp_path):
    seed, rng = 1, random.Random(5)
    wanted, delivered = at_once(shop, expected, seed), files(seed)
    session.close()
    own = settings.model_copy(update={"home": tmp_path / "killed home", "engine_memory": "2g"})
    lake = shop("killed", own, session.session)
    try:
        for first in list(MONTH)[::3]:
            days = DayRange(first, min(first + timedelta(days=2), MONTH.last))
            for day in days:
                deliver(folder(lake), day, delivered)
            timer = threading.Timer(rng.uniform(1, 25), _kill_engine, [lake.settings])
            timer.start()
            try:
                night(lake, days)
            except Exception as error:  # noqa: BLE001 - whatever a dead engine makes of a query
                print(f"{days}: {type(error).__name__}")
            timer.cancel()
        assert night(lake, DayRange(MONTH.last, MONTH.last)) == set()
        is_whole(lake, wanted)
    finally:
        session.close()
        server.stop(lake.settings)


def _kill_engine(settings) -> None:
    if state := read_state(settings):
        os.kill(state.pid, signal.SIGKILL)
