"""What a shop's SELECTs lack, all of it at once and before anything starts: columns read that no input has, columns that silver needs.

Types that no cast says, and whatever else only the engine can tell, are told when the SELECT runs (`shop_select`). How columns are found in a SELECT belongs
in `select_columns`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from lakehouse.shop.canonical_columns import COLUMNS, EITHER, LEFT_OUT, LINEAGE, TOLD, ZONE, misfit, todays
from lakehouse.shop.select_columns import Reading, Unknown
from lakehouse.shop.sql_text import parsed_select

if TYPE_CHECKING:
    from lakehouse.shop.inputs import Input
    from lakehouse.shop.source import CanonicalName

# The types that the engine calls as a SELECT does.
SIMPLE = {
    exp.DataType.Type[name] for name in ("BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "DATE", "TEXT")
}


def problems(canonical: CanonicalName, select: str, inputs: Mapping[str, Input], looks_up: tuple[str, ...] = ()) -> Iterator[str]:
    """A sentence for each column that the SELECT reads and no input has, and for each that it should give and does not.

    `looks_up`: the inputs that stand beside each line, by their names.
    """
    tables = {name: (*entry.column_names, LINEAGE, *looks_up) for name, entry in inputs.items()}
    tree = parsed_select(select)
    yield from (_unknown_word(word.name) for word in tree.find_all(exp.Placeholder) if word.name != ZONE)
    reading = Reading(tree, tables)
    yield from (_read(each, inputs) for each in reading.unknown())
    if (given := reading.gives()) is not None:
        yield from lacking(canonical, given)
    yield from _misfits(canonical, tree)


def lacking(canonical: CanonicalName, given: Collection[str]) -> Iterator[str]:
    """A sentence for each column that a canonical table needs and that is not among those given."""
    needed, given = COLUMNS[canonical], set(todays(given))
    left_out = LEFT_OUT.get(canonical, frozenset())
    yield from (_lacking(canonical, name, kind) for name, kind in needed.items() if name not in left_out | given)
    yield from _near_misses(given, sorted(needed.keys() - given))
    if (either := EITHER.get(canonical)) and given.isdisjoint(either):
        one, other = either
        yield f"gives neither {one} ({needed[one]}) nor {other} ({needed[other]}); add one of them, as … AS {one}"
    if LINEAGE not in given:
        yield f"does not pass {LINEAGE} on, which says which file and line a row came from; add {LINEAGE}, or max({LINEAGE}) AS {LINEAGE} where it groups"


def _misfits(canonical: CanonicalName, tree: exp.Expr) -> Iterator[str]:
    """What is cast, as a whole, to a type that silver does not take. Other types only the engine can tell."""
    for given in tree.selects if isinstance(tree, exp.Select) else ():
        if isinstance(cast := given.unalias(), exp.Cast) and cast.to.this in SIMPLE:
            yield from filter(None, [misfit(canonical, given.alias_or_name, _as_the_engine_says(cast.to))])


def _as_the_engine_says(kind: exp.DataType) -> str:
    name, *digits = re.findall(r"\w+", kind.sql("spark").lower())
    if name == "decimal":
        return f"decimal({','.join([*digits, *('10', '0')[len(digits) :]])})"
    return name


def _unknown_word(name: str) -> str:
    return f":{name} stands for nothing; :{ZONE} stands for the shop's time zone, and there is no other"


def _near_misses(given: Collection[str], absent: Collection[str]) -> Iterator[str]:
    """What is given that no table has, and is called almost as a column that is left out: without a word it would be null for ever."""
    known = {name for columns in COLUMNS.values() for name in columns}
    for name in sorted(set(given) - known - {LINEAGE}):
        if near := get_close_matches(name, absent, n=1, cutoff=0.8):
            yield f"gives {name}, which no table has; did you mean {near[0]}?"


def _read(unknown: Unknown, inputs: Mapping[str, Input]) -> str:
    among = " or ".join(unknown.tables) or "any input"
    ours = [name for name in unknown.tables if name in inputs]
    written = sqlglot.parse_one(unknown.column, read="spark").name
    meant = [name for each in ours for name, source in inputs[each].sources.items() if source == written]
    near = meant or get_close_matches(written.lower(), sorted(unknown.known), n=1)
    way = f"did you mean {near[0]}?" if near else f"name it in inputs.{ours[0] if ours else '…'}.columns, or read another"
    return f"reads {unknown.column}, which is no column of {among}; {way}"


def _lacking(canonical: CanonicalName, name: str, kind: str) -> str:
    if name in TOLD[canonical]:
        return f"does not give {name} ({kind}); add it, as … AS {name}"
    return f"does not give {name} ({kind}); add it, or cast(null AS {kind}) AS {name} where the shop does not tell it"
