"""The version of a feature changes with its code, its column and its inputs, and with nothing else."""

from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from assets.open_lake import open_lake
from features.feature_version import PACKAGE, code_hash, feature_versions
from lakehouse.contracts.model import Contract
from lakehouse.settings import load_settings
from lakehouse.shop.home import DEFAULT_SOURCE
from lakehouse.shop.source import load_shop

LAKE = open_lake(load_settings(), load_shop(DEFAULT_SOURCE))
CONTRACTS = LAKE.contracts
TABLE = LAKE.tables["features.customer_product_daily"]
NOW = feature_versions(TABLE, LAKE)


@pytest.fixture
def rewritten(tmp_path):
    """`rewritten(module, old, new)`: the hash of the pairs' code after that change, beside the hash before."""

    def of(module: str, old: str, new: str) -> bool:
        copy = copytree(PACKAGE, tmp_path / PACKAGE.name)
        path: Path = copy / f"{module}.py"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
        return code_hash("features.customer_product", copy) != code_hash("features.customer_product")

    return of


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("customer_product", 'balances.where("orders_90d > 0")', 'balances.where("orders_90d > 1")'),
        ("partials/summing", "F.sum(name)", "F.max(name)"),
        ("measures/sales", 'F.min("known_day")', 'F.max("known_day")'),
        ("measures/totals", "(7, 30, 90)", "(7, 30, 91)"),
        ("windows", "Window.unboundedPreceding, -1", "Window.unboundedPreceding, -2"),
    ],
)
def test_it_changes_with_its_code_and_with_what_that_imports(rewritten, module, old, new):
    assert rewritten(module, old, new)


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("customer_product", "# No shuffle by day", "\n    # None by day"),
        ("measures/sales", "Order lines of goods with", "The order lines\n\n    of goods that have"),
        ("measures/impressions", "F.lit(1)", "F.lit(2)"),
        ("product", "revenue_30d", "revenue_90d"),
        ("feature_version", "LENGTH = 12", "LENGTH = 11"),
    ],
)
def test_it_does_not_change_with_words_or_with_another_module(rewritten, module, old, new):
    assert not rewritten(module, old, new)


def test_each_feature_has_one_and_the_key_none():
    assert set(NOW) == set(CONTRACTS[TABLE.name].column_names) - {"day", "customer_key", "product_id"}
    assert len(set(NOW.values())) == len(NOW)
    assert feature_versions(TABLE, LAKE) == NOW


@pytest.mark.parametrize("change", [{"spark_type": "int"}, {"unit": "orders"}])
def test_it_changes_with_its_own_column_alone(change):
    found = changed(TABLE.name, "orders_7d", **change)
    assert {name for name in NOW if found[name] != NOW[name]} == {"orders_7d"}


def test_what_is_said_of_a_column_and_expected_of_it_does_not_count():
    assert changed(TABLE.name, "orders_7d", description="Another.", expected=None, minimum=1.0) == NOW


def test_it_changes_with_the_contract_of_an_input():
    newer = CONTRACTS | {"silver.orders": replace(CONTRACTS["silver.orders"], version="99.0.0")}
    for found in (changed("silver.orders", "quantity", spark_type="bigint"), versions_under(newer)):
        assert all(found[name] != NOW[name] for name in NOW)
    assert changed("silver.impressions", "is_clicked", spark_type="int") == NOW


def changed(table: str, column: str, **change: object) -> dict[str, str]:
    """The versions where a column of a contract is another."""
    columns = tuple(replace(each, **change) if each.name == column else each for each in CONTRACTS[table].columns)
    return versions_under(CONTRACTS | {table: replace(CONTRACTS[table], columns=columns)})


def versions_under(contracts: dict[str, Contract]) -> dict[str, str]:
    return feature_versions(TABLE, replace(LAKE, contracts=contracts))
