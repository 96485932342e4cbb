"""What is wrong with the inputs that a table reads beside its lines: those its SELECT joins, and those it declares under `looks_up`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from sqlglot import exp

from lakehouse.shop.column_problems import VALUE, known_inputs, no_columns, no_sql_of_a_line
from lakehouse.shop.names import OWN
from lakehouse.shop.source_text import Place, Problem
from lakehouse.shop.sql_text import parsed_select

if TYPE_CHECKING:
    from lakehouse.shop.inputs import Input
    from lakehouse.shop.source import Canonical, LookUp

Inputs = Mapping[str, "Input"]


def problems(place: Place, given: Canonical, names: tuple[str, ...], inputs: Inputs) -> Iterator[Problem]:
    """`names`: of all inputs; `inputs`: those that are right in themselves."""
    tree = parsed_select(given.select)
    read: dict[str, exp.Table] = {}
    for table in sorted(tree.find_all(exp.Table), key=_position):
        if table.name in names:
            read.setdefault(table.name, table)
    own = str(given.accounts_for if given.accounts_for in read else next(iter(read), ""))
    for name in (each for each in read if each != own):
        yield Problem((*place, "select"), _undeclared(tree, own, name, given), read[name].this.meta.get("line", 0))
    for name, look_up in given.looks_up.items():
        at = (*place, "looks_up", name)
        if name not in names:
            yield Problem(at, f"{name} is no input; {known_inputs(names)}")
        elif name == own:
            yield Problem(at, "the SELECT reads it itself; look up another input")
        elif name in inputs and own in inputs:
            yield from _of_look_up(at, look_up, own, inputs)
            yield from (Problem((*place, "select"), told) for told in _unknown_fields(tree, name, inputs[name]))


def _position(table: exp.Table) -> int:
    return int(table.this.meta.get("start", 0))


def _undeclared(tree: exp.Expr, own: str, other: str, given: Canonical) -> str:
    """A night reads the files of its own day, so a join finds other rows there than over a range."""
    on = _compared(tree, own, other)
    pairs = ", ".join(f"{column}: {equal}" for column, equal in on.items())
    declared = "" if other in given.looks_up else f" declare looks_up: {{{other}: {{key: {{{pairs}}}}}}} beside it,"
    return (
        f"reads {other} beside {own}, and a night would find other rows of it than a range of days, since each sees its own files alone; "
        f"let FROM name {own} alone,{declared} and read {other}.{next(iter(on))} as a column of {own}"
    )


def _compared(tree: exp.Expr, own: str, other: str) -> dict[str, str]:
    """By column of the other input the column of its own that the SELECT holds equal to it, as far as it says."""
    named = {table.alias_or_name: table.name for table in tree.find_all(exp.Table)}
    found = {}
    for equal in tree.find_all(exp.EQ):
        sides = {named.get(side.table): side.name for side in (equal.left, equal.right) if isinstance(side, exp.Column)}
        if {own, other} <= sides.keys():
            found[sides[other]] = sides[own]
    found |= {column.name: column.name for join in tree.find_all(exp.Join) for column in join.args.get("using") or ()}
    return found or {f"<column of {other}>": f"<column of {own}>"}


def _of_look_up(place: Place, look_up: LookUp, own: str, inputs: Inputs) -> Iterator[Problem]:
    name, entry, lines = str(place[-1]), inputs[str(place[-1])], inputs[own]
    if name.lower() in {*(column.lower() for column in lines.column_names), *OWN}:
        yield Problem(place, f"a line of {own} has {name} already; call that column or this input otherwise")
    yield from no_columns((*place, "key"), tuple(look_up.key), entry.column_names)
    for column, sql in look_up.key.items():
        yield from no_sql_of_a_line((*place, "key", column), VALUE, sql, own, lines)
    if entry.postgres and look_up.last_days:
        yield Problem(
            (*place, "last_days"), "rows of a database change, and have no day of their own; take it out, and the row as of the day is seen"
        )
    if entry.postgres and set(look_up.key) != set(entry.postgres.key):
        yield Problem((*place, "key"), f"a row of a database is told by its key; say what {', '.join(entry.postgres.key)} equals")


def _unknown_fields(tree: exp.Expr, name: str, entry: Input) -> Iterator[str]:
    """A sentence for each column read of what is looked up that it does not have."""
    tables = {table.alias_or_name.lower() for table in tree.find_all(exp.Table)}
    known = [column.lower() for column in (*entry.column_names, "file_day")]
    for column in tree.find_all(exp.Column):
        parts = [part.name for part in column.parts]
        parts = parts[1:] if parts[0].lower() in tables else parts
        if len(parts) > 1 and parts[0].lower() == name.lower() and parts[1].lower() not in known and parts[1] != "*":
            near = get_close_matches(parts[1].lower(), known, n=1)
            way = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}"
            yield f"reads {column.sql('spark')}, which is no column of {name}; {way}"
