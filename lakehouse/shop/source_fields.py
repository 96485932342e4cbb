"""The fields of a source file, held against its models: every wrong one with its place and a sentence."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lakehouse.shop.names import NO_NAME, instead_of_column, instead_of_input
from lakehouse.shop.source_text import Problem

# What takes the place of a wrong field without which an entry would not be one.
STAND_INS = {"files": "{day}"}
NAME = "[key]"  # where pydantic says that the name of an entry is wrong
NO_WHOLE = ("int_type", "int_parsing", "int_from_float")
LISTS, FIELDS = ("tuple_type", "list_type"), ("dict_type", "model_type", "model_attributes_type")
Part = TypeVar("Part", bound=BaseModel)


def validated(document: dict[str, Any], model: type[Part], known: Iterable[str]) -> tuple[Part | None, list[Problem]]:
    """The document as the model, or None and what is wrong with its fields; `known`: what fields there are, to guess which was meant."""
    try:
        return model.model_validate(document), []
    except ValidationError as error:
        return None, [_problem(each, known, document) for each in error.errors()]


def sound(given: Any, part: str, model: type[Part], wrong: Iterable[Problem]) -> dict[str, Part]:
    """The entries of a part of the document, without the fields in which something is wrong, so that the others can be held against each other.

    Left out are those that are nothing without them.
    """
    places = [problem.place[1:] for problem in wrong if problem.place[:1] == (part,)]
    bad = {name: {place[1] for place in places if place[:1] == (name,) and len(place) > 1} for name in as_fields(given)}
    found = {name: _validated_but(entry, bad[name], model) for name, entry in as_fields(given).items() if (name,) not in places}
    return {name: entry for name, entry in found.items() if entry is not None}


def _validated_but(entry: Any, fields: Collection[str | int], model: type[Part]) -> Part | None:
    if not fields:
        return model.model_validate(entry)
    if NAME in fields:
        return None
    left = {name: value for name, value in as_fields(entry).items() if name not in fields}
    stand_ins = {name: value for name, value in STAND_INS.items() if name in fields}
    try:
        return model.model_validate(left | stand_ins)
    except ValidationError:
        return None


def as_fields(given: Any) -> dict[str, Any]:
    """What holds names and values; nothing where it is something else."""
    return given if isinstance(given, dict) else {}


def _problem(error: ErrorDetails, known: Iterable[str], document: Any) -> Problem:
    reason = _other_name(error, document) if error["type"] == NO_NAME else _reason(error, known)
    return Problem(error["loc"], reason, int(error.get("ctx", {}).get("line", 0)))


def _other_name(error: ErrorDetails, document: Any) -> str:
    """A sentence with a name that is free beside those that stand there, and beside those told for others."""
    place, given = error["loc"], document
    for part in place[:-2]:
        given = given[part]
    names = list(map(str, given if place[-1] == NAME else (as_fields(each).get("name") for each in given)))
    way = instead_of_input if place[-1] == NAME else instead_of_column
    return f"{error['ctx']['reason']}; {way(str(error['input']), names)}"


def _reason(error: ErrorDetails, known: Iterable[str]) -> str:
    """Never the value: it may be a password that stands in the wrong place."""
    kind = error["type"]
    if kind == "missing":
        return "it is missing"
    if kind == "extra_forbidden":
        near = get_close_matches(str(error["loc"][-1]), known, n=1)
        return f"there is no such field here{f'; did you mean {near[0]}?' if near else ''}"
    if kind == "invalid_key":
        return "the name of a field must be text; put it in quotes"
    if error["input"] is None:
        return "it has no value"
    if kind == "string_type":
        return "it must be text" if isinstance(error["input"], dict | list) else "YAML reads this as no text; put it in quotes"
    if kind in ("string_too_long", "string_too_short") and error.get("ctx", {}).get("max_length", 1) == 1:
        return 'it must be one character; a tab is "\\t", in double quotes'
    if kind in NO_WHOLE:
        return "it must be a whole number"
    if kind in LISTS:
        return "it must be a list, as [a, b]"
    if kind in FIELDS:
        return "it must be fields, as name: value"
    return error["msg"].removeprefix("Value error, ").replace("Input should be", "it must be")
