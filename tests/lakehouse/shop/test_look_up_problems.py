"""Inputs beside the one that a SELECT reads: what is refused when source.yaml is read, and the words that each refusal says to write."""

import pytest

from tests.lakehouse.shop.test_source import GOOD, shop, told

__all__ = ["shop"]
ARTICLES = '  articles:\n    files: "articles/{day}.csv"\n    columns: [{name: code, description: C.}, {name: kind, description: K.}]\n'
JOINED = GOOD.replace("tables:\n", f"{ARTICLES}tables:\n").replace(
    "FROM lines", "FROM lines l\n      LEFT JOIN articles a ON a.code = l.id"
)
DECLARED = JOINED.replace("    select:", "    looks_up: {articles: {key: {code: id}}}\n    select:")
LOOKED_UP = DECLARED.replace("\n      LEFT JOIN articles a ON a.code = l.id", "").replace("id AS product_id", "articles.kind AS product_id")
UNDECLARED = (
    "23: tables.orders.select: reads articles beside lines, and a night would find other rows of it than a range of days, since each sees its "
    "own files alone; let FROM name lines alone, declare looks_up: {articles: {key: {code: id}}} beside it, and read articles.code as a "
    "column of lines"
)


def test_what_is_looked_up_needs_no_table_of_its_own(shop):
    read = shop(LOOKED_UP)
    assert read.inputs_of("orders") == ("lines",)
    assert list(read.looks_up("orders")) == ["articles"]
    assert read.is_looked_up("articles")
    assert not read.is_looked_up("lines")
    assert [read.holds_events(name) for name in ("lines", "articles")] == [True, False]
    assert shop(LOOKED_UP.replace("{code: id}", "{code: id}, last_days: 2")).holds_events("articles")
    assert read.looks_up("products") == {}


def test_a_second_input_is_refused_with_the_words_to_write(shop):
    assert UNDECLARED in told(shop, JOINED)
    assert told(shop, DECLARED) == [
        "24: tables.orders.select: "
        + UNDECLARED.partition("select: ")[2].replace(" declare looks_up: {articles: {key: {code: id}}} beside it,", "")
    ]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (
            "LEFT JOIN articles ON articles.code = lines.id AND lines.sold_at = articles.kind",
            "{articles: {key: {code: id, kind: sold_at}}}",
        ),
        ("JOIN articles USING (code)", "{articles: {key: {code: code}}}"),
        ("WHERE id IN (SELECT code FROM articles)", "{articles: {key: {<column of articles>: <column of lines>}}}"),
        ("UNION ALL SELECT * FROM articles", "{articles: {key: {<column of articles>: <column of lines>}}}"),
        (", articles", "{articles: {key: {<column of articles>: <column of lines>}}}"),
    ],
)
def test_however_it_is_read_it_is_refused(shop, written, words):
    wrong = told(shop, GOOD.replace("tables:\n", f"{ARTICLES}tables:\n").replace("FROM lines", f"FROM lines {written}"))
    assert any("reads articles beside lines" in each and words in each for each in wrong)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("{articles: {key", "{article: {key", "looks_up.article: article is no input; inputs are lines, articles"),
        ("{articles: {key", "{lines: {key", "looks_up.lines: the SELECT reads it itself"),
        ("{code: id}", "{cod: id}", "looks_up.articles.key: cod is no column of it; did you mean code?"),
        ("{code: id}", "{code: idd}", "looks_up.articles.key.code: idd is no column of input lines"),
        ("{code: id}", "{code: max(id)}", "looks_up.articles.key.code: it must be a value over the columns of one line"),
        ("{code: id}", "{code: \"reflect('a', 'b')\"}", "looks_up.articles.key.code: reflect calls Java"),
        ("{code: id}", "{}", "looks_up.articles.key: "),
        ("{code: id}", "{code: id}, last_days: 0", "looks_up.articles.last_days: "),
        ("{code: id}", "{code: id}, lastdays: 3", "lastdays: there is no such field here; did you mean last_days?"),
        ("articles.kind", "articles.knd", "select: reads articles.knd, which is no column of articles; did you mean kind?"),
        ("{name: sold_at,", "{name: Articles,", "looks_up.articles: a line of lines has articles already"),
        ("FROM lines", "FROM text.`lines`", "select: text.lines is no input"),
    ],
)
def test_a_wrong_look_up_stops_with_its_reason(shop, old, new, reason):
    assert old in LOOKED_UP
    assert any(reason in each for each in told(shop, LOOKED_UP.replace(old, new)))


def test_of_a_database_the_row_is_looked_up_by_its_key_as_of_the_day(shop):
    pulled = "    postgres: {connection: till, table: articles, key: [code]}\n"
    text = LOOKED_UP.replace('    files: "articles/{day}.csv"\n', pulled)
    assert shop(text).is_looked_up("articles")
    wrong = told(shop, text.replace("{code: id}", "{kind: id}, last_days: 2"))
    assert any("looks_up.articles.key: a row of a database is told by its key; say what code equals" in each for each in wrong)
    assert any("looks_up.articles.last_days: rows of a database change" in each for each in wrong)
