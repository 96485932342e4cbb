"""Source files: what is refused, and with which sentence."""

import subprocess
import sys
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
    select: |
      SELECT id AS order_id, cast(null AS string) AS customer_id, id AS product_id, cast(null AS string) AS product_group, 1 AS quantity,
        cast(1 AS decimal(18,4)) AS unit_price_gbp, true AS is_goods, false AS is_return, to_timestamp(sold_at) AS event_at, lineage
      FROM lines
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
        *(
            ("shop: corner", f"shop: corner\nnight_begins: {wrong}", "night_begins: .* is no time of day; write it as")
            for wrong in ("4.5", '"270"', "yes", '"04:30+02:00"', '"04:30:30"', "24:10", '"4:30"')
        ),
    ],
)
def test_a_wrong_source_stops_with_its_reason(shop, old, new, reason):
    with pytest.raises(SourceError, match=reason.replace("{", r"\{")):
        shop(GOOD.replace(old, new))


def told(shop, text):
    """Each line of the refusal, without the file that each begins with."""
    with pytest.raises(SourceError) as caught:
        shop(text)
    lines = caught.value.message.splitlines()
    assert all("source.yaml: " in each for each in lines)
    return [each.partition("source.yaml: ")[2] for each in lines]


def test_all_that_is_wrong_is_told_at_once(shop):
    text = GOOD.replace("SELECT id", "SELECT idd").replace("to_timestamp(sold_at) AS event_at, lineage", "l.solt AS is_late")
    text = text.replace("false AS is_return, ", "").replace("FROM lines", "FROM lines l").replace("key: [id]", "key: [idd]")
    assert told(shop, text) == [
        "inputs.lines.duplicates: idd is no column of it",
        "tables.orders.select: reads idd, which is no column of lines; did you mean id?",
        "tables.orders.select: reads l.solt, which is no column of lines; did you mean sold_at?",
        "tables.orders.select: does not give is_return (boolean); add it, or cast(null AS boolean) AS is_return where the shop does not tell it",
        "tables.orders.select: does not give event_at (timestamp); add it, as … AS event_at",
        "tables.orders.select: does not pass lineage on, which says which file and line a row came from; add lineage, or max(lineage) AS lineage where it groups",
    ]


def test_all_fields_that_are_wrong_are_told_at_once(shop):
    text = GOOD.replace("Europe/London", "Europe/Londn").replace("{day}", "2011").replace("SELECT id", "SELECT (id")
    assert [each.split(":")[0] for each in told(shop, text)] == ["time_zone", "inputs.lines.files", "tables.orders.select"]


def test_hints_name_no_inputs(shop):
    assert shop(GOOD.replace("SELECT id", "SELECT /*+ BROADCAST(l) */ id").replace("FROM lines", "FROM lines l")).inputs_of("orders") == (
        "lines",
    )


def test_a_wrong_select_is_told_without_an_engine(tmp_path):
    (tmp_path / "source.yaml").write_text(GOOD.replace("SELECT id", "SELECT idd"))
    code = (
        "import sys, time\n"
        "from pathlib import Path; from lakehouse.errors import SourceError; from lakehouse.source import load_shop\n"
        f"try: load_shop(Path({str(tmp_path / 'source.yaml')!r}))\n"
        "except SourceError as error: assert 'reads idd' in error.message\n"
        "else: sys.exit(1)\n"
        "sys.exit(2 if 'pyspark' in sys.modules else 3 if time.process_time() > 3 else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_missing_source_file_says_so(tmp_path):
    with pytest.raises(SourceError, match="no such source file"):
        load_shop(tmp_path / "none.yaml")
