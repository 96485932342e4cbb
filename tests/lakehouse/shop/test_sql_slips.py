"""SQL that the engine takes, or stops at, otherwise than whoever wrote it means is told when the source file is read."""

import pytest

from lakehouse.errors import SourceError
from lakehouse.shop.source import load_shop
from lakehouse.shop.sql_slips import slips
from tests.lakehouse.corner_shop import lay_out

COLUMNS = {"Customer ID": "customer", "customer": "customer", "day": "day", "line": "line"}


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ('SELECT "Customer ID" AS a,\n  "line" AS b FROM t', [(1, '"Customer ID" is a text, the same for every line; the column is customer'), (2, '"line" is a text, the same for every line; the column is line')]),
        ('SELECT try_cast("DAY" AS int) AS a FROM t', [(1, '"DAY" is a text, the same for every line; the column is day')]),
        ("SELECT coalesce(line, \u2018none\u2019) AS a FROM t", [(1, "\u2018none\u2019 stands in curly quotes, which are none to the engine; write straight ones, as in 'text'")]),
        ("SELECT\n li\u200bne AS a FROM t", [(2, "a character that nobody sees (U+200B) stands in line; take it out")]),
        ("SELECT a,\n uuid() AS b, Current_Date AS c, now() AS d FROM t", [(2, f"{name} is another each time, and a day that is built again must be the same; make it of the line's own columns") for name in ("uuid", "Current_Date", "now")]),
        ("SELECT now, uuid AS current_date, tools.rand(1), 'rand()' FROM t", []),
        ("SELECT 'line' AS a, date_trunc(\"day\", line), details[\"line\"], line = \"day\", \"else\" AS b, '\u2018' AS c -- \u2018\n FROM t", []),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_its_line_and_nothing_that_may_be_meant(sql, told):
    assert list(slips(sql, COLUMNS)) == told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("line AS order_id", '"line" AS order_id', r"yaml:{line}: tables.orders.select: \"line\" is a text"),
        ("line AS order_id", "lien AS order_id", r"yaml:{line}: tables.orders.select: reads lien, which is no column of lines; did you mean line\?"),
        ("line AS order_id", "line AS order_id, product AS order_id", "gives order_id twice; let it give one"),
        ("try_cast(quantity AS int) AS quantity", "quantity", r"gives quantity as string; silver takes decimal\(18,4\), write try_cast"),
        ("true AS is_goods", "'true' AS is_goods", "gives is_goods as string; silver takes boolean"),
        ("      FROM lines", "      FROM lines LIMIT 10", "LIMIT and OFFSET lose lines by chance"),
        ("true AS is_goods,", "true AS is_goods,,", r"not SQL: a comma stands before ,; take it out"),
        ("line AS order_id", "values AS order_id", "a word that is missing before it, or write `values` where a column is called so$"),
        ("line AS order_id", "line AS order_id x", "not SQL: x does not belong where it stands; look for a comma"),
        ("try_cast(quantity AS int)", "try_cast(quantity int)", "not SQL: AS is missing before int, as in cast"),
        ("try_cast(quantity AS int)", "nullif(quantity)", r"not SQL: a value is missing at \)"),
        ("      FROM lines", "      FROM", "not SQL: the name of an input is missing after FROM"),
        ("    select:", "    leaves_out: {tests: line}\n    select:", "leaves_out.tests: it is no condition; write one, as kind = 'test'"),
        ("lateness_days: 0", "lateness_days: yes", "lateness_days: it must be a whole number"),
        *(('"lines/{{day}}.csv"'.format(), f"'{path}'", "files: it is a place below the landing folder") for path in ("/srv/{day}.csv", "../{day}.csv", "~/{day}.csv", r"lines\{day}.csv", "s3a://b/{day}.csv")),
    ],
)  # fmt: skip
def test_a_source_file_is_refused_with_it(tmp_path, old, new, told):
    path = lay_out(tmp_path)
    good = path.read_text()
    assert old in good
    line = next(number for number, text in enumerate(good.splitlines(), 1) if "line AS order_id" in text)
    path.write_text(good.replace(old, new))
    with pytest.raises(SourceError, match=told.replace("{line}", str(line))) as caught:
        load_shop(path)
    assert not any(word in caught.value.message for word in ("sqlglot", "Token", "class"))
