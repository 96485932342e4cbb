"""What a publish knows while it computes, and in which order tables stand: versions fixed once, days written, reads that are there."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

import assets.silver.orders  # noqa: F401 - registers the table
from lakehouse.days import DayRange
from lakehouse.errors import RegistryError
from lakehouse.publishing.days_to_write import _caught_up
from lakehouse.tables.reads import days
from lakehouse.tables.registry import Table, in_order, table
from lakehouse.tables.run import Run, RunInfo

D1, D2, D3, D4 = date(2011, 3, 25), date(2011, 3, 26), date(2011, 3, 29), date(2011, 3, 30)


class Growing:
    """A lake of which every look finds a newer version."""

    def __init__(self) -> None:
        self.newest = 0

    def version(self, name: str) -> int:
        self.newest += 1
        return self.newest

    def read_counted(self, name: str, version: int, of: Any) -> tuple[tuple[str, int, Any], None]:
        return (name, version, of), None


def run_of(lake: Any = None, only: tuple[str, ...] = (), **more: Any) -> Run:
    columns = {"orders_7d": "a1", "units_7d": "b2"}
    made = Table("features.x", lambda: None, {}, versions=lambda of, _: columns)
    return Run(lake, made, DayRange(D1, D2), RunInfo("r", "a test", "test", only_columns=only), "p", **more)


def test_an_upstream_is_read_at_one_version_however_often_and_told_as_it_was_read() -> None:
    run = run_of(Growing())
    assert run.read("silver.orders", (D1,)) == ("silver.orders", 1, (D1,))
    assert run.read("silver.orders") == ("silver.orders", 1, None)
    assert run.version_of("silver.customers") == 2
    assert run.input_versions == {"silver.orders": 1, "silver.customers": 2}
    assert run.rows_read == [None, None], "nobody counted them, so they are not few"


def test_the_days_written_are_those_asked_for_unless_it_is_told_and_unfinished_ones_are_not_built() -> None:
    assert run_of().written == (D1, D2)
    run = run_of(written=(D3, D1), built=frozenset({D2}), unfinished=frozenset({D3}))
    assert run.days == DayRange(D1, D3)
    assert run.built_with_it == {D1, D2}


def test_a_run_of_some_columns_records_their_versions_alone() -> None:
    assert run_of().table.column_versions(run_of()) == {"orders_7d": "a1", "units_7d": "b2"}
    one = run_of(only=("units_7d",))
    assert one.table.column_versions(one) == {"units_7d": "b2"}


@pytest.mark.parametrize(("catches_up", "only", "days"), [(True, (), {D3}), (False, (), set()), (True, ("orders_7d",), set())])
def test_what_nights_before_left_is_built_by_a_night_of_whole_rows_alone_and_told_by_any_other(
    catches_up: bool, only: tuple[str, ...], days: set[date]
) -> None:
    run = run_of(only=only, refused={D4: "no"})
    run.info.catches_up = catches_up
    known: Any = SimpleNamespace(missing=lambda table, last: {D1, D2, D3, D4})
    assert _caught_up(run, known) == days
    told = "is built for 2011-03-29 as well, which no night had built" if days else "is still not built for 2011-03-29"
    assert run.notes[0] == "left unbuilt once more: no"
    assert told in run.notes[1]


def tables(**reads: tuple[str, ...]) -> dict[str, Table]:
    return {name: Table(name, lambda: None, {str(n): days(of) for n, of in enumerate(each)}) for name, each in reads.items()}


def test_each_table_stands_after_all_it_reads() -> None:
    shop: Any = SimpleNamespace()
    assert [each.name for each in in_order(tables(c=("b", "a"), b=("a",), a=()), shop)] == ["a", "b", "c"]
    with pytest.raises(RegistryError, match="in a circle: a → b → a"):
        in_order(tables(a=("b",), b=("a",)), shop)
    with pytest.raises(RegistryError, match="a reads b, which no function makes"):
        in_order(tables(a=("b",)), shop)


def test_a_function_takes_what_its_reads_name_and_no_other_module_takes_its_name() -> None:
    with pytest.raises(RegistryError, match=r"the function takes \['orders'\], its reads name \['lines'\]"):
        table("kpis.of_a_test", reads={"lines": days("silver.orders")})(lambda orders: orders)
    with pytest.raises(RegistryError, match=r"silver\.orders is registered twice: assets\.silver\.orders and "):
        table("silver.orders", reads={})(lambda: None)
