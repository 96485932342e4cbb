"""A table of a real PostgreSQL server: what is committed is pulled once, whenever its transaction began; updates and deletes take effect."""

import json
from datetime import timedelta

import pytest

from lakehouse.errors import PullError
from lakehouse.ingestion.connectors import spool
from lakehouse.ingestion.reconcile import reconcile
from lakehouse.publishing import invalidation
from lakehouse.publishing.built_days import BuiltDays
from tests.lakehouse.ingestion.connectors import postgres_server
from tests.lakehouse.ingestion.connectors.shop import FIRST, OWN, TODAY, WHOLE, PulledShop

COLUMNS = (*OWN, "created_at", "updated_at")
WATCHED = """
postgres:
  connection: origin
  table: public.lines
  key: [line]
  watermark: updated_at
  created: created_at
"""
COMPARED = "postgres: {connection: origin, table: public.lines, key: [line]}"
# What a test that failed left open would hold the table.
TABLE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend';
DROP TABLE IF EXISTS lines;
CREATE TABLE lines (line bigint PRIMARY KEY, customer text, product text, quantity int, price numeric(10,2), sold_at timestamptz DEFAULT now(),
  created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
"""


@pytest.fixture(scope="module")
def server():
    with postgres_server.running() as server:
        yield server


@pytest.fixture
def shop(settings, spark, server, tmp_path):
    """An empty table, and a shop that pulls what changes in it."""
    server.run(TABLE)
    return PulledShop(settings, spark, tmp_path, server.url, WATCHED, COLUMNS)


def insert(*numbers, quantity=1):
    listed = ", ".join(f"({number}, 'anna', 'fern', {quantity}, 2.50)" for number in numbers)
    return f"INSERT INTO lines (line, customer, product, quantity, price) VALUES {listed}"


def published(shop):
    return sorted((int(row["order_id"]), row["quantity"]) for row in shop.rows("silver.orders"))


def clean(shop, days=str(TODAY)):
    shop.land()
    shop.publish("silver.orders", days)


def landed(shop):
    return sorted(int(row["line"]) for row in shop.rows("bronze.lines", ["line"]))


def brought(shop):
    return [(row["kind"], row["rows_brought"]) for row in sorted(shop.rows("monitoring.pulls"), key=lambda row: row["pulled_at"])]


def test_a_row_whose_transaction_commits_late_is_not_missed_and_none_comes_twice(shop, server):
    server.run(insert(1))
    early, late = server.connect(autocommit=False), server.connect(autocommit=False)
    early.cursor().execute(insert(2))
    late.cursor().execute("SELECT now()")  # begun, and nothing written yet
    shop.land()
    server.run(insert(3))
    late.cursor().execute(insert(4))
    shop.land()
    assert landed(shop) == [1, 3]
    early.commit()
    late.commit()
    clean(shop)
    shop.land()
    assert published(shop) == [(1, 1), (2, 1), (3, 1), (4, 1)]
    assert BuiltDays(shop.lake).begin("silver.orders") == FIRST, "what is pulled is whole from the shop's first day on"
    assert len(shop.rows("bronze.lines")) == 4
    assert brought(shop) == [("first", 1), ("changes", 1), ("changes", 2), ("changes", 0)]
    early.close()
    late.close()


def test_an_update_takes_the_place_of_its_row_where_it_stood(shop, server):
    server.run(insert(1, 2), "UPDATE lines SET sold_at = sold_at - interval '9 days', created_at = created_at - interval '8 days'")
    clean(shop, WHOLE)
    shop.publish("kpis.daily_sales", WHOLE)
    server.run("UPDATE lines SET quantity = 7, updated_at = now() WHERE line = 1")
    clean(shop)
    shop.publish("kpis.daily_sales", str(TODAY))
    assert published(shop) == [(1, 7), (2, 1)]
    assert {row["known_day"] for row in shop.rows("silver.orders")} == {TODAY - timedelta(days=8)}
    assert [row["outcome"] for row in shop.rows("quarantine.orders")] == ["superseded"]
    assert [row["units_sold"] for row in shop.rows("kpis.daily_sales") if row["day"] == TODAY - timedelta(days=9)] == [8]
    assert invalidation.open_marks(shop.lake) == []
    (account,) = reconcile(shop.lake)
    assert (account.landed, account.published, account.set_aside, account.balances) == (3, 2, 1, True)
    shop.publish("silver.orders", str(TODAY))
    assert reconcile(shop.lake) == [account], "the day on which it was updated, run again, does not take it for a late one"


def test_deletes_are_seen_when_the_whole_table_is_compared(settings, spark, server, tmp_path):
    server.run(TABLE, insert(1, 2, 3))
    shop = PulledShop(settings, spark, tmp_path, server.url, COMPARED)
    clean(shop)
    server.run("DELETE FROM lines WHERE line = 2", "UPDATE lines SET quantity = 5 WHERE line = 3", insert(4))
    clean(shop)
    assert published(shop) == [(1, 1), (3, 5), (4, 1)]
    assert sorted(row["outcome"] for row in shop.rows("quarantine.orders")) == ["deleted", "superseded", "superseded"]
    clean(shop)
    server.run(insert(2, quantity=9))
    clean(shop)
    assert published(shop) == [(1, 1), (2, 9), (3, 5), (4, 1)]
    assert brought(shop) == [("first", 3), ("comparison", 3), ("comparison", 0), ("comparison", 1)]
    assert all(account.balances for account in reconcile(shop.lake))


def test_the_first_pull_dates_rows_by_their_creation_and_takes_none_of_later_days(shop, server):
    server.run(
        insert(1, 2), "UPDATE lines SET created_at = now() - interval '10 days', sold_at = now() - interval '10 days' WHERE line = 1"
    )
    shop.land(f"{FIRST}..{TODAY - timedelta(days=5)}")
    assert {int(row["line"]): row["file_day"] for row in shop.rows("bronze.lines")} == {1: TODAY - timedelta(days=10)}
    shop.land(WHOLE)
    assert {int(row["line"]): row["file_day"] for row in shop.rows("bronze.lines")}[2] == TODAY
    assert spool.files(shop.lake, "lines") != [], "what was just landed is removed by the next pull"
    shop.land(WHOLE)
    assert spool.files(shop.lake, "lines") == []


def test_values_come_as_their_database_writes_them_and_columns_nobody_named_are_kept(shop, server):
    server.run("ALTER TABLE lines ADD COLUMN note jsonb", insert(1), """UPDATE lines SET note = '{"gift": true}', price = 1234567.80""")
    notes = shop.land().notes
    (row,) = shop.rows("bronze.lines")
    assert (row["price"], row["_rescued"]) == ("1234567.80", '{"note": {"gift": true}}')
    assert row["updated_at"].endswith("+00")
    assert [note.partition(" is not in ")[0].rpartition(": ")[2] for note in notes] == ["column note"]


def test_a_prepared_transaction_is_waited_for(shop, server):
    with server.connect(autocommit=False) as two_phase:
        cursor = two_phase.cursor()
        cursor.execute(insert(1))
        cursor.execute("PREPARE TRANSACTION 'later'")
    server.run(insert(2))
    shop.land()
    shop.land()
    server.run("COMMIT PREPARED 'later'")
    shop.land()
    assert landed(shop) == [1, 2]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DROP TABLE lines", "there is no table public.lines, or shop may not see it"),
        ("ALTER TABLE lines DROP COLUMN price", "public.lines has no column price; put it back, or take it out of"),
        ("REVOKE pg_read_all_stats FROM shop", "run: GRANT pg_read_all_stats TO shop"),
        ("ALTER ROLE shop PASSWORD 'another'", "does not answer, or refuses shop: check address, user and password"),
    ],
)
def test_what_cannot_be_pulled_is_said_in_one_sentence_without_a_secret(shop, server, statement, said):
    server.run(insert(1))
    shop.land()
    server.run(statement)
    try:
        with pytest.raises(PullError, match=said) as caught:
            shop.land()
    finally:
        server.run("GRANT pg_read_all_stats TO shop", f"ALTER ROLE shop PASSWORD '{postgres_server.PASSWORD}'")
    assert postgres_server.PASSWORD not in caught.value.message
    assert "\n" not in caught.value.message
    assert len(shop.rows("bronze.lines")) == 1


ODD = ('"Customer ID"', '"it\'s"', '"price.net"', '"say ""so"""', '"a`b"', '"Line"', '"file_name"', '"row_version"', '"q?"', '"{x,y}"')


def test_columns_of_any_spelling_are_kept_then_mapped_and_watched(shop, server):
    names = [name[1:-1].replace('""', '"') for name in ODD]
    added = ", ".join(f"ADD COLUMN {name} text DEFAULT 'value {n}'" for n, name in enumerate(ODD))
    server.run(f"ALTER TABLE lines {added}", 'ALTER TABLE lines RENAME COLUMN updated_at TO "Changed At"', insert(1))
    source = (shop.folder / "source.yaml").read_text().replace("{name: updated_at,", '{name: updated_at, from: "Changed At",')
    shop.reload(source)
    clean(shop)
    assert json.loads(shop.rows("bronze.lines")[0]["_rescued"]) == {name: f"value {n}" for n, name in enumerate(names)}
    listed = "".join(f"      - {{name: odd{n}, from: {json.dumps(name)}, description: d}}\n" for n, name in enumerate(names))
    told = f"concat_ws('|', {', '.join(f'odd{n}' for n in range(len(names)))}) AS product_group"
    source = source.replace("    columns:\n", f"    columns:\n{listed}").replace("product AS product_group", told)
    shop.reload(source)
    server.run(insert(2), 'UPDATE lines SET quantity = 9, "Changed At" = now() WHERE line = 1')
    clean(shop)
    assert {row["order_id"]: row["product_group"] for row in shop.rows("silver.orders")} == dict.fromkeys(
        ("1", "2"), "|".join(f"value {n}" for n in range(len(names)))
    )
    assert published(shop) == [(1, 9), (2, 1)]
    assert brought(shop)[1] == ("changes", 2)
    assert all(account.balances for account in reconcile(shop.lake))


def test_a_column_that_the_table_lacks_is_said_as_the_table_would_call_it(shop, server):
    shop.reload((shop.folder / "source.yaml").read_text().replace("{name: product,", '{name: product, from: "Article No.",'))
    with pytest.raises(PullError, match=r"public\.lines has no column Article No\.; put it back, or take it out of "):
        shop.land()
