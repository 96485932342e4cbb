"""What is told where the engine stops while a table is computed: table, days, condition, and the place in the shop's SELECT where that is known.

Never the engine's own words of a row, which may quote a person, nor its plan, which holds the pseudonyms' key.
"""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING

from lakehouse.errors import GreenhouseError, PublishError, SourceError, engine_said
from lakehouse.ingestion.silver.canonical import canonical_of
from lakehouse.ingestion.silver.shop_select import bound
from lakehouse.settings import REPOSITORY
from lakehouse.shop.source_text import Problem, read_source

if TYPE_CHECKING:
    from pyspark.errors import PySparkException

    from lakehouse.shop.source import CanonicalName
    from lakehouse.tables.run import Run

WAY_OUT = "use try_cast and its like, so that such a line goes to quarantine"
# Of these no line is to blame, or try_cast helps none.
WAYS_OUT = {
    "INVALID_TIMEZONE": "mend the name of the time zone",
    "INVALID_PARAMETER_VALUE": "mend what the function is given, as a regular expression that is none",
    "INCONSISTENT_BEHAVIOR_CROSS_VERSION": "mend the pattern of days and times, as 'yyyy-MM-dd HH:mm:ss'",
    "INVALID_DATETIME_PATTERN": "mend the pattern of days and times, as 'yyyy-MM-dd HH:mm:ss'",
    "USER_RAISED_EXCEPTION": "give null in place of raise_error, so that such a line goes to quarantine",
    "INVALID_ARRAY_INDEX": "use try_element_at, so that such a line goes to quarantine",
    "DIVIDE_BY_ZERO": "use try_divide, so that such a line goes to quarantine",
}
# What the engine's conditions name beside themselves that is a name and no value.
NAMES = ("objectName", "routineName", "path")
SHOWN_FILES = 3


def stopped(run: Run, error: PySparkException) -> GreenhouseError:
    """Why a table could not be computed, in one sentence: SourceError where the shop's SELECT stops at a line, else PublishError."""
    from pyspark.errors import AnalysisException

    if not error.getCondition():
        return PublishError(f"{run.table.name}: {_without_condition(error)}; what was published stands, run {run.days} again")
    canonical = canonical_of(run.table)
    if canonical is None or isinstance(error, AnalysisException):
        named = _named(error)
        return PublishError(
            f"{run.table.name}: the engine stops with {error.getCondition()}{named} on {run.days}, in {_place(run)}; nothing of it was published"
        )
    return _at_a_line(run, canonical, error)


def way_out(condition: str) -> str:
    """What to do where a SELECT stops with that condition."""
    return next((way for begins, way in WAYS_OUT.items() if condition.startswith(begins)), WAY_OUT)


def _without_condition(error: PySparkException) -> str:
    """Only what is said of an engine that is gone, in our words: no other text without a condition is known to be free of values."""
    said, own = engine_said(error), str(error).strip().splitlines()
    return said if said and said not in own else f"the engine stopped ({type(error).__name__})"


def _named(error: PySparkException) -> str:
    given = error.getMessageParameters() or {}
    found = [given[name].replace("`", "") for name in NAMES if given.get(name)]
    return f" ({', '.join(found)})" if found else ""


def _place(run: Run) -> str:
    """The function that makes the table, or the files that are landed."""
    if names := [str(file.path) for file in run.landing.files]:
        return ", ".join(names[:SHOWN_FILES]) + (f" or {len(names) - SHOWN_FILES} more files" if len(names) > SHOWN_FILES else "")
    function = run.table.function.func if isinstance(run.table.function, partial) else run.table.function
    file = inspect.getsourcefile(function) or ""
    return f"{function.__name__} ({file.removeprefix(f'{REPOSITORY}/')}:{inspect.getsourcelines(function)[1]})"


def _at_a_line(run: Run, canonical: CanonicalName, error: PySparkException) -> SourceError:
    shop, where = run.lake.shop, _in_select(run, canonical, error)
    fragment = f", in {where[1]}" if where else ""
    reason = f"the SELECT of {run.table.name} stops at a line of {run.days} with {error.getCondition()}{fragment}; {way_out(str(error.getCondition()))}"
    try:
        text = read_source(shop.path)
    except SourceError:  # the file was changed or taken away meanwhile; what stopped is what was read of it
        return SourceError(f"{shop.path}: {reason}")
    problem = Problem(("tables", canonical, "select"), reason, below=where[0] if where else 0)
    return text.refusal([problem]) or SourceError(f"{shop.path}: {reason}")


def _in_select(run: Run, canonical: CanonicalName, error: PySparkException) -> tuple[int, str] | None:
    """The line of the SELECT, from 1, and the part of it that stops; None where it is not said, or it is a condition of ours."""
    told = bound(run.lake.shop.tables[canonical].select, run.lake.shop)
    for context in error.getQueryContext() or ():
        fragment, start = context.fragment(), context.startIndex() if context.contextType().name == "SQL" else -1
        if fragment and start >= 0 and told.startswith(fragment, start):
            return told.count("\n", 0, start) + 1, " ".join(fragment.split())
    return None
