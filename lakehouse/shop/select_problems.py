"""What a shop's SELECTs lack, all of it at once and before anything starts: columns read that no input has, columns that silver needs.

Types that no cast says, and whatever else only the engine can tell, are told when the SELECT runs (`shop_select`). How columns are found in a SELECT belongs
in `select_columns`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from lakehouse.shop.canonical_columns import COLUMNS, EITHER, LEFT_OUT, LINEAGE, TOLD, ZONE, misfit, todays
from lakehouse.shop.select_columns import Reading, Unknown
from lakehouse.shop.sql_slips import CURLY
from lakehouse.shop.sql_text import parsed_select

if TYPE_CHECKING:
    from lakehouse.shop.inputs import Input
    from lakehouse.shop.source import CanonicalName

# The types that the engine calls as a SELECT does.
SIMPLE = {
    exp.DataType.Type[name] for name in ("BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "DATE", "TEXT")
}


def problems(
    canonical: CanonicalName, select: str, inputs: Mapping[str, Input], looks_up: tuple[str, ...] = ()
) -> Iterator[tuple[int, str]]:
    """A sentence for each column that the SELECT reads and no input has, and on those that it should give and does not, or gives wrongly.

    Each with its line of the text, 0 where it has none. `looks_up`: the inputs that stand beside each line, by their names.
    """
    tables = {name: (*entry.column_names, LINEAGE, *looks_up) for name, entry in inputs.items()}
    tree = parsed_select(select)
    reading = Reading(tree, tables)
    yield from ((each.line, _read(each, inputs)) for each in reading.unknown() if not CURLY.search(each.column))
    yield from ((0, told) for told in _of_the_whole(canonical, tree, reading, inputs))


def _of_the_whole(canonical: CanonicalName, tree: exp.Expr, reading: Reading, inputs: Mapping[str, Input]) -> Iterator[str]:
    yield from (_unknown_word(word.name) for word in tree.find_all(exp.Placeholder) if word.name != ZONE)
    if (given := reading.gives()) is not None:
        yield from lacking(canonical, given)
    if isinstance(tree, exp.Select):
        yield from twice(canonical, [each.alias_or_name for each in tree.selects])
    yield from _misfits(canonical, tree, inputs)
    if tree.find(exp.Limit, exp.Offset):
        yield "LIMIT and OFFSET lose lines by chance; take them out, and name lines that are not for the table under leaves_out"


def twice(canonical: CanonicalName, given: Iterable[str]) -> list[str]:
    """A sentence for each column of a canonical table that is given more than once."""
    times = Counter(todays(given))
    return [f"gives {name} twice; let it give one" for name in (*COLUMNS[canonical], LINEAGE) if times[name] > 1]


def lacking(canonical: CanonicalName, given: Collection[str]) -> Iterator[str]:
    """Sentences about the columns that a canonical table needs and that are not among those given."""
    needed, given = COLUMNS[canonical], set(todays(given))
    left_out = LEFT_OUT.get(canonical, frozenset())
    if absent := [name for name in needed if name not in left_out | given]:
        yield _lacking(canonical, absent)
    yield from _near_misses(given, sorted(needed.keys() - given))
    if (either := EITHER.get(canonical)) and given.isdisjoint(either):
        one, other = either
        yield f"gives neither {one} ({needed[one]}) nor {other} ({needed[other]}); add one of them, as … AS {one}"
    if LINEAGE not in given:
        yield f"does not pass {LINEAGE} on, which says which file and line a row came from; add {LINEAGE}, or max({LINEAGE}) AS {LINEAGE} where it groups"


def _misfits(canonical: CanonicalName, tree: exp.Expr, inputs: Mapping[str, Input]) -> Iterator[str]:
    """What is, as a whole, of a type that silver does not take: cast to it, a text, or a column as it came. Other types only the engine can tell."""
    if isinstance(tree, exp.Select):
        columns = _columns_as_they_came(tree, inputs)
        kinds = ((given.alias_or_name, _kind(given.unalias(), columns)) for given in tree.selects)
        yield from filter(None, (misfit(canonical, name, kind) for name, kind in kinds if kind))


def _kind(value: exp.Expr, columns: Collection[str]) -> str | None:
    if isinstance(value, exp.Cast) and value.to.this in SIMPLE:
        return _as_the_engine_says(value.to)
    is_column = isinstance(value, exp.Column) and len(value.parts) == 1 and value.name.lower() in columns
    return "string" if is_column or (isinstance(value, exp.Literal) and value.is_string) else None


def _columns_as_they_came(tree: exp.Select, inputs: Mapping[str, Input]) -> frozenset[str]:
    """The columns of the input that a SELECT reads itself, where it reads nothing else: all of them are text."""
    begin = tree.args.get("from_")
    reads_one = begin and isinstance(begin.this, exp.Table) and not any(tree.args.get(part) for part in ("joins", "laterals", "with_"))
    entry = inputs.get(begin.this.name) if begin and reads_one else None
    return frozenset(map(str.lower, entry.column_names)) if entry else frozenset()


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


def _lacking(canonical: CanonicalName, absent: list[str]) -> str:
    """One sentence, however many columns are absent."""
    told, kinds = [name for name in absent if name in TOLD[canonical]], COLUMNS[canonical]
    nulls = [f"cast(null AS {kinds[name]}) AS {name}" for name in absent if name not in told]
    ways = [f"as … AS {told[0]}"] if told else []
    ways += [f"or {', '.join(nulls)} where the shop does not tell {'it' if len(nulls) == 1 else 'them'}"] if nulls else []
    listed = ", ".join(f"{name} ({kinds[name]})" for name in absent)
    return f"does not give {listed}; add {'it' if len(absent) == 1 else 'each'}, {', '.join(ways)}"
