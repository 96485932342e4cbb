"""How the engine runs a publish that reads few rows: interpreted, in one task. Compiling its plans and laying them out over tasks takes longer
than such rows do.

Which publish that is belongs in `publishing/held`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from lakehouse.errors import GreenhouseError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SETTINGS = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.leafNodeDefaultParallelism": "1",
}

# What a session had of them before, while it runs for few rows.
_before: WeakKeyDictionary[SparkSession, dict[str, str]] = WeakKeyDictionary()


@contextmanager
def run_for(spark: SparkSession, few: bool) -> Iterator[None]:
    """Run what follows as suits few rows, or many. Where the engine stops, the session stays as it is, since the engine may be gone: the next
    publish says it anew."""
    if few:
        _run_for_few(spark)
    else:
        run_for_many(spark)
    try:
        yield
    except GreenhouseError:  # a refusal, not the engine's end
        run_for_many(spark)
        raise
    run_for_many(spark)


def _run_for_few(spark: SparkSession) -> None:
    if spark in _before:
        return
    _before[spark] = {name: value for name, value in spark.conf.getAll.items() if name in SETTINGS}
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)


def run_for_many(spark: SparkSession) -> None:
    """The session's own settings again: there are more rows than was thought, or there may be."""
    for name in SETTINGS if spark in _before else ():
        if name in _before[spark]:
            spark.conf.set(name, _before[spark][name])
        else:
            spark.conf.unset(name)
    _before.pop(spark, None)
