"""Events that become known up to a week late, over sixty days: night after night leaves what one run over everything leaves.

A trial: `./greenhouse test -- -m trial tests/trials/test_late_events.py`; its results stand in docs/trials.md.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta

import pytest

from lakehouse.days import DayRange
from lakehouse.tables.registry import in_order
from tests.lakehouse.corner_shop import CornerShop

pytestmark = pytest.mark.trial

FIRST, DAYS, LATENESS, SEED = date(2011, 3, 1), 60, 7, 11
CUSTOMERS, PRODUCTS, LINES_A_DAY = 12, 6, 60
LAYERS = ("bronze", "silver", "kpis", "partials", "features")
# Who lives where and what costs how much changes from file to file.
DIMENSIONS = """\
tables:
  customers:
    select: |
      SELECT customer AS customer_id, cast(null AS string) AS name, cast(null AS string) AS email,
        concat('region ', pmod(max(cast(line AS int)), 3)) AS region, cast(null AS string) AS climate_zone, cast(null AS string) AS age_band,
        cast(null AS boolean) AS has_pets, cast(null AS boolean) AS has_children, true AS consents_to_training, max(lineage) AS lineage
      FROM lines GROUP BY customer, lineage.file_day
  products:
    select: |
      SELECT product AS product_id, product AS name, product AS product_group, max_by(try_cast(price AS decimal(18,4)), lineage) AS price,
        if(product < 'p3', 'low', 'bright') AS light_need, product = 'p1' AS is_pet_safe, cast(null AS int) AS hardiness_zone_min,
        cast(null AS int) AS hardiness_zone_max, pmod(max(cast(line AS int)), 5) AS stock_units, cast(null AS string) AS invasive_regions,
        true AS is_goods, max(lineage) AS lineage
      FROM lines GROUP BY product, lineage.file_day
"""


def files(rng: random.Random) -> dict[date, list[str]]:
    """The lines of each file: most of its own day, some of up to a week before, sales and returns, and a few that break a rule."""
    found, number = defaultdict(list), 0
    for day in DayRange(FIRST, FIRST + timedelta(days=DAYS - 1)):
        for _ in range(LINES_A_DAY):
            number += 1
            late = rng.choice([0, 0, 0, 0, 0, *range(1, LATENESS + 1)])
            file = min(day + timedelta(days=late), FIRST + timedelta(days=DAYS - 1))
            quantity = rng.choice(["1", "2", "3", "-1"]) if number % 211 else "some"
            price = rng.choice(["2.50", "2.50", "3.10"])
            who, what = f"c{rng.randrange(CUSTOMERS)}", f"p{rng.randrange(PRODUCTS)}"
            at = f"{day} {rng.randrange(24):02}:{rng.randrange(60):02}:00"
            found[file].append(f"{number},{who},{what},{quantity},{price},{at}")
    return found


def shop(settings, spark, folder, lines) -> CornerShop:
    made = CornerShop(settings, spark, folder, lateness=LATENESS, last_day=FIRST + timedelta(days=DAYS - 1))
    source = (folder / "source.yaml").read_text().replace("first_day: 2011-03-25", f"first_day: {FIRST}")
    made.reload(source.replace("tables:\n", DIMENSIONS, 1))
    for day in DayRange(FIRST, FIRST + timedelta(days=DAYS - 1)):
        made.deliver(str(day), lines[day])
    return made


def tables(made: CornerShop) -> list[str]:
    return [table.name for table in in_order(made.lake.tables, made.lake.shop) if table.layer in LAYERS]


def same_pseudonyms(one: CornerShop, other: CornerShop) -> None:
    """A pseudonym is of its home's own key: both get the same."""
    folder = other.lake.settings.home / "secrets"
    folder.mkdir(parents=True)
    (folder / "customer_key").write_bytes(one.lake.secrets.customer_key())


def night(made: CornerShop, days: DayRange) -> None:
    for name in tables(made):
        made.publish(name, str(days))


def content(made: CornerShop, table: str) -> list[str]:
    return sorted(str({name: row[name] for name in row if name != "landed_at"}) for row in made.rows(table))


def test_night_after_night_equals_one_run_and_published_features_stay(settings, spark, tmp_path):
    rng = random.Random(SEED)
    lines = files(rng)
    nightly, at_once = (shop(settings, spark, tmp_path / name, lines) for name in ("nightly", "at_once"))
    same_pseudonyms(nightly, at_once)
    features = [name for name in tables(nightly) if name.startswith("features.")]
    day, before = FIRST, {name: [] for name in features}
    while day < FIRST + timedelta(days=DAYS):
        last = min(day + timedelta(days=rng.randrange(2, 7)), FIRST + timedelta(days=DAYS - 1))
        night(nightly, DayRange(day, last))
        for name in features:
            rows = content(nightly, name)
            assert set(before[name]) <= set(rows), f"{name}: a row published before {day} differs"
            before[name] = rows
        day = last + timedelta(days=1)
    night(at_once, DayRange(FIRST, FIRST + timedelta(days=DAYS - 1)))
    for name in tables(nightly):
        assert content(nightly, name) == content(at_once, name), name
    assert all(before.values())
    assert len(nightly.rows("silver.orders")) > DAYS * LINES_A_DAY * 0.95
