"""Rows that are updated and deleted in their database, by nights in every order: each leaves what one run over all of them leaves.

A trial: `./greenhouse test -- -m trial tests/trials/test_orders_of_pulls.py`; its results stand in docs/trials.md.
"""

from __future__ import annotations

import json
import random
from datetime import date, timedelta

import pytest

from lakehouse.errors import AuditFailed
from lakehouse.ingestion.reconcile import reconcile
from lakehouse.publishing.built_days import BuiltDays
from lakehouse.publishing.invalidation import open_marks
from tests.lakehouse.corner_shop import give_key
from tests.lakehouse.ingestion.connectors import postgres_server
from tests.lakehouse.ingestion.connectors.shop import OWN, TODAY, WHOLE, PulledShop
from tests.lakehouse.ingestion.connectors.test_postgres import COLUMNS, COMPARED, TABLE, WATCHED

pytestmark = pytest.mark.trial
SEEDS = range(1, 11)
TABLES = ("silver.orders", "kpis.daily_sales", "partials.customer_product_day", "features.customer_product_daily")
DAYS = [TODAY - timedelta(days=back) for back in range(7, -1, -1)]
# Of the pull, and so of each shop's own.
ITS_OWN = ("landed_at", "source_file", "source_sha256", "source_row")


@pytest.fixture(scope="module")
def server():
    with postgres_server.running() as server:
        yield server


def changes(rng: random.Random, day: date, known: list[int], deletes: bool) -> list[str]:
    """What happens in the database on a day: sales, corrections of earlier ones, and some that were none. A table that is compared as a
    whole is known on the day of its pull, which is always today."""
    at, statements = f"timestamptz '{day} 12:00:00+00'", []
    for number in range(len(known) + 1, len(known) + 4):
        sold = f"timestamptz '{(TODAY if deletes else day) - timedelta(days=rng.randrange(3))} 00:30:00+00'"
        statements.append(f"INSERT INTO lines VALUES ({number}, 'c{number % 3}', 'p{number % 2}', 1, 2.50, {sold}, {at}, {at})")
    for number in rng.sample(known, min(2, len(known))):
        statements.append(f"UPDATE lines SET quantity = {rng.randrange(2, 9)}, updated_at = {at} WHERE line = {number}")
    if deletes and known:
        statements.append(f"DELETE FROM lines WHERE line = {rng.choice(known)}")
    known.extend(range(len(known) + 1, len(known) + 4))
    return statements


def night(shop: PulledShop, days: str, *, catches_up: bool) -> bool:
    try:
        for table in TABLES:
            shop.publish(table, days, catches_up=catches_up)
    except AuditFailed:
        return False
    return True


def rows_of(shop: PulledShop, table: str) -> list[str]:
    return sorted(str(_without_its_own(row)) for row in shop.rows(table))


def _without_its_own(row: dict) -> dict:
    kept = {name: row[name] for name in row if name not in ITS_OWN}
    return kept | ({"row_json": _without_its_own(json.loads(row["row_json"]))} if "row_json" in row else {})


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["updates", "updates and deletes"])
def test_rows_that_change_at_their_source(settings, spark, server, tmp_path, seed, kind):
    rng, known = random.Random(seed), []
    server.run(TABLE)
    origin, columns = (WATCHED, COLUMNS) if kind == "updates" else (COMPARED, OWN)
    at_once, shuffled = (PulledShop(settings, spark, tmp_path / name, server.url, origin, columns) for name in ("at once", "shuffled"))
    for shop in (at_once, shuffled):
        give_key(shop.lake.settings.home)
    for number, day in enumerate(DAYS):
        server.run(*changes(rng, day, known, kind != "updates"))
        for shop in (at_once, shuffled):
            shop.land()
        for asked in rng.sample(DAYS[: number + 1], min(2, number + 1)):
            night(shuffled, str(asked), catches_up=rng.random() < 0.3)
    assert night(at_once, WHOLE, catches_up=False)
    assert night(shuffled, str(TODAY), catches_up=True)
    for table in (*TABLES, "quarantine.orders"):
        assert rows_of(shuffled, table) == rows_of(at_once, table), table
    assert [account.unaccounted for account in reconcile(shuffled.lake)] == [0]
    assert open_marks(shuffled.lake) == []
    assert not any(BuiltDays(shuffled.lake).missing(table, TODAY) for table in TABLES)
