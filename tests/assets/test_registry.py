"""Every table has a contract, checks, a docstring, a test and known upstreams; contracts without a function are ledgers."""

import inspect
from functools import partial

import pytest

from assets.house import all_contracts, registered_tables, written_contracts
from expectations.audit import check_rules
from lakehouse.home import DEFAULT_SOURCE
from lakehouse.landing.bronze_tables import bronze_tables
from lakehouse.registry import in_order
from lakehouse.settings import REPOSITORY
from lakehouse.source import load_shop

TABLES = registered_tables()
TESTS = "\n".join(path.read_text() for path in (REPOSITORY / "tests").rglob("test_*.py") if path.name != "test_registry.py")


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
    assert name in TESTS or contract.name in TESTS, "no test names it"


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
