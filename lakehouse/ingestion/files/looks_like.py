"""What a file looks like that does not fit its input, so that whoever delivers it knows what to change. Guesses only: nothing is read by them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lakehouse.ingestion.files.text_lines import BLANK, OPENERS

if TYPE_CHECKING:
    from lakehouse.shop.inputs import Input
    from lakehouse.shop.location import Location

HEAD_BYTES = 4096
HEADER_LINES = 20
UTF16 = (b"\xff\xfe", b"\xfe\xff")
PARQUET = b"PAR1"
BEGINS = {
    PARQUET: "Parquet; say format: parquet",
    b"PK\x03\x04": "a zip archive or an Excel workbook; deliver it as plain CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; deliver it as plain CSV",
    b"\x1f\x8b": "compressed with gzip; name it .gz",
    b"BZh": "compressed with bzip2; name it .bz2",
    b"\x28\xb5\x2f\xfd": "compressed with zstd; deliver it plain, as .gz or as .bz2",
    b"%PDF": "a PDF",
}
PACKED = {".gz": b"\x1f\x8b", ".bz2": b"BZh"}
SEPARATORS = {";": "semicolon", "\t": "tab", "|": "pipe", ",": "comma"}
OLD_MAC = "text whose lines end with a carriage return alone, as old Macs wrote it; write line feeds"


def looks_like(path: Location, entry: Input) -> str | None:
    """What the file looks like, as the end of "it looks like …"; None where nothing is seen that its input does not say."""
    with path.open() as raw:
        head = raw.read(HEAD_BYTES)
    if path.suffix in OPENERS:  # its first bytes are the archive's
        return None if head.startswith(PACKED[path.suffix]) else f"no {path.suffix} at all; name it as what it is"
    return next(_guesses(head, entry), None)


def _guesses(head: bytes, entry: Input) -> Iterator[str]:
    if entry.format == "parquet" and head.startswith(PARQUET):
        return
    yield from (told for begin, told in BEGINS.items() if head.startswith(begin))
    if not entry.csv.encoding.startswith(("utf-16", "utf-32")):
        yield from _of_utf16(head, entry)
    elif _is_utf8(head):
        yield "UTF-8; say csv: {encoding: utf-8}"
    text = head.decode("utf-8", "replace").removeprefix("\ufeff")
    if text.lstrip(BLANK).startswith("<"):
        yield "a web page or XML"
    yield from {"csv": _of_csv, "jsonl": _of_json, "parquet": _of_no_parquet}[entry.format](text, entry)


def _of_utf16(head: bytes, entry: Input) -> Iterator[str]:
    is_marked = head.startswith(UTF16)
    if is_marked or b"\x00" in head[:64]:
        said = f"say csv: {{encoding: {'utf-16' if is_marked else 'utf-16-le'}}}, or " if entry.format == "csv" else ""
        yield f"UTF-16{'' if is_marked else ' without a mark'}; {said}deliver it as {'UTF-8' if entry.format != 'parquet' else 'Parquet'}"


def _is_utf8(head: bytes) -> bool:
    try:
        head.rpartition(b"\n")[0].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in head


def _of_no_parquet(text: str, entry: Input) -> Iterator[str]:
    if (text and text.isprintable()) or "\n" in text:
        yield "text and no Parquet; say format: csv or jsonl, if it is one of them"


def _of_json(text: str, entry: Input) -> Iterator[str]:
    text = text.lstrip(BLANK)
    if text.startswith("["):
        yield "a JSON array; write one object a line"
    if text.startswith("\x1e"):
        yield "a JSON text sequence, a record separator before each object; write one object a line and nothing else"
    if text.startswith("{"):
        yield from _of_objects(*text.split("\n", 1))
    elif text and text[0] not in "[<\x1e":
        yield "no JSON at all; say format: csv, if that is what it is"


def _of_objects(first: str, rest: str = "") -> Iterator[str]:
    if first.startswith("{'"):
        yield "Python's own notation; write JSON, its text in double quotes"
    if "\r" in first.rstrip("\r"):
        yield OLD_MAC
    if "}{" in first.replace(" ", ""):
        yield "several objects on one line; write one object a line"
    if rest and "}" not in first:
        yield "JSON whose objects go over several lines; write one object a line"


def _of_csv(text: str, entry: Input) -> Iterator[str]:
    first = text.lstrip(BLANK).partition("\n")[0]
    if first.startswith("{"):
        yield "JSON; say format: jsonl"
    if first.startswith("[{"):
        yield "a JSON array; write one object a line and say format: jsonl"
    yield from _of_header(first, entry)
    for number, line in enumerate(text.split("\n")[:HEADER_LINES]):
        names = {field.strip(entry.csv.quote) for field in line.rstrip("\r").split(entry.csv.delimiter)}
        if number != entry.csv.skip_lines and names.issuperset(entry.sources.values()):
            yield f"text whose header stands in line {number + 1}; say csv: {{skip_lines: {number}}}"


def _of_header(header: str, entry: Input) -> Iterator[str]:
    own, quote = entry.csv.delimiter, entry.csv.quote
    if header.lower().startswith("sep="):
        yield f"Excel's CSV, whose first line names the separator; say csv: {{skip_lines: 1{_format_delimiter(header[4:5], own)}}}"
    found = max(SEPARATORS, key=header.count)
    if found != own and header.count(found) > header.count(own):
        shown = "\\t" if found == "\t" else found
        yield f'{SEPARATORS[found]}-separated text; say csv: {{delimiter: "{shown}"}}'
    if "\r" in header.rstrip("\r"):
        yield OLD_MAC
    if f"{own} {quote}" in header:
        yield "text with a blank between the separator and a quote; write none there"


def _format_delimiter(delimiter: str, own: str) -> str:
    return f', delimiter: "{delimiter}"' if delimiter.strip() and delimiter != own else ""
