"""Every table has a contract, checks, a docstring, a test and known upstreams; contracts without a function are ledgers."""

import inspect
from functools import partial

import pytest

from assets.bronze_tables import bronze_tables
from assets.open_lake import all_contracts, registered_tables, written_contracts
from expectations.audit import check_rules
from lakehouse.shop.home import DEFAULT_SOURCE
from lakehouse.shop.source import load_shop
from lakehouse.tables.registry import in_order
from tests.reach import PUBLISHED, called_by_tests

TABLES = registered_tables()
CALLED = called_by_tests()


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_is_complete(name):
    contract = written_contracts()[name]
    assert contract.rules, "it has no checks"
    check_rules(contract)
    assert contract.primary_key
    assert contract.owner
    assert inspect.getdoc(TABLES[name].function), "it has no docstring"
    assert not isinstance(TABLES[name].function, partial)
    assert TABLES[name].function.__name__ == contract.name
    function = TABLES[name].function
    assert CALLED & {(function.__module__, function.__name__), (PUBLISHED, name)}, "no test calls its function or publishes it"


@pytest.mark.parametrize("example", ["online_retail", "plantly"])
def test_every_upstream_is_known_in_both_shops(example):
    shop = load_shop(DEFAULT_SOURCE.parent.parent / example / "source.yaml")
    tables = {**bronze_tables(shop), **TABLES}
    assert [table.name for table in in_order(tables, shop)]
    assert set(tables) <= set(all_contracts(shop))


def test_contracts_without_a_function_are_ledgers():
    assert {name for name, contract in written_contracts().items() if name not in TABLES} == {
        name for name, contract in written_contracts().items() if contract.write == "ledger"
    }


def test_a_table_that_tests_only_name_has_no_test(tmp_path):
    """Imports that nobody uses, names in texts and trials do not count; fixtures and helpers of other modules do."""
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_named.py").write_text(
        "from assets.kpis.daily_sales import daily_sales\nNAME = 'kpis.daily_conversion'\ndef test_it(): assert NAME\n"
    )
    (folder / "test_trial.py").write_text("from a.b import c\nimport pytest\n@pytest.mark.trial\ndef test_it(): c()\n")
    (folder / "test_trials.py").write_text("from a.b import d\nimport pytest\npytestmark = pytest.mark.trial\ndef test_it(): d()\n")
    assert called_by_tests(folder) == set()
    (folder / "helpers.py").write_text("from a.b import c\ndef made(): return c()\n")
    (folder / "test_called.py").write_text(
        "from tests.helpers import made\ndef rows(): return made()\ndef test_it(rows, shop): shop.publish('kpis.daily_sales', rows)\n"
    )
    assert {("a.b", "c"), (PUBLISHED, "kpis.daily_sales")} <= called_by_tests(folder)
