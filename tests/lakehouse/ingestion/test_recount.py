"""Lines counted anew, where publishes left no figures: a lost line and a doubled one do not make each other good."""

from datetime import date
from types import SimpleNamespace

import pyarrow as pa

from lakehouse.ingestion.recount import recount
from lakehouse.tables.commit_record import CommitRecord

DAY, NEXT = date(2011, 3, 25), date(2011, 3, 26)


class Lake:
    """Three tables by file and row; `lines`: whether silver keeps which line a row was."""

    def __init__(self, landed, published, diverted, lines=True):
        self.tables = {"bronze.lines": landed, "silver.orders": published, "quarantine.orders": diverted}
        self.names = ("source_row",) if lines else ()

    def arrow(self, table, version=None, columns=None):
        assert version == (4 if table.startswith("quarantine") else None)
        kinds = {"file_day": pa.date32(), "file_row": pa.int64(), "source_row": pa.int64()}
        return pa.Table.from_pylist(self.tables[table], schema=pa.schema([(name, kinds.get(name, pa.string())) for name in columns]))

    def contract(self, table):
        return SimpleNamespace(column_names=self.names)


def landed(*rows, day=DAY):
    return [{"file_name": "a.csv", "file_row": row, "file_day": day} for row in rows]


def published(*rows):
    return [{"source_file": "a.csv", "source_row": row} for row in rows]


def diverted(*rows):
    return [{"source_file": "a.csv", "source_row": row, "outcome": "quarantined", "file_day": DAY} for row in rows]


def test_each_line_stands_once():
    assert recount(Lake(landed(1, 2, 3), published(1, 2), diverted(3)), "lines", "silver.orders", 4, []) == (
        {"quarantined": 1, "published": 2},
        0,
    )
    lost_and_doubled = Lake(landed(1, 2, 3), published(1, 1), diverted(3))
    assert recount(lost_and_doubled, "lines", "silver.orders", 4, [])[1] == 2
    two_versions = Lake(landed(1, 1), published(1), diverted(1))
    assert recount(two_versions, "lines", "silver.orders", 4, [])[1] == 0


def test_of_a_table_that_merges_the_newest_publish_of_a_day_says_how_many_it_judged():
    lake = Lake(landed(1, 2) + landed(1, 2, 3, day=NEXT), [], diverted(2), lines=False)
    newest = CommitRecord(("2011-03-26",), lines_by_day={"2011-03-26": 3})
    older = CommitRecord(("2011-03-25..2011-03-26",), lines_by_day={"2011-03-25": 2, "2011-03-26": 99})
    assert recount(lake, "lines", "silver.orders", 4, [newest, older]) == ({"quarantined": 1, "published": 4}, 0)
    one_too_few_one_too_many = CommitRecord(("2011-03-25..2011-03-26",), lines_by_day={"2011-03-25": 1, "2011-03-26": 4})
    assert recount(lake, "lines", "silver.orders", 4, [one_too_few_one_too_many])[1] == 2
