"""A file that does not fit its input is refused in one sentence that says what it looks like, and what to change."""

import gzip
from dataclasses import replace

import pytest

from lakehouse.errors import LandingError
from lakehouse.ingestion.files.looks_like import looks_like
from lakehouse.shop.inputs import Input
from lakehouse.shop.location import Location
from lakehouse.tables.standing import quarantine_version
from tests.lakehouse.corner_shop import HEADER
from tests.lakehouse.ingestion.files.test_file_formats import as_csv, as_json, deliver, landed

DAY = "2011-03-25"
CSV = as_csv().decode()


@pytest.mark.parametrize(
    ("suffix", "content", "said"),
    [
        (".csv", CSV.replace(",", ";").encode(), 'it looks like semicolon-separated text; say csv: {delimiter: ";"}'),
        (".csv", CSV.replace(",", "\t").encode(), 'it looks like tab-separated text; say csv: {delimiter: "\\t"}'),
        (".csv", CSV.replace(",", "|").encode(), 'it looks like pipe-separated text; say csv: {delimiter: "|"}'),
        (".csv", ("sep=;\n" + CSV.replace(",", ";")).encode(), 'whose first line names the separator; say csv: {skip_lines: 1, delimiter: ";"}'),
        (".csv", ("sep=,\n" + CSV).encode(), "whose first line names the separator; say csv: {skip_lines: 1}"),
        (".csv", CSV.encode("utf-16"), "it looks like UTF-16; say csv: {encoding: utf-16}"),
        (".csv", CSV.encode("utf-16-le"), "it looks like UTF-16 without a mark; say csv: {encoding: utf-16-le}"),
        (".csv", as_json(), "it looks like JSON; say format: jsonl"),
        (".csv", b"[" + as_json().replace(b"\n", b",\n") + b"]", "it looks like a JSON array; write one object a line and say format: jsonl"),
        (".csv", CSV.replace("\n", "\r").encode(), "lines end with a carriage return alone"),
        (".csv", gzip.compress(as_csv()), "it looks like compressed with gzip; name it .gz"),
        (".csv", b"PK\x03\x04xlsx", "an Excel workbook"),
        (".csv", b"PAR1....", "it looks like Parquet; say format: parquet"),
        (".csv", b"<!DOCTYPE html><html>\n<body>Sign in</body>", "it looks like a web page or XML"),
        (".csv", f"{HEADER}\n1,anna,caf".encode() + b"\xe9,1,2.50,x\n", "line 2 is not UTF-8 (byte 0xe9); deliver it as UTF-8, or, of CSV, say its encoding, as csv: {encoding: windows-1252}"),
        (".jsonl", b"[\n" + as_json().replace(b"\n", b",\n") + b"\n]", "it looks like a JSON array; write one object a line"),
        (".jsonl", as_csv(), "none of its lines is a JSON object; it looks like no JSON at all; say format: csv"),
        (".jsonl", as_json().decode().encode("utf-16"), "it looks like UTF-16"),
        (".parquet", as_csv(), "cannot be read"),
    ],
)  # fmt: skip
def test_what_it_looks_like_is_said(corner, suffix, content, said):
    path = deliver(corner, suffix, content)
    with pytest.raises(LandingError) as caught:
        corner.publish("bronze.lines", DAY)
    message = caught.value.message
    assert said in message and message.startswith(f"{path}: ") and "\n" not in message and message.endswith("deliver the file again")


