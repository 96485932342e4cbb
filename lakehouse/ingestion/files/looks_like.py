"""What a file looks like that does not fit its input, so that whoever delivers it knows what to change. Guesses only: nothing is read by them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lakehouse.ingestion.files.text_lines import OPENERS

if TYPE_CHECKING:
    from lakehouse.shop.inputs import Input
    from lakehouse.shop.location import Location

HEAD_BYTES = 4096
UTF16 = (b"\xff\xfe", b"\xfe\xff")
BEGINS = {
    b"PAR1": "Parquet; say format: parquet",
    b"PK\x03\x04": "a zip archive or an Excel workbook; deliver it as plain CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; deliver it as plain CSV",
    b"\x1f\x8b": "compressed with gzip; name it .gz",
    b"BZh": "compressed with bzip2; name it .bz2",
    b"\x28\xb5\x2f\xfd": "compressed with zstd; deliver it plain, as .gz or as .bz2",
    b"%PDF": "a PDF",
    **dict.fromkeys(UTF16, "UTF-16; say csv: {encoding: utf-16}, or deliver it as UTF-8"),
}
SEPARATORS = {";": "semicolon", "\t": "tab", "|": "pipe", ",": "comma"}


def looks_like(path: Location, entry: Input) -> str | None:
    """What the file looks like, as the end of "it looks like …"; None where nothing is seen that its input does not say."""
    if path.suffix in OPENERS:
        return None  # its first bytes are the archive's
    with path.open() as raw:
        return next(_guesses(raw.read(HEAD_BYTES), entry), None)


def _guesses(head: bytes, entry: Input) -> Iterator[str]:
    said = {"parquet": (b"PAR1",), "csv": UTF16 if entry.csv.encoding.startswith("utf-16") else ()}.get(entry.format, ())
    yield from (told for begin, told in BEGINS.items() if head.startswith(begin) and begin not in said)
    text = head.decode("utf-8", "replace").removeprefix("\ufeff").lstrip()
    if "\x00" in text[:64] and not entry.csv.encoding.startswith(("utf-16", "utf-32")):
        yield "UTF-16 without a mark; say csv: {encoding: utf-16-le}, or deliver it as UTF-8"
    yield from _of_text(text, entry)


def _of_text(text: str, entry: Input) -> Iterator[str]:
    if text.startswith("<"):
        yield "a web page or XML"
    if entry.format != "jsonl" and text.startswith("{"):
        yield "JSON; say format: jsonl"
    if text.startswith("[") and entry.format == "jsonl":
        yield "a JSON array; write one object a line"
    if text.startswith("[{") and entry.format == "csv":
        yield "a JSON array; write one object a line and say format: jsonl"
    if entry.format == "jsonl" and text[:1] not in ("{", "[", "<", "") and not text.isspace():
        yield "no JSON at all; say format: csv, if that is what it is"
    if entry.format == "csv":
        yield from _of_header(text.partition("\n")[0], entry)


def _of_header(header: str, entry: Input) -> Iterator[str]:
    own = entry.csv.delimiter
    if header.lower().startswith("sep="):
        yield f"Excel's CSV, whose first line names the separator; say csv: {{skip_lines: 1{_said(header[4:5], own)}}}"
    found = max(SEPARATORS, key=header.count)
    if found != own and header.count(found) > header.count(own):
        shown = "\\t" if found == "\t" else found
        yield f'{SEPARATORS[found]}-separated text; say csv: {{delimiter: "{shown}"}}'
    if "\r" in header.rstrip("\r"):
        yield "text whose lines end with a carriage return alone, as old Macs wrote it; write line feeds"


def _said(delimiter: str, own: str) -> str:
    return f', delimiter: "{delimiter}"' if delimiter.strip() and delimiter != own else ""
