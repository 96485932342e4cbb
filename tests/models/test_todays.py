"""What today's model names and nobody makes yet is told before training, with the command that makes it."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lakehouse.settings import Settings
from lakehouse.tables.lake import Lake
from models.errors import ModelError
from models.feature_list import GROUP_ORDERS, Feature, FeatureList
from models.purchase import FEATURES
from models.todays import refuse_rankings_unmade, refuse_unmade
from tests.lakehouse.corner_shop import CornerShop

ORDERS, GROUPS = Feature("customer", "orders_7d"), Feature("pair", GROUP_ORDERS)


@pytest.fixture
def lake(settings: Settings, tmp_path: Any) -> Lake:
    """Customers' features were published without `units_7d`, at version 0, and with it since."""
    lake = CornerShop(settings, None, tmp_path).lake
    for table, rows in ((pa.table({"orders_7d": [1]}), "overwrite"), (pa.table({"orders_7d": [1], "units_7d": [2.0]}), "overwrite")):
        write_deltalake(lake.path("features.customer_daily"), table, mode=rows, schema_mode="overwrite")
    return lake


def run_of(lake: Lake, version: int) -> Any:
    return SimpleNamespace(lake=lake, version_of=lambda table: version)


def test_a_column_that_no_contract_holds_is_named_with_its_table(lake: Lake) -> None:
    with pytest.raises(ModelError, match=r"names customer_mood \(mood of features\.customer_daily\), which the contract does not hold"):
        refuse_unmade(run_of(lake, 1), FeatureList((ORDERS, Feature("customer", "mood"))))


def test_a_column_that_stands_only_since_a_later_version_is_made_by_a_backfill(lake: Lake) -> None:
    features = FeatureList((ORDERS, GROUPS, Feature("customer", "units_7d")))
    said = (
        r"features\.customer_daily was not published with units_7d yet: \./greenhouse backfill features\.customer_daily --feature units_7d "
        rf"--from {date(2011, 3, 25)} makes its history, then train"
    )
    with pytest.raises(ModelError, match=said):
        refuse_unmade(run_of(lake, 0), features)
    refuse_unmade(run_of(lake, 1), features)


def test_a_column_that_a_simple_ranking_is_made_of_may_not_be_left_out_of_the_model() -> None:
    left = FeatureList(tuple(feature for feature in FEATURES if feature.name != "product_buyers_30d"))
    with pytest.raises(
        ModelError, match=r"models/baselines\.py makes buyers of product_buyers_30d, which models/purchase\.py does not name"
    ):
        refuse_rankings_unmade(left)
    refuse_rankings_unmade(FEATURES)
