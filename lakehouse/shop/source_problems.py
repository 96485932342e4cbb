"""What is wrong between the parts of a source file, each sentence with its place; what a part alone may say stands in its own model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from sqlglot import exp

from lakehouse.shop.column_problems import CONDITION, known_inputs, no_columns, no_sql_of_a_line
from lakehouse.shop.file_day_problems import problems as file_day_problems
from lakehouse.shop.look_up_problems import problems as look_up_problems
from lakehouse.shop.names import differing_in_case
from lakehouse.shop.select_problems import problems as select_problems
from lakehouse.shop.source_text import Place, Problem
from lakehouse.shop.sql_functions import unknown_functions
from lakehouse.shop.sql_slips import slips
from lakehouse.shop.sql_text import parsed_select
from lakehouse.shop.time_patterns import pattern_slips

if TYPE_CHECKING:
    from lakehouse.shop.inputs import Input
    from lakehouse.shop.source import Canonical, CanonicalName


@dataclass(frozen=True)
class Parts:
    """The inputs and tables that are right in themselves, the names of all inputs, by table the input that it accounts for, and what any looks up."""

    inputs: Mapping[str, Input]
    tables: Mapping[CanonicalName, Canonical]
    names: tuple[str, ...]
    accounts: Mapping[str, str]
    looked_up: Set[str]


def problems(parts: Parts) -> Iterator[Problem]:
    """What is wrong between parts. Of a part that is wrong in itself nothing is said here."""
    for known, name in differing_in_case(parts.names):
        yield Problem(("inputs", name), f"it differs from {known} in case alone, which the engine does not tell apart; rename one")
    for name, entry in parts.inputs.items():
        if name not in parts.accounts.values() and name not in parts.looked_up:
            yield Problem(("inputs", name), f"no table accounts for it, so its lines could vanish; {_way_to_account(parts, name, entry)}")
        yield from _of_input(("inputs", name), entry)
    for table in (table for table, name in parts.accounts.items() if name not in parts.names):
        yield Problem(("tables", table, "accounts_for"), f"{parts.accounts[table]} is no input; {known_inputs(parts.names)}")
    for canonical, given in parts.tables.items():
        yield from _of_table(parts, canonical, given)


def _way_to_account(parts: Parts, name: str, entry: Input) -> str:
    """The words to write: for the table whose SELECT reads it, or else beside the lines of another."""
    if made := next((table for table, given in parts.tables.items() if name in _read(given.select) and not given.accounts_for), None):
        return f"write accounts_for: {name} under tables.{made}"
    column = next(iter(entry.column_names), "<column>")
    beside = next(((table, own) for table, own in parts.accounts.items() if own in parts.inputs and own != name), None)
    table, equal = (f"tables.{beside[0]}", f"<SQL over {beside[1]}>") if beside else ("the table that reads it", "<SQL over its lines>")
    return (
        f"write accounts_for: {name} under the table that is made of its lines, "
        f"or where it is only looked up, looks_up: {{{name}: {{key: {{{column}: {equal}}}}}}} under {table}"
    )


def _read(select: str) -> set[str]:
    return {table.name for table in parsed_select(select).find_all(exp.Table)}


def unknown_tables(select: str, names: tuple[str, ...]) -> list[str]:
    """What a SELECT reads that is neither an input nor made in it, each once."""
    tree = parsed_select(select)
    own = {*names, *(cte.alias for cte in tree.find_all(exp.CTE))}
    # Behind a format or schema, as text.`lines`, it is a file or another's table.
    found = (".".join(part.name for part in table.parts) for table in tree.find_all(exp.Table) if not table.find_ancestor(exp.Hint))
    return list(dict.fromkeys(name for name in found if name not in own))


def _of_input(place: Place, entry: Input) -> Iterator[Problem]:
    names = [column.name for column in entry.columns]
    for number, column in enumerate(entry.columns):
        at, before = (*place, "columns", number), entry.columns[:number]
        if column.name.lower() in entry.taken:
            yield Problem(
                (*at, "name"), f"{column.name} is a name of Greenhouse's own; choose another, and say what it is called in `from`"
            )
        if column.name in (each.name for each in before):
            yield Problem((*at, "name"), f"{column.name} stands twice")
        if column.source in (each.source for each in before):
            yield Problem(at, f"another column is from {column.source} as well; take one out, a SELECT may read it twice")
    for known, name in differing_in_case(names):
        reason = f"{name} differs from {known} in case alone, which the engine does not tell apart; rename one, and say what it is called in `from`"
        yield Problem((*place, "columns", names.index(name), "name"), reason)
    yield from no_columns((*place, "duplicates", "key"), entry.duplicates.key if entry.duplicates else (), entry.column_names)
    if table := entry.postgres:
        yield from no_columns((*place, "postgres", "key"), table.key, names)
        for field in ("watermark", "created"):
            yield from no_columns((*place, "postgres", field), filter(None, [getattr(table, field)]), names)


def _of_table(parts: Parts, canonical: CanonicalName, given: Canonical) -> Iterator[Problem]:
    place: Place = ("tables", canonical)
    for name in unknown_tables(given.select, parts.names):
        yield Problem((*place, "select"), f"{name} is no input; {known_inputs(parts.names)}")
    for line, told in chain(
        unknown_functions(given.select, parsed_select(given.select)),
        slips(given.select, _spelt(parts, given)),
        pattern_slips(given.select),
        select_problems(canonical, given.select, parts.inputs, tuple(given.looks_up)),
    ):
        yield Problem((*place, "select"), told, line)
    for told in file_day_problems(given.select, parts.names):
        yield Problem((*place, "select"), told)
    yield from look_up_problems(place, given, parts.names, parts.inputs)
    yield from _of_conditions(parts, (*place, "leaves_out"), given)


def _spelt(parts: Parts, given: Canonical) -> dict[str, str]:
    """What the columns of the inputs that a SELECT reads are called, to their names."""
    return {spelt: name for read in _read(given.select) if read in parts.inputs for spelt, name in parts.inputs[read].spellings.items()}


def _of_conditions(parts: Parts, place: Place, given: Canonical) -> Iterator[Problem]:
    """What is wrong with the conditions by which a table leaves lines out."""
    if given.leaves_out and not given.accounts_for:
        yield Problem(place, "say accounts_for, the input whose lines these are")
    entry = parts.inputs.get(str(given.accounts_for))
    for name, condition in given.leaves_out.items() if entry else ():
        if entry and entry.postgres:
            # A row may become one that is left out; its version before would go on standing.
            yield Problem((*place, name), "rows of a database change; pull from a view that leaves them out")
        if entry:
            yield from no_sql_of_a_line((*place, name), CONDITION, condition, str(given.accounts_for), entry)
