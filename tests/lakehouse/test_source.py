"""Source files: what is refused, and with which sentence."""

from datetime import date

import pytest

from lakehouse.errors import SourceError
from lakehouse.source import load_shop

GOOD = """\
shop: corner
time_zone: Europe/London
first_day: 2011-01-01
last_day: 2011-01-31
closed_days: [2011-01-01, 2011-01-08..2011-01-09]
inputs:
  lines:
    files: "lines/{day}.csv"
    columns:
      - {name: id, description: The line.}
      - {name: sold_at, description: When.}
    duplicates: {key: [id]}
tables:
  orders:
    accounts_for: lines
    select: SELECT id AS order_id, lineage FROM lines
"""


@pytest.fixture
def shop(tmp_path):
    def write(text=GOOD):
        path = tmp_path / "source.yaml"
        path.write_text(text)
        return load_shop(path)

    return write


def test_closed_days_and_inputs_are_read(shop):
    read = shop()
    assert read.closed == {date(2011, 1, 1), date(2011, 1, 8), date(2011, 1, 9)}
    assert read.inputs_of("orders") == ("lines",)
    assert not read.has("impressions")
    assert read.inputs_of("impressions") == ()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Europe/London", "Europe/Londn", "no time zone"),
        ("FROM lines", "FROM line", "line is no input"),
        ("accounts_for: lines", "accounts_for: others", "others is no input"),
        ("    accounts_for: lines\n", "", "no table accounts for it"),
        ("key: [id]", "key: [idd]", "idd is no column"),
        ("    select:", "    leaves_out: {tests: \"kind = 'test'\"}\n    select:", "leaves_out.tests: kind is no column of input lines"),
        ("    select:", '    leaves_out: {tests: "id = ("}\n    select:', "leaves_out.tests: not SQL"),
        ("    select:", '    leaves_out: {tests: "max(id) > 1"}\n    select:', "a condition over the columns of one line"),
        ("    select:", '    leaves_out: {of tests: "id = 1"}\n    select:', "leaves_out.of tests"),
        ("    accounts_for: lines\n", '    leaves_out: {tests: "id = 1"}\n', "no table accounts for it"),
        (
            "tables:\n",
            'tables:\n  products:\n    leaves_out: {a: "id = 1"}\n    select: SELECT id AS product_id, lineage FROM lines\n',
            "products.leaves_out: say accounts_for",
        ),
        ("{day}", "2011", "the pattern must hold {day}"),
        ("SELECT id", "SELECT (id", "not SQL"),
        ("shop: corner", "shop: corner\nshp: x", "shp"),
        ("first_day: 2011-01-01", "first_day: yesterday", "first_day"),
    ],
)
def test_a_wrong_source_stops_with_its_reason(shop, old, new, reason):
    with pytest.raises(SourceError, match=reason.replace("{", r"\{")):
        shop(GOOD.replace(old, new))


def test_a_missing_source_file_says_so(tmp_path):
    with pytest.raises(SourceError, match="no such source file"):
        load_shop(tmp_path / "none.yaml")
