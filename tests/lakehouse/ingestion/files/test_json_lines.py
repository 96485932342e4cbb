"""A line is one object to its last character, or it is malformed and kept; numbers keep their text."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.ingestion.files import text_lines
from lakehouse.ingestion.files.json_lines import JsonLines, reader, records
from lakehouse.shop.layout import Layout
from lakehouse.shop.location import Location

told = reader()
LAYOUT = Layout({"line": "line", "price": "net.price"})


@pytest.mark.parametrize(
    "line",
    [
        '{"a": 1}{"a": 2}', '{"a": 1}, {"a": 2}', '{"a": 1} x', '{"a": 1,}', "{'a': 1}", "{a: 1}", '{"a": NaN}', '{"a": -Infinity}', '{"a": 01}',
        '{"a": +1}', '{"a": .5}', '{"a": 0x1}', '{"a": 1, "a": 2}', '{"a": {"b": 1, "b": 1}}', '{"a": "\\ud800"}', '{"\\udc00": 1}', '{"a": "x\ty"}',
        '{"a": "\\x41"}', '{"a": 1', '{"a"}', "[1]", "1", "null", '"a"', "{} []", '\ufeff{"a": 1}', '{"a": 1}\u00a0', '{"a": ' + "[" * 100_000, "/* */ {}",
    ],
)  # fmt: skip
def test_what_is_no_object_to_its_last_character_is_malformed(line):
    assert told(line) is None
    assert records(LAYOUT, [line.encode()]).to_pylist() == [{"line": None, "price": None, "_rescued": None, "malformed_line": line}]


@given(
    st.one_of(
        st.integers().map(str),
        st.decimals(allow_nan=False, allow_infinity=False).map(lambda number: f"{number:f}"),
        st.floats(allow_nan=False, allow_infinity=False).map(repr),
        st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    )
)
def test_a_number_keeps_its_text_wherever_it_stands(text):
    assert told(f'{{"a": {text}, "b": [{text}, {{"c": {text}}}]}}') == {"a": text, "b": f'[{text},{{"c":{text}}}]'}


@given(st.dictionaries(st.text(), st.text()))
def test_text_is_read_back_by_whatever_keys(row):
    whole = {key.encode("utf-8", "replace").decode(): text.encode("utf-8", "replace").decode() for key, text in row.items()}
    for ascii_alone in (True, False):
        assert told(f" {json.dumps(whole, ensure_ascii=ascii_alone)}\r\n") == whole


def test_other_values_are_told_as_they_stand():
    assert told('{"a": true, "b": false, "c": null, "d": "", "e": {}, "f": {"é": ["\\u00e9", null, "\\n"]}}') == {
        "a": "true", "b": "false", "c": None, "d": "", "e": "{}", "f": '{"é":["é",null,"\\n"]}',
    }  # fmt: skip


@pytest.mark.parametrize("block", [1, 7, 1 << 20])
def test_keys_may_come_in_any_order_or_not_at_all(tmp_path, monkeypatch, block):
    monkeypatch.setattr(text_lines, "BLOCK_BYTES", block)
    monkeypatch.setattr(text_lines, "PART_BYTES", 2 * block)
    lines = [
        '{"line": 1, "net.price": 2.50}',
        "",
        '{"Line": 9, "net.price": 1e2, "line": "2"}',
        " ",
        "{}",
        '{"line": "4"}}',
        '{"x y": 1.0}',
    ]
    (tmp_path / "rows.jsonl").write_text("\r\n".join(lines))
    path = Location(str(tmp_path / "rows.jsonl"))
    contents = JsonLines().look(path, LAYOUT)
    assert contents.header == ("line", "net.price", "Line", "x y") and contents.rows == 5
    rows = [row for part in contents.parts for each in JsonLines().batches(path, LAYOUT, contents.header, part) for row in each.to_pylist()]
    assert [tuple(row.values()) for row in rows] == [
        ("1", "2.50", None, None), ("2", "1e2", '{"Line":"9"}', None), (None, None, None, None), (None, None, None, '{"line": "4"}}'),
        (None, None, '{"x y":"1.0"}', None),
    ]  # fmt: skip
    assert (len(contents.parts) > 1) == (block < 1 << 20)


def test_each_part_of_a_file_begins_with_the_row_after_those_before_it(tmp_path, monkeypatch):
    monkeypatch.setattr(text_lines, "PART_BYTES", 400)
    monkeypatch.setattr(text_lines, "BLOCK_BYTES", 200)
    path = tmp_path / "lines"
    path.write_text("".join(f'{{"line": {n}, "who": "c{n}"}}\n{{"line": {n}\n\n' for n in range(40)))
    contents = JsonLines().look(Location(str(path)), LAYOUT)
    counted = [
        sum(batch.num_rows for batch in JsonLines().batches(Location(str(path)), LAYOUT, contents.header, part)) for part in contents.parts
    ]
    assert len(contents.parts) > 3 and sum(counted) == contents.rows == 80
    assert [part.first_row for part in contents.parts] == [1 + sum(counted[:n]) for n in range(len(counted))]


def test_a_record_of_kafka_is_read_as_a_line_is():
    read = records(LAYOUT, [b'{"line":\n1}', b'{"line": 1} {"line": 2}', b"\xff{}", None, b""]).to_pylist()
    assert [(row["line"], row["malformed_line"]) for row in read] == [
        ("1", None), (None, '{"line": 1} {"line": 2}'), (None, "base64:/3t9"), (None, ""), (None, ""),
    ]  # fmt: skip


def test_a_decimal_of_any_size_is_exact():
    text = "12345678901234567890.123456789"
    assert Decimal(told(f'{{"a": {text}}}')["a"]) == Decimal(text)
