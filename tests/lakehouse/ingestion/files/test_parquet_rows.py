"""Every type that writers of Parquet use becomes the text that says exactly it, or is refused by column and type."""

import datetime as dt
import io
import uuid
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse.ingestion.files.parquet_rows import Parquet
from lakehouse.shop.layout import Layout
from lakehouse.shop.location import Location

NS = 1_300_233_599_999_999_999  # 2011-03-15 23:59:59.999999999


def read(tmp_path, values: pa.Array, **written) -> list:
    table = pa.table({"a": values})
    pq.write_table(table, tmp_path / "rows.parquet", row_group_size=2, **written)
    path, layout = Location(str(tmp_path / "rows.parquet")), Layout({"a": "a"})
    contents = Parquet().look(path, layout)
    assert contents.rows == len(values)
    found = []
    for part in contents.parts:
        assert part.first_row == len(found) + 1
        found += [text for batch in Parquet().batches(path, layout, contents.header, part) for text in batch.column(0).to_pylist()]
    return found


@pytest.mark.parametrize(
    "values, texts",
    [
        (pa.array([NS, None, NS - 999_999_999, -1], pa.timestamp("ns")), ["2011-03-15 23:59:59.999999999", None, "2011-03-15 23:59:59.000000000", "1969-12-31 23:59:59.999999999"]),
        (pa.array([NS], pa.timestamp("ns", "Asia/Tokyo")), ["2011-03-15 23:59:59.999999999"]),
        (pa.array([NS // 1000, 0, -62_135_596_800_000_000], pa.timestamp("us")), ["2011-03-15 23:59:59.999999", "1970-01-01 00:00:00", "0001-01-01 00:00:00"]),
        (pa.array([1_300_233_599_500, 0], pa.timestamp("ms", "Europe/Berlin")), ["2011-03-15 23:59:59.5", "1970-01-01 00:00:00"]),
        (pa.array([dt.date(2011, 3, 25), None, dt.date(9999, 12, 31)]), ["2011-03-25", None, "9999-12-31"]),
        (pa.array([43_200_000_000_000, 86_399_999_999_999], pa.time64("ns")), ["12:00:00.000000000", "23:59:59.999999999"]),
        (pa.array([dt.time(12), dt.time(0, 0, 1, 500_000)], pa.time64("us")), ["12:00:00", "00:00:01.5"]),
        (pa.array([43_200_000], pa.time32("ms")), ["12:00:00"]),
        (pa.array([12_345_678.0, 2.5, None, float("nan"), 1e-7, 0.1, -0.0, 2.0**53 - 1]), ["12345678", "2.5", None, None, "1e-07", "0.1", "0", str(2**53 - 1)]),
        (pa.array([0.1, 16_777_215.0, 2.5], pa.float32()), ["0.1", "16777215", "2.5"]),
        (pa.array([0.5, 2_047.0, None], pa.float16()), ["0.5", "2047", None]),
        (pa.array([2**64 - 1, 0], pa.uint64()), ["18446744073709551615", "0"]),
        (pa.array([-(2**63), 9_007_199_254_740_993]), ["-9223372036854775808", "9007199254740993"]),
        (pa.array([Decimal("1.10"), Decimal("-0.01"), Decimal("123456789012345678901234567890.12")], pa.decimal128(38, 2)), ["1.10", "-0.01", "123456789012345678901234567890.12"]),
        (pa.array(["a", None, "b", "a"]).dictionary_encode(), ["a", None, "b", "a"]),
        (pa.array([True, None, False]), ["true", None, "false"]),
        (pa.nulls(3), [None, None, None]),
        (pa.ExtensionArray.from_storage(pa.uuid(), pa.array([uuid.UUID(int=5).bytes, None], pa.binary(16))), [str(uuid.UUID(int=5)), None]),
        (pa.array(["", " ", "é\n"], pa.large_string()), ["", " ", "é\n"]),
        (
            pa.array([{"n": Decimal("1.10"), "t": [dt.datetime.fromisoformat("2011-03-25T01:02:03")]}, None, {"n": None, "t": []}, {"n": None, "t": None}],
                     pa.struct({"n": pa.decimal128(9, 2), "t": pa.list_(pa.timestamp("us"))})),
            ['{"n":1.10,"t":["2011-03-25 01:02:03"]}', None, '{"t":[]}', "{}"],
        ),
        (pa.array([[("k", NS), ("l", None)], None, []], pa.map_(pa.string(), pa.timestamp("ns", "UTC"))), ['{"k":"2011-03-15 23:59:59.999999999"}', None, "{}"]),
        (pa.array([[1, None], [], None, [2**62]]), ["[1,null]", "[]", None, f"[{2**62}]"]),
        (pa.array([[0.5, 2.0], [1.0, None]], pa.list_(pa.float64(), 2)), ["[0.5,2]", "[1,null]"]),
        (pa.array([[["a"]], [None, []]]), ['[["a"]]', "[null,[]]"]),
        (pa.array([[1], None], pa.large_list(pa.int64())), ["[1]", None]),
        (pa.array([{"größe": True, "t": "é"}, {"größe": False}]), ['{"größe":true,"t":"é"}', '{"größe":false}']),
    ],
)  # fmt: skip
def test_a_value_is_told_exactly(tmp_path, values, texts):
    assert read(tmp_path, values) == texts


def test_times_of_old_writers_are_told_to_the_nanosecond(tmp_path):
    values = pa.array([NS, None, 0, -1, 123_456, 1_000_000_001], pa.timestamp("ns"))
    found = read(tmp_path, values, use_deprecated_int96_timestamps=True)
    assert found[:4] == ["2011-03-15 23:59:59.999999999", None, "1970-01-01 00:00:00", "1969-12-31 23:59:59.999999999"]
    assert found[4:] == ["1970-01-01 00:00:00.000123456", "1970-01-01 00:00:01.000000001"]


def test_times_of_old_writers_may_lie_beyond_what_nanoseconds_reach(spark, tmp_path):
    spark.conf.set("spark.sql.parquet.outputTimestampType", "INT96")
    try:
        said = "SELECT timestamp'9999-12-31 23:59:59.000001Z' AS a UNION ALL SELECT timestamp'0001-01-01 00:00:00Z'"
        spark.sql(said).coalesce(1).write.parquet(str(tmp_path / "old"))
    finally:
        spark.conf.unset("spark.sql.parquet.outputTimestampType")
    (file,) = (tmp_path / "old").glob("*.parquet")
    assert pq.ParquetFile(file).schema.column(0).physical_type == "INT96"
    path, layout = Location(str(file)), Layout({"a": "a"})
    (batch,) = Parquet().batches(path, layout, ("a",), Parquet().look(path, layout).parts[0])
    assert batch.column(0).to_pylist() == ["9999-12-31 23:59:59.000001", "0001-01-01 00:00:00"]


@pytest.mark.parametrize(
    "values, reason",
    [
        (pa.array([b"\xff"]), "column a holds bytes; write it as text"),
        (pa.array([[b"\xff"]]), "column a holds bytes"),
        (pa.array([b"abcd"], pa.binary(4)), "column a holds bytes"),
        (pa.array([b"abcd"], pa.large_binary()), "column a holds bytes"),
        (pa.array([b"abcd", b"abcd"]).dictionary_encode(), "column a holds bytes"),
        (pa.array([[(b"key", 1)]], pa.map_(pa.binary(), pa.int64())), "column a holds bytes"),
        (pa.array([2_048.0], pa.float16()), "column a holds whole numbers too large for a double"),
        (pa.array([1], pa.duration("s")), r"column a is of type duration\[s\]; write it as a number"),
        (pa.array([-(2.0**53) - 2, 1.0]), "column a holds whole numbers too large for a double"),
        (pa.array([2.0**53]), "column a holds whole numbers too large for a double"),
        (pa.array([2.0**53 + 2, float("inf")]), "column a holds whole numbers too large for a double"),
        (pa.array([16_777_218.0], pa.float32()), "column a holds whole numbers too large for a double"),
    ],
)
def test_what_has_no_exact_text_is_refused_by_column(tmp_path, values, reason):
    with pytest.raises(ValueError, match=reason):
        read(tmp_path, values)


@pytest.mark.parametrize("codec", ["snappy", "gzip", "brotli", "zstd", "lz4", "none"])
def test_every_usual_compression_is_read(tmp_path, codec):
    assert read(tmp_path, pa.array(["a", "b"]), compression=codec) == ["a", "b"]


def test_a_page_that_is_broken_is_found_by_looking(tmp_path):
    pq.write_table(pa.table({"a": [str(n) for n in range(1000)]}), tmp_path / "rows.parquet", compression="none", write_page_checksum=True)
    raw = (tmp_path / "rows.parquet").read_bytes()
    (tmp_path / "rows.parquet").write_bytes(raw.replace(b"777", b"778", 1))
    with pytest.raises(OSError, match="CRC"):
        Parquet().look(Location(str(tmp_path / "rows.parquet")), Layout({"a": "a"}))


def test_a_footer_that_tells_of_other_rows_than_there_are_is_refused(tmp_path):
    whole = io.BytesIO()
    pq.write_table(pa.table({"a": ["x"] * 7}), whole, write_statistics=False)
    raw, lying = whole.getvalue(), []
    for at in range(len(raw)):
        changed = raw[:at] + b"\x10" + raw[at + 1 :]
        try:
            file = pq.ParquetFile(io.BytesIO(changed))
            told, read = sum(file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)), file.read().num_rows
        except (OSError, ValueError, MemoryError):
            continue
        if told != read and file.schema_arrow.names == ["a"]:
            lying.append(changed)
    assert lying, "or nothing is tried"
    for changed in lying:
        (tmp_path / "rows.parquet").write_bytes(changed)
        with pytest.raises(ValueError, match=r"it tells of [78] rows and holds [07]"):
            Parquet().look(Location(str(tmp_path / "rows.parquet")), Layout({"a": "a"}))
