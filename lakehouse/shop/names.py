"""What columns and inputs may be called, and what is the product's own. What a file calls its columns is `InputColumn.source`."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# It stands in folder names, where readers pass over what begins with an underscore.
_INPUT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
LONGEST = 90  # of a name that is suggested: a number may be added
NO_NAME = "no_name"  # the kind of error, of which a better way may be known where the other names are
RESCUED, MALFORMED = "_rescued", "malformed_line"
# Beside an input's columns bronze has these, a SELECT sees `lineage`, and the engine keeps `_metadata` for itself.
OWN = frozenset({RESCUED, MALFORMED, "file_name", "file_sha256", "file_row", "file_day", "landed_at", "lineage", "_metadata"})


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("a name is letters, digits and _ alone, and no digit first")
    return value


def _input_name(value: str) -> str:
    if not _INPUT_NAME.fullmatch(value):
        raise _no_name("the name of an input is a letter, then letters, digits and _ alone, at most 100", instead_of_input(value))
    return value


def _column_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise _no_name(f"{value} is no name of a column: letters, digits and _ alone, and no digit first", instead_of_column(value))
    if value.lower() in OWN:
        raise _no_name(f"{value} is a name of Greenhouse's own", instead_of_column(value))
    return value


def _no_name(reason: str, way: str) -> PydanticCustomError:
    """`way` is told where nothing is known of the names beside it."""
    return PydanticCustomError(NO_NAME, "{reason}; {way}", {"reason": reason, "way": way})


def instead_of_input(value: str, beside: Iterable[str] = ()) -> str:
    """What to call an input instead, as the end of a sentence; `beside`: the names of all inputs, its own among them."""
    return f"call it {_instead(value, beside, lambda name: _INPUT_NAME.fullmatch(name) is not None)}"


def instead_of_column(value: str, beside: Iterable[str] = ()) -> str:
    """How to name a column instead, as the end of a sentence; `beside`: the names of all columns of its input, its own among them."""
    return f"write {mapping(value, _instead(value, beside, _is_free))}"


def _instead(value: str, beside: Iterable[str], is_sound: Callable[[str], bool]) -> str:
    beside = tuple(beside)
    wrong = [name for name in (*beside, value) if not is_sound(name)]
    return free_names(wrong, filter(is_sound, beside), is_sound)[value]


Name = Annotated[str, AfterValidator(_name)]
InputName = Annotated[str, AfterValidator(_input_name)]
ColumnName = Annotated[str, AfterValidator(_column_name)]


def mapping(source: str, name: str) -> str:
    """How source.yaml names a column that a file calls so, whatever that is."""
    return f"{{name: {name}}}" if name == source else f"{{name: {name}, from: {json.dumps(source, ensure_ascii=False)}}}"


def free_names(sources: Iterable[str], beside: Iterable[str] = (), is_sound: Callable[[str], bool] | None = None) -> dict[str, str]:
    """A name for each of what files call columns or people call inputs, which the engine tells from those beside them and from each other.

    What `is_sound` (where left out, for a column) and free stays as it is.
    """
    taken, found = {each.lower() for each in beside}, dict[str, str]()
    for source in dict.fromkeys(sources):
        name = source if (is_sound or _is_free)(source) else _plain(source)
        found[source] = _free(name, taken)
        taken.add(found[source].lower())
    return found


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


def _plain(source: str) -> str:
    plain = unicodedata.normalize("NFKD", source.casefold()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST] or "unnamed"
    return f"given_{name}" if name[0].isdigit() or {name, source.lower()} & OWN else name


def _is_free(name: str) -> bool:
    """Whether a column may be called so."""
    return _NAME.fullmatch(name) is not None and name.lower() not in OWN
