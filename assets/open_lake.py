"""Opens a home's lake with every table there is: the ones registered by functions, and bronze and quarantine, which follow from the shop."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Never

from assets.bronze_tables import bronze_tables
from lakehouse.contracts.model import Contract
from lakehouse.contracts.odcs import load_contracts
from lakehouse.errors import EngineError
from lakehouse.ingestion.bronze.bronze_contracts import bronze_contracts
from lakehouse.publishing.quarantine import quarantine_contract
from lakehouse.settings import REPOSITORY, Settings
from lakehouse.shop.home import shop_of
from lakehouse.shop.source import Shop
from lakehouse.tables.lake import Lake
from lakehouse.tables.registry import TABLES, Table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CONTRACTS = REPOSITORY / "expectations" / "contracts"
PACKAGES_WITH_TABLES = ("assets", "features", "monitoring")


def open_lake(settings: Settings, shop: Shop | None = None, connect: Callable[[Settings], SparkSession] | None = None) -> Lake:
    """The lake of a home (and, by default, of its own shop, on its own engine). Starts no engine until one is needed."""
    from lakehouse.engine.session import session

    shop = shop or shop_of(settings)
    return Lake(settings, shop, all_contracts(shop), {**bronze_tables(shop), **registered_tables()}, connect or session)


def contracts_only_lake(settings: Settings) -> Lake:
    """The lake for reading: contracts, but no functions and no engine, so that it opens at once."""
    shop = shop_of(settings)
    return Lake(settings, shop, all_contracts(shop), {}, _no_engine)


def _no_engine(settings: Settings) -> Never:
    raise EngineError("this lake was opened for reading without the engine")


def all_contracts(shop: Shop) -> dict[str, Contract]:
    """Every contract: written by hand, made from the shop's inputs, and the quarantines beside silver."""
    written = {name: contract.in_currency(shop.currency) for name, contract in written_contracts().items()}
    beside = [quarantine_contract(contract) for contract in written.values() if contract.layer == "silver"]
    return {**bronze_contracts(shop), **written, **{contract.table: contract for contract in beside}}


@cache
def written_contracts() -> dict[str, Contract]:
    """The contracts of `expectations/contracts`, of no shop: money is in no currency yet."""
    return load_contracts(CONTRACTS)


@cache
def registered_tables() -> dict[str, Table]:
    """Every table that a function makes; imports the modules that hold them."""
    for package in PACKAGES_WITH_TABLES:
        for name in _modules(importlib.import_module(package)):
            importlib.import_module(name)
    return TABLES


def _modules(package: ModuleType) -> Iterator[str]:
    return (found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.") if found.name != __name__)
