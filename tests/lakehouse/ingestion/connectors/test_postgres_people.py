"""Customers in a table of a real PostgreSQL server: who is deleted there has a history that ends, and no name any more."""

from datetime import timedelta

import pytest

from lakehouse.ingestion.reconcile import reconcile
from lakehouse.publishing import invalidation
from tests.lakehouse.ingestion.connectors import postgres_server
from tests.lakehouse.ingestion.connectors.shop import FIRST, TODAY, WHOLE, PulledShop

BEFORE = TODAY - timedelta(days=3)
WATCHED = "postgres: {connection: origin, table: public.people, key: [id], watermark: updated_at, created: created_at}"
COMPARED = "postgres: {connection: origin, table: public.people, key: [id]}"
SOURCE = """\
shop: corner
time_zone: Europe/London
first_day: {first}
inputs:
  people:
    {origin}
    columns:
      - {{name: id, description: Their number.}}
      - {{name: name, description: Their name., classification: pii}}
      - {{name: region, description: Where.}}
      - {{name: created_at, description: Since when.}}
      - {{name: updated_at, description: Changed when.}}
tables:
  customers:
    accounts_for: people
    select: |
      SELECT id AS customer_id, name, cast(null AS string) AS email, region, cast(null AS string) AS climate_zone,
        cast(null AS string) AS age_band, cast(null AS boolean) AS has_pets, cast(null AS boolean) AS has_children,
        true AS consents_to_training, lineage
      FROM people
"""
TABLE = """
CREATE TABLE people (id bigint PRIMARY KEY, name text, region text, created_at timestamptz DEFAULT now() - interval '3 days',
  updated_at timestamptz DEFAULT now() - interval '3 days');
INSERT INTO people VALUES (1, 'Ann', 'Wales'), (2, 'Bob', 'Kent');
"""
CHANGE = "UPDATE people SET region = 'Devon', updated_at = now() WHERE id = 1; DELETE FROM people WHERE id = 2"
RETURN = "INSERT INTO people (id, name, region, updated_at) VALUES (2, 'Bob', 'Kent', now())"


@pytest.fixture
def shop(settings, spark, tmp_path):
    with postgres_server.running() as server:
        server.run(TABLE)
        shop = PulledShop(settings, spark, tmp_path, server.url, "postgres: {connection: origin, table: lines, key: [line]}")
        shop.reload(source(WATCHED))
        build(shop, WHOLE)
        shop.server = server
        yield shop


def source(origin):
    return SOURCE.format(first=FIRST, origin=origin)


def build(shop, days):
    for table in ("bronze.people", "silver.customers", "silver.customer_identity"):
        shop.publish(table, days)


def histories(shop):
    """The versions by region: from, to, since when the customer is known."""
    rows = shop.rows("silver.customers")
    assert all(row["is_current"] == (row["valid_to"] is None) for row in rows)
    return sorted((row["region"], row["valid_from"], row["valid_to"], row["first_known_day"]) for row in rows)


def names(shop):
    return sorted(row["name"] for row in shop.rows("silver.customer_identity"))


def test_a_delete_ends_the_history_and_takes_the_name_away_and_a_return_begins_a_version(shop):
    assert names(shop) == ["Ann", "Bob"]
    shop.server.run(CHANGE)
    shop.reload(source(COMPARED))
    build(shop, str(TODAY))
    ended = [("Devon", TODAY, None, BEFORE), ("Kent", BEFORE, TODAY, BEFORE), ("Wales", BEFORE, TODAY, BEFORE)]
    assert histories(shop) == ended
    assert names(shop) == ["Ann"]
    shop.server.run(RETURN)
    build(shop, str(TODAY))
    assert histories(shop) == sorted([*ended, ("Kent", TODAY, None, BEFORE)])
    assert names(shop) == ["Ann", "Bob"]
    assert invalidation.open_marks(shop.lake) == []
    assert all(account.balances for account in reconcile(shop.lake))
