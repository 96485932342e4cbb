"""Delimited text is read strictly: compared with a reading of the standard's grammar that shares nothing with ours."""

import csv
import io
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.landing import csv_lines, text_lines
from lakehouse.landing.csv_lines import Csv
from lakehouse.landing.layout import Dialect, Layout
from lakehouse.landing.location import Location

LAYOUT = Layout({"a": "a", "b": "b"})
# RFC 4180, 2: a record is fields, each quoted (quotes within are doubled) or without quote, comma and line break. A quote within a field
# that does not begin with one is taken as a letter, and any number of carriage returns ends a line with its line feed.
FIELD = r'(?:"(?:[^"]|"")*"|[^",\r\n][^,\r\n]*|)'
RECORD = re.compile(rf"{FIELD}(?:,{FIELD})*(?=\r*(?:\n|\Z))")


def by_grammar(text: str) -> list:
    """(a, b) of each record, or the line that is none."""
    lines, found, place = text.split("\n"), [], 0
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    while place < len(lines):
        line = lines[place]
        if not line.strip(" \t\r\x1a"):
            place += 1
            continue
        match = RECORD.match(text, starts[place])
        taken = match.group().count("\n") + 1 if match else 1
        fields = [each for each in re.findall(rf"(?:\A|,)({FIELD})", match.group())] if match else []
        if len(fields) == 2 and taken <= csv_lines.MOST_LINES_OF_A_ROW:
            found.append(tuple((each[1:-1].replace('""', '"') if each.startswith('"') else each) or None for each in fields))
            place += taken
        else:
            found.append(line.rstrip("\r"))
            place += 1
    return found


@pytest.fixture
def read(tmp_path, monkeypatch):
    """The rows of a file's bytes: (a, b), or the malformed line; looked at and read in blocks and parts of some size."""

    def rows(raw: bytes, block: int = 1 << 20, layout: Layout = LAYOUT) -> list:
        monkeypatch.setattr(text_lines, "BLOCK_BYTES", block)
        monkeypatch.setattr(csv_lines, "PART_BYTES", 2 * block)
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
    assert read(f"a,b\n{text}".encode(), block) == by_grammar(text)


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
