"""Source files: what is refused, and with which sentence."""

import json
import re
import subprocess
import sys
from datetime import date

import pytest

from lakehouse.days import DayRange
from lakehouse.errors import SourceError
from lakehouse.shop.source import load_shop
from lakehouse.shop.sql_reach import reaches_out

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
        cast(1 AS decimal(18,4)) AS unit_price, true AS is_goods, false AS is_return, to_timestamp(sold_at) AS event_at, lineage
      FROM lines
"""


@pytest.fixture
def shop(tmp_path):
    def write(text=GOOD):
        path = tmp_path / "source.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
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
        ("    accounts_for: lines\n", "", "no table accounts for it, .*; write accounts_for: lines under tables.orders$"),
        (
            "tables:\n",
            '  goods:\n    files: "goods/{day}.csv"\n    columns: [{name: code, description: C.}]\ntables:\n',
            "goods: no table accounts for it.*or where it is only looked up, looks_up: {goods: {key: {code: <SQL over lines>}}} under tables.orders$",
        ),
        ("key: [id]", "key: [idd]", "idd is no column"),
        ("    select:", "    leaves_out: {tests: \"kind = 'test'\"}\n    select:", "leaves_out.tests: kind is no column of input lines"),
        (
            "    select:",
            "    leaves_out: {tests: \"idd = 'test'\"}\n    select:",
            "leaves_out.tests: idd is no column of input lines; did you mean id\\?",
        ),
        (
            "    select:",
            "    leaves_out: {tests: \"uper(id) = 'T'\"}\n    select:",
            "leaves_out.tests: uper\\(…\\) is no function of .*; did you mean upper\\?",
        ),
        ("    select:", '    leaves_out: {tests: "id = ("}\n    select:', "leaves_out.tests: not SQL"),
        ("    select:", '    leaves_out: {tests: "max(id) > 1"}\n    select:', "a condition over the columns of one line"),
        ("    select:", '    leaves_out: {tests: "id IN (SELECT id FROM lines)"}\n    select:', "a condition over the columns of one line"),
        (
            "    select:",
            '    leaves_out: {tests: "row_number() OVER (ORDER BY id) > 1"}\n    select:',
            "a condition over the columns of one line",
        ),
        ("    select:", '    leaves_out: {of tests: "id = 1"}\n    select:', "leaves_out.of tests"),
        ("    accounts_for: lines\n", '    leaves_out: {tests: "id = 1"}\n', "no table accounts for it"),
        (
            "tables:\n",
            'tables:\n  products:\n    leaves_out: {a: "id = 1"}\n    select: SELECT id AS product_id, lineage FROM lines\n',
            "products.leaves_out: say accounts_for",
        ),
        ("{day}", "2011", "the pattern must hold {day}"),
        ("SELECT id", "SELECT (id", "not SQL"),
        ("SELECT id", "SELECT try_cast(id AS int AS number, id", "select: not SQL: the parenthesis after try_cast is not closed"),
        ("\n      FROM lines", ",\n      FROM lines", "select: not SQL: a comma stands before FROM; take it out"),
        ("shop: corner", "shop: corner\nshp: x", "shp: there is no such field here; did you mean shop"),
        ("shop: corner", "shop: corner\npath: /elsewhere", "path: there is no such field here"),
        ("shop: corner", "shop: no", "shop: YAML reads this as no text; put it in quotes"),
        ("shop: corner", "shop:", "shop: it has no value"),
        ("shop: corner", "1: corner", "1: the name of a field must be text"),
        ("[2011-01-01, ", "2011-01-01 #", "closed_days: write a list of days"),
        ("2011-01-08..", "2011-02-30..", "closed_days: 2011-02-30..2011-01-09 is no day"),
        ("2011-01-08..", "2011-01-10..", "closed_days: 2011-01-10..2011-01-09 is no day"),
        *(
            ("Europe/London", zone, "no time zone")
            for zone in ("Europe", "Europe/", "''", "../UTC", "Factory", "localtime", "europe/london")
        ),
        *(
            ("first_day: 2011-01-01", f"first_day: {wrong}", "first_day: .* (is no day; write it as 2011-01-31|lies outside the years)")
            for wrong in ("2011-02-30", "2011-01-01 10:00:00", "1293840000", "0001-01-01", "9999-12-31", "[2011-01-01]")
        ),
        *(("shop: corner", f"shop: corner\nlateness_days: {wrong}", "lateness_days: .*") for wrong in ("-1", "61", "0.5", "[3]")),
        ("last_day: 2011-01-31", "last_day: 2010-12-31", "last_day: 2010-12-31 lies before first_day, 2011-01-01"),
        ("  lines:\n", "  sales-lines:\n", "inputs.sales-lines: the name of an input is .*; call it sales_lines"),
        ("  lines:\n", "  2011:\n", "inputs.2011: YAML reads this as no text"),
        ("  lines:\n", "  _lines:\n", "inputs._lines: the name of an input is"),
        *(
            ("{name: id,", f"{{name: {wrong},", f"inputs.lines.columns.0.name: {reason}")
            for wrong, reason in (
                ("net-price", "net-price is no name of a column"),
                ("Größe", "Größe is no name of a column"),
                ("'a`b'", "a`b is no name of a column"),
                ("''", " is no name of a column"),
                ("_rescued", "_rescued is a name of Greenhouse's own"),
                ("LINEAGE", "LINEAGE is a name of Greenhouse's own"),
                ("File_Day", "File_Day is a name of Greenhouse's own"),
                ("no", "YAML reads this as no text"),
            )
        ),
        ("{name: sold_at,", "{name: ID,", "columns.1.name: ID differs from id in case alone"),
        ("{name: sold_at,", "{name: id,", "columns.1.name: id stands twice"),
        ("{name: sold_at,", "{name: sold_at, from: id,", "columns.1: another column is from id as well"),
        ("key: [id]", "key: []", "duplicates.key: "),
        ("key: [id]", "key: [id, id]", "duplicates.key: id stands twice"),
        ("SELECT id", "SELECT 'id", "select: not SQL: a quote or a comment has no end"),
        ("SELECT id", "DROP TABLE x; SELECT id", "select: not SQL: it must be one SELECT"),
        ("first_day: 2011-01-01", "first_day: yesterday", "first_day: yesterday is no day"),
        *(
            ("shop: corner", f"shop: corner\nnight_begins: {wrong}", "night_begins: .* is no time of day; write it as")
            for wrong in ("4.5", '"270"', "yes", '"04:30+02:00"', '"04:30:30"', "24:10", '"4:30"')
        ),
    ],
)
def test_a_wrong_source_stops_with_its_reason(shop, old, new, reason):
    assert old in GOOD
    with pytest.raises(SourceError, match=r"source\.yaml:\d+: .*" + reason.replace("{", r"\{")):
        shop(GOOD.replace(old, new))


def told(shop, text):
    """Each line of the refusal, without the file that each begins with."""
    with pytest.raises(SourceError) as caught:
        shop(text)
    lines = caught.value.message.splitlines()
    assert all(re.search(r"source\.yaml:\d+: ", each) for each in lines)
    return [each.partition("source.yaml:")[2] for each in lines]


def test_all_that_is_wrong_is_told_at_once(shop):
    text = GOOD.replace("SELECT id", "SELECT idd").replace("to_timestamp(sold_at) AS event_at, lineage", "l.solt AS is_late")
    text = text.replace("false AS is_return, ", "").replace("FROM lines", "FROM lines l").replace("key: [id]", "key: [idd]")
    assert told(shop, text) == [
        "12: inputs.lines.duplicates.key: idd is no column of it; did you mean id?",
        "16: tables.orders.select: does not give is_return (boolean), event_at (timestamp); add each, as … AS event_at, or cast(null AS boolean) AS is_return where the shop does not tell it",
        "16: tables.orders.select: does not pass lineage on, which says which file and line a row came from; add lineage, or max(lineage) AS lineage where it groups",
        "17: tables.orders.select: reads idd, which is no column of lines; did you mean id?",
        "18: tables.orders.select: reads l.solt, which is no column of lines; did you mean sold_at?",
    ]


def test_what_is_wrong_in_fields_and_between_them_is_told_together(shop):
    text = GOOD.replace("Europe/London", "Europe/Londn").replace("{day}", "2011").replace("2011-01-31", "2010-12-31")
    text = text.replace("{name: id, description: The line.}", "{name: Line No., descr: The line.}").replace("SELECT id", "SELECT idd")
    text += "  products:\n    accounts_for: line\n    select: |\n      SELECT\n        1 AS product_id a b FROM line\n"
    assert told(shop, text) == [
        "2: time_zone: Europe/Londn is no time zone of the tz database; did you mean Europe/London?",
        "4: last_day: 2010-12-31 lies before first_day, 2011-01-01",
        "8: inputs.lines.files: the pattern must hold {day} once",
        '10: inputs.lines.columns.0.name: Line No. is no name of a column: letters, digits and _ alone, and no digit first; write {name: line_no, from: "Line No."}',
        "10: inputs.lines.columns.0.description: it is missing",
        "10: inputs.lines.columns.0.descr: there is no such field here; did you mean description?",
        "21: tables.products.accounts_for: line is no input; inputs are lines",
        "24: tables.products.select: not SQL: a does not belong where it stands; look for a comma, a quote or a word that is missing before it",
    ]


def test_where_an_input_is_wrong_what_reads_others_is_still_judged(shop):
    others = '  others:\n    files: "others/{day}.csv"\n    columns: [{name: code, description: C.}]\n'
    products = "  products:\n    accounts_for: others\n    select: SELECT cod AS product_id, * FROM others\n"
    text = GOOD.replace("format", "form").replace("{name: id,", "{name: i d,").replace("tables:\n", f"{others}tables:\n") + products
    first, second, *missing = told(shop, text)
    assert first.startswith("10: inputs.lines.columns.0.name: i d is no name")
    assert second == "25: tables.products.select: reads cod, which is no column of others; did you mean code?"
    assert all("does not" in each for each in missing)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("reflect('java.lang.System', 'getenv', 'GREENHOUSE_CONNECTIONS')", "reflect calls Java"),
        ("`Java_Method` /* so */ ('java.lang.System', 'getenv', 'HOME')", "Java_Method calls Java"),
        ("system.builtin.try_reflect('java.lang.System', 'getenv', 'HOME')", "try_reflect calls Java"),
        ("'${env:GREENHOUSE_CONNECTIONS}'", "${ has the engine put in one of its variables"),
        ("(SELECT TRANSFORM(id) USING 'env' AS (x) FROM lines LIMIT 1)", "USING before a text runs a program"),
        ("(SELECT max(x) FROM IDENTIFIER('li' || 'nes'))", "IDENTIFIER(…) names what it reads"),
    ],
)
def test_sql_that_reaches_out_of_its_inputs_is_refused(shop, written, reason):
    line, _, sentence = told(shop, GOOD.replace("SELECT id AS order_id", f"SELECT\n        {written} AS order_id"))[0].partition(": ")
    assert line == "18"
    assert sentence.startswith(f"tables.orders.select: {reason}")
    condition = GOOD.replace("    select:", f"    leaves_out: {{tests: {json.dumps(written + ' = 1')}}}\n    select:")
    assert f"leaves_out.tests: {reason}" in told(shop, condition)[0]


def test_words_that_only_look_like_reaching_out_are_taken(shop):
    columns = "      - {name: reflect, description: R.}\n      - {name: identifier, description: I.}\n"
    text = GOOD.replace("columns:\n", f"columns:\n{columns}")
    text = text.replace("SELECT id", "SELECT concat('reflect(', reflect, identifier) || '$' || '{' AS more, id")
    assert shop(text).inputs_of("orders") == ("lines",)


def test_hints_name_no_inputs(shop):
    assert shop(GOOD.replace("SELECT id", "SELECT /*+ BROADCAST(l) */ id").replace("FROM lines", "FROM lines l")).inputs_of("orders") == (
        "lines",
    )


def test_a_wrong_select_is_told_without_an_engine(tmp_path):
    (tmp_path / "source.yaml").write_text(GOOD.replace("SELECT id", "SELECT idd"))
    code = (
        "import sys, time\n"
        "from pathlib import Path; from lakehouse.errors import SourceError; from lakehouse.shop.source import load_shop\n"
        f"try: load_shop(Path({str(tmp_path / 'source.yaml')!r}))\n"
        "except SourceError as error: assert 'reads idd' in error.message\n"
        "else: sys.exit(1)\n"
        "sys.exit(2 if 'pyspark' in sys.modules else 3 if time.process_time() > 3 else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (GOOD.replace("shop: corner", "shop: größe").encode("cp1252"), "1: it is not UTF-8 here; save the file as UTF-8"),
        (
            GOOD.replace("The line.", "Größe.").replace("When.", "Größe.").encode("latin-1"),
            "10: it is not UTF-8 here (nor in line 11); save the file as UTF-8",
        ),
        (GOOD.replace("    files", "\tfiles"), "8: not YAML: a tab stands where only spaces may; indent with spaces"),
        (GOOD.replace("corner", "c\0rner"), "1: not YAML: a control character stands here; take it out"),
        (GOOD + "---\n" + GOOD, "20: not YAML: a second document begins here; a source file is one, so take out the line of --- or ..."),
        ("- shop: corner\n", "1: it is no list of fields, which begins as shop: corner"),
        ("corner", "1: it is no list of fields, which begins as shop: corner"),
        ("", "1: it is empty"),
        ("[" * 5000, "1: it is nested too deeply"),
        (GOOD + "shop: other\n", "20: shop: stands twice, first in line 1; take one out"),
        (
            GOOD.replace("tables:", '  lines: {files: "{day}", columns: []}\ntables:'),
            "13: inputs.lines: stands twice, first in line 7; take one out",
        ),
        (
            GOOD.replace("{name: id,", "{name: id, name: id,"),
            "10: inputs.lines.columns.0.name: stands twice, first in line 10; take one out",
        ),
        (
            GOOD.replace("key: [id]", "key: [id], key: [id]"),
            "12: inputs.lines.duplicates.key: stands twice, first in line 12; take one out",
        ),
    ],
)
def test_a_file_that_is_not_one_text_of_fields_says_where(shop, text, sentence):
    assert told(shop, text) == [sentence]


def test_what_is_wrong_with_the_text_is_told_with_what_is_wrong_in_its_fields(shop):
    text = GOOD.replace("corner", "größe").replace("Europe/London", "Europe").replace("tables:", "  lines: 1\ntables:").encode("latin-1")
    assert [each.partition(":")[0] for each in told(shop, text)] == ["1", "2", "13", "13"]


def test_values_are_never_quoted_that_may_be_passwords(shop):
    for text in (
        GOOD.replace("shop: corner", "shop: [s3cret]"),
        GOOD + "password: s3cret\n",
        GOOD + "landing: s3a://u:s3cret@h\n",
        GOOD + " s3cret: [\n",
    ):
        assert "s3cret" not in str(told(shop, text))


def test_a_merged_field_is_found_on_its_line(shop):
    text = GOOD.replace("{name: id, description: The line.}", "&id {name: i d, description: The line.}\n      - {<<: *id, name: n}")
    (only,) = told(shop, text.replace("SELECT id AS", "SELECT n AS").replace("id AS", "n AS").replace("key: [id]", "key: [n]"))
    assert only.startswith("10: inputs.lines.columns.0.name: i d is no name")


def test_a_value_below_its_field_is_found_on_its_own_line(shop):
    assert told(shop, GOOD.replace("time_zone: Europe/London", "time_zone:\n\n  Europe"))[0].startswith(
        "4: time_zone: Europe is no time zone"
    )


def test_days_and_columns_may_be_written_with_and_without_quotes(shop):
    text = GOOD.replace("first_day: 2011-01-01", 'first_day: "2011-01-01"').replace("{name: id,", '{name: id, from: "No. of line",')
    read = shop(text.replace("[2011-01-01,", '["2011-01-01",'))
    assert read.first_day == date(2011, 1, 1)
    assert date(2011, 1, 1) in read.closed
    assert read.inputs["lines"].sources == {"id": "No. of line", "sold_at": "sold_at"}


def test_a_select_that_reads_what_the_source_calls_a_column_is_told_its_name(shop):
    text = GOOD.replace("{name: sold_at,", '{name: sold_at, from: "Verkauft am",').replace("(sold_at)", "(lines.`Verkauft am`)")
    reads = "18: tables.orders.select: reads lines.`Verkauft am`, which is no column of lines; did you mean sold_at?"
    assert told(shop, text) == [reads]


def test_inputs_that_differ_in_case_alone_are_refused(shop):
    text = GOOD.replace("tables:", '  Lines:\n    files: "more/{day}.csv"\n    columns: [{name: id, description: I.}]\ntables:')
    assert "13: inputs.Lines: it differs from lines in case alone, which the engine does not tell apart; rename one" in told(shop, text)


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        ("kafka: {connection: log, topic: lines}", "columns.0.name: record_at is a name of Greenhouse's own"),
        ("kafka: {connection: log, topic: lines}", "columns.1.name: Place_Row is a name of Greenhouse's own"),
        ("postgres: {connection: till, table: lines, key: [idd]}", "postgres.key: idd is no column of it"),
        (
            "postgres: {connection: till, table: lines, key: [sold_at], watermark: no_such}",
            "postgres.watermark: no_such is no column of it",
        ),
        ("postgres: {connection: till, table: lines, key: [sold_at], created: no_such}", "postgres.created: no_such is no column of it"),
    ],
)
def test_what_a_pulled_input_says_of_its_columns_is_held_against_them(shop, origin, reason):
    text = GOOD.replace('files: "lines/{day}.csv"', origin).replace("key: [id]", "key: [sold_at]")
    text = text.replace("{name: id,", "{name: record_at,")
    text = text.replace("{name: sold_at,", "{name: Place_Row, description: P.}\n      - {name: sold_at,")
    assert any(reason in each for each in told(shop, text))


def test_a_source_file_that_cannot_be_read_says_so(tmp_path):
    for path, reason in (
        (tmp_path / "none.yaml", "no such source file"),
        (tmp_path, "is a folder"),
        (tmp_path / ("x" * 300), "cannot be read"),
    ):
        with pytest.raises(SourceError, match=reason):
            load_shop(path)


PULLED = "postgres: {connection: origin, table: lines, key: [id]}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    select:", '    leaves_out: {tests: "id = 1"}\n    select:', "leaves_out.tests: rows of a database change; pull from a view"),
        (PULLED, f"{PULLED}\n    delivers: daily", "are for files"), (PULLED, f'{PULLED}\n    csv: {{delimiter: ";"}}', "csv says how CSV files"),
        (PULLED, f'{PULLED}\n    files: "{{day}}.csv"', "say one of files, postgres and kafka"), ("lines, key: [id]}", "lines, key: [ID]}", "ID is no column of it"),
        ("lines, key: [id]}", "lines, key: [id], watermark: changed}", "postgres.watermark: changed is no column of it"),
        ("table: lines", "table: lines; DROP TABLE x", "postgres.table"), ("lines, key: [id]}", "lines, key: [id], compare_every_days: 0}", "compare_every_days"),
    ],
)  # fmt: skip
def test_a_wrong_pulled_input_stops_with_its_reason(shop, old, new, said):
    pulled = GOOD.replace('files: "lines/{day}.csv"', PULLED)
    assert shop(pulled).inputs["lines"].postgres
    assert old in pulled
    with pytest.raises(SourceError) as caught:
        shop(pulled.replace(old, new))
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("csv", "said"),
    [
        ('{decimal: ",", thousands: ","}', "decimal and thousands must be two marks"), ('{delimiter: "x", quote: "x"}', "must be two signs"),
        ('{decimal: ","}', "are for columns of `type: number`, and there is none"), ("{encoding: latin-9000}", "is no encoding"),
        ('{quote: "\\n"}', "no line breaks"), ("{skip_lines: -1}", "skip_lines"),
    ],
)  # fmt: skip
def test_a_wrong_dialect_stops_with_its_reason(shop, csv, said):
    given = GOOD.replace("    columns:", f"    csv: {csv}\n    columns:")
    with pytest.raises(SourceError) as caught:
        shop(given.replace("name: sold_at,", "name: sold_at, type: number,") if "thousands" in csv else given)
    assert said in caught.value.message


def test_an_empty_file_is_a_day_without_rows_where_the_source_says_so_or_of_json_lines(shop):
    def taken(more):
        return shop(GOOD.replace("    columns:", f"    {more}\n    columns:")).inputs["lines"].takes_empty_files

    assert [taken(f"format: {each}") for each in ("csv", "jsonl", "parquet")] == [False, True, False]
    assert [taken(f"format: jsonl\n    empty_files: {each}") for each in ("true", "false")] == [True, False]
    assert taken("empty_files: true")


def test_a_files_day_is_digits_alone_and_a_star_reaches_over_no_folder(shop):
    pattern = shop(GOOD.replace("lines/{day}.csv", "lines/till*-{day}.csv")).inputs["lines"].name_pattern
    fits = ("lines/till1-2011-01-02.csv", "lines/till-2011-01-02.csv", "lines/till-a-2011-01-02.csv")
    assert all(pattern.match(name) for name in fits)
    others = (
        "lines/till1-2011-1-2.csv",
        "lines/till1-20x1-01-02.csv",
        "lines/till1/x-2011-01-02.csv",
        "lines/till1-2011-01-02.csv.part",
        "till1-2011-01-02.csv",
        "lines/till1-2011-01-02xcsv",
    )
    assert not any(pattern.match(name) for name in others)
    assert pattern.match(fits[0]).group(1) == "2011-01-02"


def test_the_days_on_which_a_file_is_expected_are_the_shops_open_ones(shop):
    read = shop()
    around = DayRange.parse("2010-12-30..2011-01-11")
    assert [str(day) for day in read.open_days(around)] == [f"2011-01-{day:02}" for day in (2, 3, 4, 5, 6, 7, 10, 11)]
    assert str(read.clip(DayRange.parse("2011-01-30..2011-02-02"))) == "2011-01-30..2011-01-31"
    assert read.clip(DayRange.parse("2011-02-01")) is None
    assert read.open_days(DayRange.parse("2011-02-01")) == []


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT '${x}'", 1), ("SELECT 1,\n '${spark:key}'", 2), ("SELECT try_reflect('a', 'b')", 1), ("SELECT\nJAVA_METHOD ('a', 'b')", 2),
        ("SELECT identifier('a')", 1), ("SELECT reflect, '$' || '{x}', 'reflect(a)' FROM t", None),
    ],
)  # fmt: skip
def test_what_reaches_out_is_found_on_its_line_whatever_it_is_called(sql, found):
    assert (reaches_out(sql) or (None,))[0] == found


def test_a_wrong_field_of_an_input_hides_nothing_else_of_it(corner):
    text = (corner.folder / "source.yaml").read_text()
    for old, new in (
        ('files: "lines/{day}.csv"', 'files: "lines/day.csv"\n    csv: {delimiter: ";;"}'), ("key: [line]", "key: [lin]"), ("SELECT line AS", "SELECT lyne AS"),
        ("{name: product,", "{name: Line, description: Again.}\n      - {name: product,"),
    ):  # fmt: skip
        text = text.replace(old, new)
    with pytest.raises(SourceError) as caught:
        corner.reload(text)
    told = [each.partition("source.yaml:")[2].partition(": ")[2] for each in caught.value.message.splitlines()]
    assert [each.partition(";")[0] for each in told] == [
        "inputs.lines.files: the pattern must hold {day} once",
        "inputs.lines.csv.delimiter: it must be one character",
        "inputs.lines.columns.2.name: Line differs from line in case alone, which the engine does not tell apart",
        "inputs.lines.duplicates.key: lin is no column of it",
        "tables.orders.select: reads lyne, which is no column of lines",
    ]
