"""Delimited text is read strictly: compared with a reading of the standard's grammar that shares nothing with ours."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.ingestion.files import text_lines
from lakehouse.ingestion.files.csv_lines import Csv
from lakehouse.shop.layout import Dialect, Layout
from lakehouse.shop.location import Location
from tests.lakehouse.ingestion.files.grammar import by_grammar

LAYOUT = Layout({"a": "a", "b": "b"})


def told(text: str) -> list:
    """(a, b) of each record, or the line that is none."""
    return [line if fields is None else tuple(each or None for each in fields) for fields, line, _ in by_grammar(text, 2)]


@pytest.fixture
def read(tmp_path, monkeypatch):
    """The rows of a file's bytes: (a, b), or the malformed line; looked at and read in blocks and parts of some size."""

    def rows(raw: bytes, block: int = 1 << 20, layout: Layout = LAYOUT) -> list:
        monkeypatch.setattr(text_lines, "BLOCK_BYTES", block)
        monkeypatch.setattr(text_lines, "PART_BYTES", 2 * block)
        path = Location(str(tmp_path / "rows.csv"))
        (tmp_path / "rows.csv").write_bytes(raw)
        contents = Csv().look(path, layout)
        found = []
        for part in contents.parts:
            assert part.first_row == len(found) + 1
            for batch in Csv().batches(path, layout, contents.header, part):
                found += [row["malformed_line"] or (row["a"], row["b"]) for row in batch.to_pylist()]
        assert len(found) == contents.rows, "as many rows are read as were counted"
        return found

    return rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet='a",\n\r é', max_size=60), block=st.integers(1, 40))
def test_any_text_is_read_as_the_grammar_says(read, text, block):
    assert read(f"a,b\n{text}".encode(), block) == told(text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.text(), st.text()), max_size=20), end=st.sampled_from(["\n", "\r\n"]), block=st.integers(1, 80))
def test_what_python_writes_is_read_back(read, rows, end, block):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator=end).writerows([("a", "b"), *rows])
    raw = text.getvalue().encode("utf-8", "replace")
    wanted = [tuple(each.encode("utf-8", "replace").decode() or None for each in row) for row in rows]
    assert read(raw, block) == wanted


def test_a_stray_quote_takes_no_other_line_with_it(read):
    rows = "".join(f"{n},x\n" for n in range(3_000))
    assert read(f'a,b\n1,"open\n{rows}'.encode())[:3] == ['1,"open', ("0", "x"), ("1", "x")]
    assert read(b'a,b\n1,"x"y\n2,z\n') == ['1,"x"y', ("2", "z")]
    assert read(b'a,b\n1,a 5" pot\n') == [("1", 'a 5" pot')]


def test_two_stray_quotes_far_apart_make_no_one_row_of_all_between(read):
    rows = "".join(f"{n},x\n" for n in range(1_500))
    found = read(f'a,b\n1,"open\n{rows}2,"\n'.encode())
    assert (found[0], found[1], len(found)) == ('1,"open', ("0", "x"), 1_502)


def test_what_a_quicker_reader_would_take_otherwise_is_read_as_it_stands(read):
    """A byte 0, an end of file of DOS within a row, and fields of nothing or of blanks."""
    assert read(b"a,b\n1,x\x00y\n\x00,\x00\n") == [("1", "x\x00y"), ("\x00", "\x00")]
    assert read(b"a,b\n2,\x1a3\n\x1a, \n\x1a") == [("2", "\x1a3"), ("\x1a", " ")]
    assert read(b"a,b\n, \n ,\n") == [(None, " "), (" ", None)]
    assert read(b'a,b\n"",""\n"",x\n') == [(None, None), (None, "x")]


def test_a_dialect_is_read_as_it_is_said(read):
    layout = Layout({"a": "Größe", "b": "b"}, Dialect(";", "'", "cp1252", 2))
    assert read("made today\n\nGröße;b;c\n1,5;'x;''y'\n2;3;4\n".encode("cp1252"), 7, layout) == ["1,5;'x;''y'", ("2", "3")]
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        assert read("\ufeffa,b\né,\n".encode(encoding), 3, Layout(LAYOUT.sources, Dialect(encoding=encoding))) == [("é", None)]


@pytest.mark.parametrize(
    "encoding, raw", [("utf-8", b"a,b\n1,2\n\n3,caf\xe9\n"), ("utf-16-le", "a,b\n1,2\n".encode("utf-16-le") + b"\x00\xd8")]
)
def test_bytes_that_are_no_text_are_told_with_their_line(read, encoding, raw):
    with pytest.raises(ValueError, match="line 4 is not UTF-8 .byte 0xe9" if encoding == "utf-8" else "about line 3 is not utf-16-le"):
        read(raw, 64, Layout(LAYOUT.sources, Dialect(encoding=encoding)))


def test_a_line_without_end_is_refused(read, monkeypatch):
    monkeypatch.setattr(text_lines, "LONGEST_LINE", 100)
    with pytest.raises(ValueError, match="a line is longer than"):
        read(b"a,b\n" + b"x" * 200, 50)


def test_a_long_text_is_no_mistake(read):
    long = "x" * 200_000
    assert read(f'a,b\n1,"{long}"\n2,{long}\n'.encode()) == [("1", long), ("2", long)]
