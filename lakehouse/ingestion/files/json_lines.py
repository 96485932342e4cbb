"""JSON Lines and JSON records, read strictly by RFC 8259: a line is one object to its last character, or malformed and kept whole.

Numbers keep their text, no key may stand twice in an object, and what is nested stays JSON.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from lakehouse.ingestion.files.text_lines import BLANK, UTF8, Cuts, blocks
from lakehouse.shop.layout import Contents, Layout, Part, as_json

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse.shop.location import Location

Told = dict[str, str | None]


class _Number(str):
    """A number by its text."""


def reader() -> Callable[[str], Told | None]:
    """Tells what an object says, by key, as text; None where the line is none."""
    quick, exact = _decoder(str), _decoder(_Number)

    def told(line: str) -> Told | None:
        try:
            found = quick.decode(line)
            if type(found) is not dict:
                return None
            if "\\u" in line:
                _refuse_halves(found)
            kinds = set(map(type, found.values()))
            if kinds <= {str}:
                return found
            return {key: _text(value) for key, value in (exact.decode(line) if kinds & {dict, list} else found).items()}
        except (ValueError, RecursionError):
            return None

    return told


def _decoder(number: type[str]) -> json.JSONDecoder:
    return json.JSONDecoder(parse_float=number, parse_int=number, parse_constant=_refuse_constant, object_pairs_hook=_once, strict=True)


class JsonLines:
    """A key that a line leaves out is null there; no file needs to hold every key."""

    has_header = False

    def look(self, path: Location, layout: Layout) -> Contents:
        """Its columns are the keys of its lines, in order of appearance. Raises ValueError where it has lines and none is an object."""
        told, names, rows, objects, cuts = reader(), dict[str, None](), 0, 0, Cuts(path, UTF8)
        for block in blocks(path, UTF8, Part()):
            lines = list(_lines(block.text))
            if not rows and lines and _opens_array(lines[0]):
                raise ValueError("its lines are no objects but parts of an array")
            found = list(map(told, lines))
            rows += len(found)
            objects += sum(row is not None for row in found)
            for row in found:
                if row and not row.keys() <= names.keys():
                    names |= dict.fromkeys(row)
            cuts.may_cut(block.end, rows + 1)
        if rows and not objects:
            raise ValueError("none of its lines is a JSON object")
        return Contents(tuple(names), rows, cuts.parts())

    def batches(self, path: Location, layout: Layout, header: tuple[str, ...], part: Part) -> Iterator[pa.RecordBatch]:
        for block in blocks(path, UTF8, part):
            yield batch(layout, list(_lines(block.text)))


def records(layout: Layout, values: list[bytes | None]) -> pa.RecordBatch:
    """A row a record, which may have several lines; what is no text is kept in base64."""
    return batch(layout, [_readable(value or b"") for value in values])


def _readable(value: bytes) -> str:
    try:
        return value.decode(UTF8)
    except UnicodeDecodeError:
        return f"base64:{base64.b64encode(value).decode()}"


def batch(layout: Layout, lines: list[str]) -> pa.RecordBatch:
    """A row a line."""
    import pyarrow as pa

    found = list(map(reader(), lines))
    own = [[None if row is None else row.get(source) for row in found] for source in layout.sources.values()]
    known = frozenset(layout.sources.values())
    rescued = [None if row is None or row.keys() <= known else as_json({k: v for k, v in row.items() if k not in known}) for row in found]
    malformed = [line if row is None else None for row, line in zip(found, lines, strict=True)]
    return pa.record_batch([pa.array(column, pa.string()) for column in (*own, rescued, malformed)], layout.names)


def _opens_array(line: str) -> bool:
    return line.lstrip(BLANK).startswith("[") and not line.rstrip(BLANK).endswith("]")


def _lines(text: str) -> Iterator[str]:
    return (line.rstrip("\r") for line in text.split("\n") if line.strip(BLANK))


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return str(value)
    return None if value is None else _as_written(value)


def _as_written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{_as_written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_as_written, value)) + "]"
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _refuse_halves(value: Any) -> None:
    """Raise UnicodeEncodeError, a ValueError, where an escape is half a character: there is no such text."""
    json.dumps(value, ensure_ascii=False).encode(UTF8)
