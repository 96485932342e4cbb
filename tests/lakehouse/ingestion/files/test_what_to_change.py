"""A file that cannot be taken is refused with what to change in it or in source.yaml, and nothing else; told without an engine."""

import gzip
import io
import json
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse.errors import LandingError
from lakehouse.ingestion.files.file_inspection import examine
from lakehouse.shop.inputs import Input
from lakehouse.shop.landed_file import LandedFile
from lakehouse.shop.location import Location

UMLAUT = "a,b\n1,Größe\n"


@pytest.fixture
def look(tmp_path):
    def look(content, form, ending="", **said):
        path = tmp_path / f"2011-01-01.{form}{ending}"
        path.write_bytes(content)
        columns = [{"name": name, "description": "D."} for name in ("a", "b")]
        entry, place = Input(files="{day}", format=form, columns=columns, **said), Location(str(path))
        return examine(entry, LandedFile(path.name, place, date(2011, 1, 1), *place.as_it_lies()))

    return look


def parquet(**columns):
    written = io.BytesIO()
    pq.write_table(pa.table(columns), written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "form", "ending", "said", "told"),
    [
        (b"Export of 2011\n\na,b\n1,2\n", "csv", "", {}, "whose header stands in line 3; say csv: {skip_lines: 2}"),
        (b"a,b\n1,2\n", "csv", "", {"csv": {"skip_lines": 5}}, "whose header stands in line 1; say csv: {skip_lines: 0}"),
        (b'a, "b"\n1, "2"\n', "csv", "", {}, "a blank between the separator and a quote; write none there"),
        (UMLAUT.encode(), "csv", "", {"csv": {"encoding": "windows-1252"}}, "it is UTF-8, and read as cp1252 its letters would be others; say csv: {encoding: utf-8}"),
        (gzip.compress(UMLAUT.encode(), mtime=0), "csv", ".gz", {"csv": {"encoding": "latin-1"}}, "it is UTF-8, and read as iso8859-1"),
        (b"a,b\n1,2\n", "csv", "", {"csv": {"encoding": "utf-16"}}, "it looks like UTF-8; say csv: {encoding: utf-8}"),
        (b"a,b\n1,\x81\n", "csv", "", {"csv": {"encoding": "windows-1252"}}, "about line 2 is not cp1252: byte 0x81 is none of its characters"),
        (b"a,b\n1,2\n", "csv", ".gz", {}, "it looks like no .gz at all; name it as what it is"),
        (b'{\n  "a": 1,\n  "b": 2\n}\n', "jsonl", "", {}, "objects go over several lines; write one object a line"),
        (b'{"a":1,"b":2}{"a":3,"b":4}\n', "jsonl", "", {}, "several objects on one line; write one object a line"),
        (b'\x1e{"a":1,"b":2}\n', "jsonl", "", {}, "a JSON text sequence, a record separator before each object"),
        (b"{'a': 1, 'b': 2}\n", "jsonl", "", {}, "Python's own notation; write JSON"),
        (b'{"a":1,"b":2}\r{"a":3,"b":4}\r', "jsonl", "", {}, "end with a carriage return alone"),
        ('{"a":1}\n'.encode("utf-16"), "jsonl", "", {}, "it looks like UTF-16; deliver it as UTF-8; deliver"),
        (b"a,b\n1,2\n", "parquet", "", {}, "it looks like text and no Parquet; say format: csv or jsonl"),
        (parquet(a=pa.array(["1"]), b=pa.array([b"1"])), "parquet", "", {}, "cannot be read: column b holds bytes; write it as text; deliver the file again"),
        (parquet(a=pa.array(["1"])), "parquet", "", {}, ": column b is missing; deliver the file again"),
        (parquet(), "parquet", "", {}, ": it has no columns; deliver the file again"),
        (
            parquet(a=pa.array(["1"]), b=pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"])),
            "parquet", "", {}, "column b holds a field twice; write each once",
        ),
        (parquet(a=pa.array(["1"]), b=pa.array([2.0**11], pa.float16())), "parquet", "", {}, "column b holds whole numbers too large"),
    ],
)  # fmt: skip
def test_what_to_change_is_told(look, content, form, ending, said, told):
    with pytest.raises(LandingError) as caught:
        look(content, form, ending, **said)
    assert told in caught.value.message
    assert form == "csv" or "say csv: {" not in caught.value.message


@pytest.mark.parametrize(
    ("content", "form", "said"),
    [
        (UMLAUT.encode("cp1252"), "csv", {"csv": {"encoding": "windows-1252"}}),
        (b"a,b\n1,2\n", "csv", {"csv": {"encoding": "windows-1252"}}),
        ("a,b\n1,\uff82\uff71\n".encode("shift-jis"), "csv", {"csv": {"encoding": "shift-jis"}}),
        (json.dumps({"a": {"x": "}{"}, "b": 2}).encode(), "jsonl", {}),
        (parquet(a=pa.array(["1"]), b=pa.array([1.5, ], pa.float16())), "parquet", {}),
    ],
)  # fmt: skip
def test_what_is_as_it_says_is_taken(look, content, form, said):
    assert look(content, form, **said).contents.rows == 1
