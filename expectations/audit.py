"""Judges a table's new rows by its contract, before anyone sees them. The one entry into this package.

Importing this module is cheap; Great Expectations (8 to 12 s) is imported at the first audit, or by `warm`.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lakehouse.contracts.model import Contract
from lakehouse.tables.audit_report import AuditReport

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# What Great Expectations imports of what everything else uses too, in packages whose modules import each other in circles: two threads
# that import such a package at once can see it half made, so it is whole before the thread begins.
SHARED = ("sqlalchemy.orm", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql", "pandas", "pyspark.sql.connect.session")

_lock = threading.Lock()
_import: threading.Thread | None = None


def audit(df: DataFrame, contract: Contract, expected: Sequence[str] = ()) -> AuditReport:
    """Evaluate every rule of the contract over the frame, for each value of its partition column on its own.

    `expected`: the partition values that should have rows, as text (`2011-01-31`; `2011-01-01` of a month): one that has none counts 0
    rows, which a row count rule may refuse. Every other rule judges the rows there are.
    A rule that cannot be evaluated has failed, and says why. Raises ContractError where the contract's rules are wrong, and what the
    engine raises where it cannot compute the frame itself: no rule is broken by rows that are not there.
    The frame's plan runs once for the figures, once more for each uniqueness rule and for examples: persist it
    where it is dear.
    """
    _wait_for_import()
    from expectations.evaluation import evaluate

    return evaluate(df, contract, tuple(expected) if contract.partition else ())


def warm() -> None:
    """Begin importing Great Expectations in the background, once a process, while Spark works. What is shared is imported at once."""
    global _import
    with _lock:
        if _import is None:
            for module in SHARED:
                importlib.import_module(module)
            _import = threading.Thread(target=_import_engine, name="import-great-expectations", daemon=True)
            _import.start()


def check_rules(contract: Contract) -> None:
    """Raise ContractError where Great Expectations does not know a rule's expectation or refuses its arguments."""
    _wait_for_import()
    from expectations.suite import build_suite

    build_suite(contract)


def _import_engine() -> None:
    import expectations.evaluation  # noqa: F401


def _wait_for_import() -> None:
    # The same holds between two threads that audit: one imports, the other waits.
    warm()
    if _import is not None:
        _import.join()
