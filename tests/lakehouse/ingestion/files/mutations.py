"""Malformed files made of valid ones, by bytes and by structure, and what an independent reading makes of each."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tests.lakehouse.ingestion.files.grammar import by_grammar

REFUSED = "refused"
COLUMNS = ("a", "b")
BLANK = " \t\r\x1a"
WORDS = ["fern", "é", 'a 5" pot', "1,5", "two\nlines", "", "7", "1.20E+3", "null", " x "]
SIGNS = [
    b'"',
    b"'",
    b",",
    b"\n",
    b"\r",
    b"{",
    b"}",
    b"[",
    b":",
    b"\\",
    b"\x00",
    b"\x1a",
    b"\xff",
    b"\xef\xbb\xbf",
    b" ",
    b"\xc2\xa0",
    b"\\u",
]
FAULTS: list[Callable[[bytes, int, int, bytes], bytes]] = [
    lambda raw, at, to, sign: raw[:at] + sign + raw[at:],
    lambda raw, at, to, sign: raw[:at] + sign + raw[at + 1 :],
    lambda raw, at, to, sign: raw[:at] + raw[at + 1 :],
    lambda raw, at, to, sign: raw[:at] + bytes([to % 256]) + raw[at + 1 :],
    lambda raw, at, to, sign: raw[:at],
    lambda raw, at, to, sign: raw[:at] + raw[to:],
    lambda raw, at, to, sign: raw[:to] + raw[at:],
    lambda raw, at, to, sign: raw.replace(b"\n", b"", 1),
    lambda raw, at, to, sign: raw.replace(sign, b"", 1),
]
Row = tuple[str | None, str | None] | str


def valid(form: str, rng: random.Random) -> bytes:
    """A valid file of a few rows."""
    rows = [(str(number), rng.choice(WORDS)) for number in range(rng.randrange(1, 9))]
    if form == "parquet":
        table = pa.table({"a": pa.array([int(a) for a, _ in rows]), "b": pa.array([b or None for _, b in rows])})
        sink = io.BytesIO()
        pq.write_table(table, sink, compression=rng.choice(["none", "snappy", "gzip", "zstd"]), write_page_checksum=True)
        return sink.getvalue()
    if form == "jsonl":
        return "".join(json.dumps({"a": int(a), "b": b}, ensure_ascii=rng.random() < 0.5) + "\n" for a, b in rows).encode()
    doubled = ((a, b.replace('"', '""')) for a, b in rows)
    return ("a,b" + "".join(f'{rng.choice(["", chr(13)])}\n{a},"{b}"' if {*b} & {*',"\n'} else f"\n{a},{b}" for a, b in doubled)).encode()


def mutated(raw: bytes, rng: random.Random) -> bytes:
    """One to three faults: bytes put in, taken out or changed, a cut, lines twice or joined, signs of the format where they do not belong."""
    for _ in range(rng.randrange(1, 4)):
        at, to = sorted((rng.randrange(len(raw) + 1), rng.randrange(len(raw) + 1)))
        raw = rng.choice(FAULTS)(raw, at, to, rng.choice(SIGNS))
    return raw


def independent(form: str, path: Path) -> list[Row] | str:
    """(a, b) of each row, the text of each malformed line, or REFUSED where the file cannot be taken as a whole."""
    if form == "parquet":
        return _parquet(path)
    try:
        text = path.read_bytes().decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        return REFUSED
    return _csv(text) if form == "csv" else _json(text)


def _csv(text: str) -> list[Row] | str:
    for header, _, after in by_grammar(text, None)[:1]:
        if header and {*COLUMNS} <= {*header} and len({*header}) == len(header):
            records = by_grammar(after, len(header))
            return [tuple(row[header.index(name)] or None for name in COLUMNS) if row else line for row, line, _ in records]
    return REFUSED


def _json(text: str) -> list[Row] | str:
    lines = [line.rstrip("\r") for line in text.split("\n") if line.strip(BLANK)]
    rows = [_of_object(line) for line in lines]
    opens_array = bool(lines) and lines[0].lstrip(BLANK).startswith("[") and not lines[0].rstrip(BLANK).endswith("]")
    return REFUSED if lines and (opens_array or all(isinstance(row, str) for row in rows)) else rows


def _of_object(line: str) -> Row:
    """By DuckDB's parser, which is strict; it lets keys stand twice, and text hold half a character, which Python's tells."""
    with duckdb.connect() as own:
        if not own.execute("SELECT coalesce(json_valid(?) AND json_type(?) = 'OBJECT', false)", [line, line]).fetchone()[0]:
            return line
    keys: list[list[str]] = []
    found = json.loads(
        line, parse_float=Decimal, parse_int=Decimal, object_pairs_hook=lambda pairs: keys.append([k for k, _ in pairs]) or dict(pairs)
    )
    try:
        json.dumps(found, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return line
    return line if any(len({*each}) < len(each) for each in keys) else tuple(plain(found.get(name)) for name in COLUMNS)


def plain(value: object) -> str | None:
    """A value as its text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, Decimal) else json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))


def _parquet(path: Path) -> list[Row] | str:
    with duckdb.connect() as own:
        try:
            return [tuple(row) for row in own.execute("SELECT a::text, b::text FROM read_parquet(?)", [str(path)]).fetchall()]
        except duckdb.Error:
            return REFUSED
