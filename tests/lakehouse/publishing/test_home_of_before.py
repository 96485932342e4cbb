"""A home that an earlier commit built goes on under today's code, and ends in what one run of today's code over all days leaves."""

import random
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest

from lakehouse.ingestion.reconcile import reconcile
from lakehouse.shop.home import adopt_shop, shop_of
from lakehouse.shop.home_version import HOME_VERSION
from tests.lakehouse.corner_shop import CornerShop
from tests.lakehouse.publishing.test_days_in_any_order import DAYS, FIRST, SEED, TABLES, delivered, night, shop
from tests.trials.month import rows_of

HOMES = sorted((Path(__file__).parents[1] / "homes").glob("*.tar.xz"))
LAST = FIRST + timedelta(days=DAYS - 1)


def test_homes_are_kept():
    assert [home.name for home in HOMES] == ["2026-11-27.tar.xz"]


class ShopOfBefore(CornerShop):
    """The corner shop in the folder of a home that stands already."""

    def __init__(self, settings: object, spark: object, folder: Path) -> None:
        self._open(settings, spark, folder / "source.yaml")


@pytest.mark.parametrize("home", HOMES, ids=lambda path: path.name)
def test_a_home_of_an_earlier_commit_goes_on(settings, spark, tmp_path, home):
    with tarfile.open(home) as packed:
        packed.extractall(tmp_path, filter="data")
    before, files = ShopOfBefore(settings, spark, tmp_path / "shop"), delivered(random.Random(SEED))
    own, stood = before.lake.settings, {table: rows_of(before.lake, table) for table in TABLES}
    assert adopt_shop(own, before.folder / "source.yaml").shop == "corner"
    for day, lines in files.items():
        before.deliver(str(day), lines)
    assert night(before, str(LAST), catches_up=True)
    at_once = shop(settings, spark, tmp_path / "at once", files)
    assert night(at_once, f"{FIRST}..{LAST}")
    for table in (*TABLES, "quarantine.orders"):
        assert rows_of(before.lake, table) == rows_of(at_once.lake, table), table
    assert {*stood["features.customer_product_daily"]} < {*rows_of(before.lake, "features.customer_product_daily")}, "days of before stand"
    assert [account.unaccounted for account in reconcile(before.lake)] == [0]
    assert shop_of(own).shop == "corner"
    assert f'"version": {HOME_VERSION}' in (own.home / "shop.json").read_text()
