"""`greenhouse sql`: tables by their names, in UTC, in the form asked for; what is no answer is one sentence."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
import typer
from deltalake import write_deltalake

from cli.sql import query_lake, show, sql
from lakehouse.errors import GreenhouseError, LakeError
from tests.lakehouse.corner_shop import CornerShop

ROWS = [(1, 'a,"b"', None), (2, "é", datetime(2011, 3, 25, tzinfo=UTC))]


@pytest.fixture
def lake(settings, tmp_path):
    lake = CornerShop(settings, None, tmp_path).lake
    rows = pa.table({"n": range(5), "at": [datetime(2011, 3, 25, 23, 30, tzinfo=UTC)] * 5})
    for table in ("kpis.daily_sales", "silver.orders"):
        write_deltalake(lake.path(table), rows)
    return lake


def test_tables_are_found_by_their_names_and_times_are_of_utc(lake):
    query = 'SELECT count(*) AS rows, max(hour(a.at)) FROM kpis.daily_sales a JOIN "silver"."orders" USING (n)'
    columns, rows = query_lake(lake, query)
    assert (columns[0], rows) == ("rows", [(5, 23)])


def test_as_many_rows_are_shown_as_asked_for_and_all_where_nobody_says(lake):
    query = "SELECT n FROM kpis.daily_sales ORDER BY n"
    assert [len(query_lake(lake, query, limit)[1]) for limit in (0, 2, 9)] == [5, 2, 5]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT FROM WHERE", "not SQL: "), ("SELECT no FROM kpis.daily_sales", 'Referenced column "no" not found'),
        ("SELECT * FROM kpis.daily_sale", "there is no table kpis.daily_sale"), ("SELECT * FROM silver.customers", "silver.customers was never published"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_said_in_a_line(lake, query, said):
    with pytest.raises((GreenhouseError, LakeError), match=said) as caught:
        query_lake(lake, query)
    assert "\n" not in caught.value.message


def test_an_answer_is_written_as_csv_or_a_json_object_a_line(capsys):
    show(["n", "text", "at"], ROWS, "csv")
    assert capsys.readouterr().out == 'n,text,at\n1,"a,""b""",\n2,é,2011-03-25 00:00:00+00:00\n'
    show(["n", "text", "at"], ROWS, "json")
    assert capsys.readouterr().out.splitlines()[0] == '{"n": 1, "text": "a,\\"b\\"", "at": null}'
    with pytest.raises(typer.BadParameter):
        sql("SELECT 1", output="xml")