@pytest.mark.parametrize(
    ("dialect", "content"),
    [
        ('{delimiter: ";"}', CSV.replace(",", ";").encode()),
        ('{delimiter: "\\t", encoding: utf-16}', CSV.replace(",", "\t").encode("utf-16")),
        ("{skip_lines: 1}", ("sep=,\n" + CSV).encode()),
        ('{quote: "\'", encoding: windows-1252}', CSV.replace("fern", "'fern'").encode("cp1252")),
        ("{}", b"\n" + as_csv() + b"\n\x1a"),
    ],
)
def test_what_was_said_is_read(corner, dialect, content):
    deliver(corner, ".csv", content)
    source = corner.folder / "source.yaml"
    corner.reload(source.read_text().replace("format: csv", f"format: csv\n    csv: {dialect}"))
    assert [row["line"] for row in landed(corner)] == [str(n) for n in range(7)]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("csv: {encoding: klingon}", "klingon is no encoding"),
        ("csv: {encoding: base64}", "base64 is no encoding"),
        ('csv: {delimiter: ";;"}', "it must be one character"),
        ('csv: {delimiter: "\'", quote: "\'"}', "two signs"),
        ('csv: {decimal: ",", thousands: ","}', "two marks"),
        ('csv: {decimal: ","}', "columns of `type: number`"),
        ("format: jsonl\n    csv: {skip_lines: 1}", "the format is another"),
    ],
)
def test_a_dialect_that_cannot_be_is_refused_when_the_source_file_is_read(corner, said, reason):
    source = corner.folder / "source.yaml"
    with pytest.raises(Exception, match=reason) as caught:
        corner.reload(source.read_text().replace('{day}.csv"', f'{{day}}.csv"\n    {said}'))
    assert "source.yaml:" in str(caught.value)


def test_blank_text_is_null_and_marked_numbers_are_numbers_in_what_a_select_sees(corner):
    deliver(corner, ".csv", "Customer ID;line;product;quantity;price;sold_at\n\u00a0;1;fern;1;2,50;2011-03-25 12:00:00\n '' ;2; ;1;1.234;2011-03-25 12:00:00\n".replace("''", "\t").encode("cp1252"))  # fmt: skip
    source = (corner.folder / "source.yaml").read_text()
    source = source.replace("format: csv", 'format: csv\n    csv: {delimiter: ";", encoding: cp1252, decimal: ","}')
    source = source.replace("{name: price,", "{name: price, type: number,").replace(
        "{name: customer,", '{name: customer, from: "Customer ID",'
    )
    assert "Customer ID" in source and "type: number" in source
    corner.reload(source)
    corner.lake.contracts["silver.orders"] = replace(corner.lake.contract("silver.orders"), quarantine_share=0.5)
    corner.build(DAY)
    (row,) = corner.rows("silver.orders")
    assert (row["order_id"], row["customer_key"], str(row["unit_price"])) == ("1", None, "2.500000")
    beside = corner.lake.arrow("quarantine.orders", quarantine_version(corner.lake, "silver.orders")).to_pylist()
    assert {"product_id_is_present", "unit_price_is_present"} <= {rule for each in beside for rule in each["broken_rules"]}


@pytest.mark.parametrize(
    ("name", "content", "dialect", "seen"),
    [
        ("a.csv", "a,b\n".encode("utf-16"), {"encoding": "utf-16"}, None), ("a.csv", "a,b\n".encode("utf-16"), {}, "UTF-16"),
        ("a.csv", b"a;b,c\n", {}, None), ("a.csv", b"a;b;c,d\n", {}, "semicolon"), ("a.csv", b"a;b;c,d\n", {"delimiter": ";"}, None),
        ("a.csv.gz", b"\x1f\x8b", {}, None), ("a.csv", b"\x1f\x8b", {}, "gzip"), ("a.csv", b"BZh9", {}, "bzip2; name it .bz2"),
        ("a.csv", b"a,b\r\n", {}, None), ("a.csv", b"", {}, None),
    ],
)  # fmt: skip
def test_what_its_input_says_of_it_is_no_guess(tmp_path, name, content, dialect, seen):
    (tmp_path / name).write_bytes(content)
    entry = Input.model_validate({"files": "{day}.csv", "csv": dialect, "columns": [{"name": "a", "description": "A."}]})
    found = looks_like(Location(str(tmp_path / name)), entry)
    assert found is None if seen is None else seen in found
