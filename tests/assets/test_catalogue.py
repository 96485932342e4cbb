"""The catalogue page says what contracts say, and the one in docs/ is the reference shop's.

After a change that is meant: ./greenhouse check --fix.
"""

import re

from assets.catalogue import GRAINS, catalogue
from assets.open_lake import open_lake
from lakehouse.settings import REPOSITORY
from lakehouse.shop.home import DEFAULT_SOURCE
from lakehouse.shop.source import load_shop
from models.purchase import FEATURES
from tests.generated import is_as_generated

PAGE = REPOSITORY / "docs" / "catalogue.md"


def test_the_page_in_the_docs_is_as_generated(settings):
    found = catalogue(open_lake(settings, load_shop(DEFAULT_SOURCE)))
    is_as_generated(PAGE, found)


def test_every_feature_says_what_uses_it(settings):
    lines = catalogue(open_lake(settings, load_shop(DEFAULT_SOURCE))).splitlines()
    columns = [line.split(" | ") for line in lines if line.startswith("| `")]
    used = [cells[0].strip("| `") for cells in columns if cells[-1] == "purchase |"]
    derived = {"group_orders_90d"}  # summed up over a group while pairs are joined: no column of a feature table
    assert sorted(used) == sorted(feature.column for feature in FEATURES if feature.column not in derived)
    features = [cells for cells in columns if len(cells) > 3 and cells[-1].strip(" |")]
    assert {cells[-1] for cells in features} == {"purchase |", "no model |"}
    assert all(re.fullmatch("[0-9a-f]{12}", cells[-2]) and (cells[-3] or cells[1] == "boolean") for cells in features)


def test_every_grain_of_the_model_has_its_table():
    assert set(GRAINS.values()) == {feature.grain for feature in FEATURES}
