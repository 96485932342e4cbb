"""What columns and inputs may be called, and what is the product's own. What a file calls its columns is `InputColumn.source`."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import AfterValidator

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# It stands in folder names, where readers pass over what begins with an underscore.
_INPUT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
RESCUED, MALFORMED = "_rescued", "malformed_line"
# Beside an input's columns bronze has these, a SELECT sees `lineage`, and the engine keeps `_metadata` for itself.
OWN = frozenset({RESCUED, MALFORMED, "file_name", "file_sha256", "file_row", "file_day", "landed_at", "lineage", "_metadata"})


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("a name is letters, digits and _ alone, and no digit first")
    return value


def _input_name(value: str) -> str:
    if not _INPUT_NAME.fullmatch(value):
        raise ValueError(
            f"the name of an input is a letter, then letters, digits and _ alone, at most 100; call it {_suggested(value)[:100]}"
        )
    return value


def _column_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(f"{value} is no name of a column: letters, digits and _ alone, and no digit first; write {mapping(value)}")
    if value.lower() in OWN:
        raise ValueError(f"{value} is a name of Greenhouse's own; write {mapping(value)}")
    return value


Name = Annotated[str, AfterValidator(_name)]
InputName = Annotated[str, AfterValidator(_input_name)]
ColumnName = Annotated[str, AfterValidator(_column_name)]


def mapping(source: str, name: str | None = None, beside: Iterable[str] = ()) -> str:
    """How source.yaml names a column that a file calls so, whatever that is; by that name, if one is given, else by one that is free beside others."""
    name = name or _free(_suggested(source), {each.lower() for each in beside})
    return f"{{name: {name}}}" if name == source else f"{{name: {name}, from: {json.dumps(source, ensure_ascii=False)}}}"


def quoted(name: str) -> str:
    """A name as the engine's SQL writes it, whatever it holds."""
    return f"`{name.replace('`', '``')}`"


def differing_in_case(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names that the engine does not tell apart, equal ones not among them."""
    first: dict[str, str] = {}
    for name in names:
        known = first.setdefault(name.lower(), name)
        if known != name:
            yield known, name


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where the engine would not tell it from one of those taken."""
    candidates = (name, *(f"{name}_{number}" for number in range(2, len(taken) + 3)))
    return next(each for each in candidates if each.lower() not in taken)


def _suggested(source: str) -> str:
    if _NAME.fullmatch(source) and source.lower() not in OWN:
        return source
    plain = unicodedata.normalize("NFKD", source).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_") or "unnamed"
    return f"given_{name}" if name[0].isdigit() or {name, source.lower()} & OWN else name
