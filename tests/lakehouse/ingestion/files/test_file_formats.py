"""Every format lands the same rows as text: plain or compressed, times to the nanosecond, and what cannot be read is said."""

import bz2
import gzip
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse.errors import LandingError
from tests.lakehouse.corner_shop import HEADER, line

DAY = "2011-03-25"
NAMES = HEADER.split(",")
ROWS = [line(n, DAY, quantity=n + 1).split(",") for n in range(7)]


def as_json(rows=ROWS):
    return "\n".join(json.dumps(dict(zip(NAMES, row, strict=True))) for row in rows).encode()


def as_csv():
    return "\n".join([HEADER, *map(",".join, ROWS)]).encode()


def deliver(corner, suffix, content):
    """Write the day's file and let the source name files so."""
    source = corner.folder / "source.yaml"
    form = next(form for form in ("csv", "jsonl", "parquet") if f".{form}" in suffix)
    corner.reload(source.read_text().replace('{day}.csv"', f'{{day}}{suffix}"\n    format: {form}'))
    path = corner.folder / "landing" / "lines" / f"{DAY}{suffix}"
    path.write_bytes(content)
    return path


def landed(corner):
    corner.publish("bronze.lines", DAY)
    return sorted(corner.rows("bronze.lines"), key=lambda row: row["file_row"])


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".csv.gz", gzip.compress(as_csv())),
        (".csv.bz2", bz2.compress(b"\xef\xbb\xbf" + as_csv())),
        (".jsonl", as_json()),
        (".jsonl.gz", gzip.compress(as_json())),
    ],
)
def test_text_lands_as_it_came(corner, suffix, content):
    deliver(corner, suffix, content)
    rows = landed(corner)
    assert [[row[name] for name in NAMES] for row in rows] == ROWS
    assert [row["file_row"] for row in rows] == list(range(1, len(ROWS) + 1))
    assert {row["malformed_line"] for row in rows} == {None}


def test_numbers_and_nested_values_of_json_keep_their_text(corner):
    whole = '{"line": 1, "customer": "ann", "product": {"id": [1, 2]}, "quantity": null, "price": 0.10, "sold_at": "2011-03-25 10:00:00"}'
    deliver(corner, ".jsonl", f"{whole}\n\nnot json\n".encode())
    first, second = landed(corner)
    assert (first["line"], json.loads(first["product"]), first["quantity"], first["price"]) == ("1", {"id": [1, 2]}, None, "0.10")
    assert second["malformed_line"] == "not json"


def test_a_key_that_a_line_leaves_out_is_null_and_told_where_the_whole_file_does(corner):
    deliver(corner, ".jsonl", b'{"line": 1, "quantity": "1"}\n{"line": 2, "sold_at": "x", "product": ""}\n')
    done = corner.publish("bronze.lines", DAY)
    assert [(row["line"], row["quantity"], row["sold_at"]) for row in sorted(corner.rows("bronze.lines"), key=str)] == [
        ("1", "1", None),
        ("2", None, "x"),
    ]
    assert done.notes == (f"lines/{DAY}.jsonl: no line says customer, price; taken as empty",)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_an_empty_file_is_a_day_without_rows_where_the_source_says_so(corner, suffix):
    deliver(corner, suffix, b"")
    if suffix == ".csv":
        source = corner.folder / "source.yaml"
        corner.reload(source.read_text().replace("format: csv", "format: csv\n    empty_files: true"))
    assert landed(corner) == [] and corner.publish("bronze.lines", DAY).notes == ()
    assert corner.publish("silver.orders", DAY).days == (pd.Timestamp(DAY).date(),)


def test_parquet_of_pandas_keeps_its_nanoseconds(corner, tmp_path):
    frame = pd.DataFrame([dict(zip(NAMES, row, strict=True)) for row in ROWS]).assign(quantity=lambda f: f.quantity.astype(int))
    written = ["2011-03-25 10:00:00.123456789", "1969-12-31 23:59:59.000000001", None, *["2011-03-25 10:00:00"] * 4]
    frame.assign(sold_at=pd.to_datetime(pd.Series(written), format="ISO8601").astype("datetime64[ns]")).to_parquet(
        tmp_path / "made.parquet"
    )
    assert "timestamp[ns" in str(pq.read_schema(tmp_path / "made.parquet").field("sold_at").type)
    deliver(corner, ".parquet", (tmp_path / "made.parquet").read_bytes())
    rows = landed(corner)
    said = [row["sold_at"] for row in rows]
    assert said[:4] == ["2011-03-25 10:00:00.123456789", "1969-12-31 23:59:59.000000001", None, "2011-03-25 10:00:00.000000000"]
    assert [row["quantity"] for row in rows] == [str(n + 1) for n in range(7)]


def test_files_of_one_input_may_differ_in_their_types(corner, tmp_path):
    for day, quantity in (("2011-03-26", pa.array([2.5], pa.float64())), (DAY, pa.array([1], pa.int32()))):
        row = dict(zip(NAMES, ROWS[0], strict=True)) | {"sold_at": pd.Timestamp("2011-03-25 10:00")}
        table = pa.table({name: [row[name]] for name in NAMES}).set_column(NAMES.index("quantity"), "quantity", quantity)
        pq.write_table(table, tmp_path / "made.parquet", coerce_timestamps="us")
        path = deliver(corner, ".parquet", (tmp_path / "made.parquet").read_bytes())
        path.rename(path.with_name(f"{day}.parquet"))
    corner.publish("bronze.lines", f"{DAY}..2011-03-26")
    assert {row["quantity"] for row in corner.rows("bronze.lines")} == {"1", "2.5"}
    assert {row["sold_at"] for row in corner.rows("bronze.lines")} == {"2011-03-25 10:00:00"}


@pytest.mark.parametrize(
    ("suffix", "content", "reason"),
    [
        (".csv.zip", b"PK", "is not read; deliver it plain, as .gz or as .bz2"),
        (".parquet", b"PAR1 cut off", "cannot be read"),
        (".parquet", b"", "cannot be read"),
        (".csv", b"", "the file is empty, not even a column; deliver the file again, or say empty_files: true"),
        (".jsonl", b"null\n[1]\n", "none of its lines is a JSON object; it looks like no JSON at all"),
        (".jsonl.gz", gzip.compress(as_json())[:-9], "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_file(corner, suffix, content, reason):
    path = deliver(corner, suffix, content)
    with pytest.raises(LandingError, match=reason) as caught:
        corner.publish("bronze.lines", DAY)
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message
