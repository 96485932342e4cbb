"""Failing rows by day equal those a plain loop counts, on random frames."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations.audit import audit
from lakehouse.contracts.model import Rule
from tests.conftest import SEARCH

DAYS = st.sampled_from([date(2011, 1, n) for n in (1, 2, 3)])
ROWS = st.lists(
    st.tuples(
        DAYS,
        st.none() | st.sampled_from("abcdefgh"),
        st.none() | st.integers(-3, 3),
        st.none() | st.sampled_from([0.0, -0.0, 1.5]),
        st.none() | st.sampled_from(["red", "blue"]),
    ),
    max_size=25,
)
ORACLE: dict[str, Callable[[tuple[Any, ...]], bool]] = {
    "present": lambda row: row[1] is not None,
    "between": lambda row: row[2] is None or -2 <= row[2] <= 2,
    "known": lambda row: row[4] in (None, "red"),
    "matches": lambda row: row[1] is None or row[1] in "abc",
    "sql": lambda row: row[2] is not None and row[3] is not None and row[2] <= row[3],
}
RULES = [
    Rule("present", "present", "order_id", ("order_id",)),
    Rule("between", "between", "quantity", ("quantity",), {"minimum": -2.0, "maximum": 2.0}),
    Rule("known", "in_set", "kind", ("kind",), {"values": ["red"]}),
    Rule("matches", "matches", "order_id", ("order_id",), {"pattern": "^[abc]$"}),
    Rule("sql", "sql", None, ("quantity", "price"), {"query": "quantity <= price"}),
    Rule("unique", "unique", None, ("order_id",)),
    Rule("unique_together", "unique", None, ("quantity", "price")),
]


def duplicates(rows: list[tuple[Any, ...]], *places: int) -> list[tuple[Any, ...]]:
    keys = Counter(tuple(row[place] for place in places) for row in rows)
    kept = [row for row in rows if any(row[place] is not None for place in places)]
    return [row for row in kept if keys[tuple(row[place] for place in places)] > 1]


@settings(max_examples=200 if SEARCH else 8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_counts_equal_a_plain_loop(frame, contract, rows):
    broken = {name: [row for row in rows if not holds(row)] for name, holds in ORACLE.items()}
    broken |= {"unique": duplicates(rows, 1), "unique_together": duplicates(rows, 2, 3)}
    report = audit(frame(*rows), contract(*RULES))
    for check in report.checks:
        days = tuple(sorted({str(row[0]) for row in broken[check.name]}))
        assert (check.failing_rows, check.failing_days, check.passed) == (len(broken[check.name]), days, not days), check
    assert report.rows_by_day == dict(sorted(Counter(str(row[0]) for row in rows).items()))
