"""A text file as blocks of whole lines in UTF-8, whatever it is packed and encoded in. What its lines mean belongs in the formats."""

from __future__ import annotations

import bz2
import codecs
import gzip
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any

from lakehouse.shop.layout import Part

if TYPE_CHECKING:
    from lakehouse.shop.location import Location

OPENERS = {".gz": gzip.open, ".bz2": bz2.open}
BLOCK_BYTES, PART_BYTES, LONGEST_LINE = 8 << 20, 64 << 20, 64 << 20
BLANK = " \t\r\n\x1a"  # DOS ends a file with the last
_BEGIN_BLANK = ("\n\n", "\n\r", "\n ", "\n\t", "\n\x1a")  # what a blank line, and some others, begin with
UTF8 = "utf-8"


@dataclass(frozen=True)
class Block:
    """Whole lines, as text; `end` is the byte after them in the unpacked file."""

    text: str
    end: int


def blocks(path: Location, encoding: str, part: Part) -> Iterator[Block]:
    """The lines of a part of a file. Raises ValueError, with the line, where its bytes are no text of that encoding."""
    with _unpacked(path) as stream:
        _skip(stream, part.start)
        line, end = 1, part.start
        raw = _whole_lines(stream if encoding == UTF8 else _Recoded(stream, encoding), part)
        for found in raw:
            end += len(found)
            text = _decoded(found, line)
            line += text.count("\n")
            yield Block(text.removeprefix("\ufeff") if end == len(found) else text, end)


class Cuts:
    """The places of a file at which tasks may begin to read, some 64 MB apart: none but its beginning where it is packed or recoded."""

    def __init__(self, path: Location, encoding: str) -> None:
        self._starts, self._is_splittable = [Part()], encoding == UTF8 and path.suffix not in OPENERS

    def may_cut(self, at: int, first_row: int) -> None:
        """That row begins at that byte."""
        if self._is_splittable and at - self._starts[-1].start >= PART_BYTES:
            self._starts.append(Part(at, first_row=first_row))

    def parts(self) -> tuple[Part, ...]:
        """The parts, each ending where the next begins."""
        ends = [*(each.start for each in self._starts[1:]), None]
        return tuple(replace(each, end=end) for each, end in zip(self._starts, ends, strict=True))


def lines_in(text: str) -> int:
    """Its lines that are not blank."""
    if text[:1].strip(BLANK) and not any(begin in text for begin in _BEGIN_BLANK):
        return text.count("\n") + (not text.endswith("\n"))
    return sum(1 for line in text.split("\n") if line.strip(BLANK))


def is_utf8(path: Location) -> bool:
    """Whether a file is UTF-8, and not in letters alone that most encodings have in common."""
    decoder, has_others = codecs.getincrementaldecoder(UTF8)(), False
    try:
        with _unpacked(path) as stream:
            while chunk := stream.read(BLOCK_BYTES):
                has_others |= not decoder.decode(chunk).isascii()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return has_others


@contextmanager
def _unpacked(path: Location) -> Iterator[IO[bytes]]:
    unpacked: Any = OPENERS.get(path.suffix, nullcontext)
    with path.open() as packed, unpacked(packed) as raw:
        yield raw


def _skip(stream: IO[bytes], start: int) -> None:
    if start:
        stream.seek(start)


def _whole_lines(stream: Any, part: Part) -> Iterator[bytes]:
    left = None if part.end is None else part.end - part.start
    rest: list[bytes] = []
    while chunk := stream.read(BLOCK_BYTES if left is None else min(left, BLOCK_BYTES)):
        left = None if left is None else left - len(chunk)
        head, newline, tail = chunk.rpartition(b"\n")
        if newline:
            yield b"".join((*rest, head, newline))
            rest = []
        rest.append(tail)
        if sum(map(len, rest)) > LONGEST_LINE:
            raise ValueError(f"a line is longer than {LONGEST_LINE >> 20} MB")
    if any(rest):
        yield b"".join(rest)


def _decoded(raw: bytes, line: int) -> str:
    try:
        return raw.decode(UTF8)
    except UnicodeDecodeError as error:
        at = line + raw[: error.start].count(b"\n")
        raise ValueError(
            f"line {at} is not UTF-8 (byte 0x{raw[error.start]:02x}); deliver it as UTF-8, or, of CSV, say its encoding, as csv: {{encoding: windows-1252}}"
        ) from error


class _Recoded:
    """A stream of another encoding, read as UTF-8."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream, self._encoding, self._line = stream, encoding, 1
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def read(self, size: int) -> bytes:
        text = ""
        while not text:
            chunk = self._stream.read(size)
            text = self._decoded(chunk)
            if not chunk:
                break
        self._line += text.count("\n")
        return text.encode(UTF8)

    def _decoded(self, chunk: bytes) -> str:
        try:
            return self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            at = self._line + error.object[: error.start].count(b"\n")
            byte = f"byte 0x{error.object[error.start]:02x} is none of its characters"
            said = byte if error.encoding == "charmap" else error.reason
            raise ValueError(f"about line {at} is not {self._encoding}: {said}") from error
