"""What of a SELECT would be another in a night than over a range of days: rows put together that files of several days hold.

A night reads the files of its own day. So what a SELECT groups, ranks or joins of its own input must stay within a file's day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from sqlglot import exp

from lakehouse.shop.sql_text import parsed_select

# Parts of `lineage`: what is the same in these came on the same day.
OF_A_DAY = frozenset({"lineage", "file_day", "file", "sha256"})
WAY = "a night sees the files of its own day alone, and would give other rows than a range of days"


def problems(select: str, names: Iterable[str]) -> Iterator[str]:
    """A sentence for each place where a SELECT over these inputs puts rows of several file days together."""
    tree = parsed_select(select)
    known = _called_so(tree)
    for name, times in Counter(table.name for table in tree.find_all(exp.Table) if table.name in set(names)).items():
        if times > 1 and not _joins_by_day(tree, known):
            yield f"reads {name} {'twice' if times == 2 else f'{times} times'}: {WAY}; join on lineage.file_day as well, or read it once"
    for window in tree.find_all(exp.Window):
        if not _holds_day(window.args.get("partition_by") or (), known):
            yield f"ranks or sums over rows by {window.sql('spark')}: {WAY}; add lineage.file_day to its PARTITION BY"
    for query in tree.find_all(exp.Select):
        if _gathers(query) and not _holds_day(_groups(query), known):
            yield f"groups rows without lineage.file_day: {WAY}; add it to GROUP BY"


def _called_so(tree: exp.Expr) -> frozenset[str]:
    """The names that stand for a part of lineage which is the same within a day, in whichever part of the SELECT."""
    named = {alias.alias.lower() for alias in tree.find_all(exp.Alias) if _is_of_day(alias.this, OF_A_DAY)}
    return OF_A_DAY | named


def _is_of_day(value: exp.Expr, known: frozenset[str]) -> bool:
    return isinstance(value, exp.Column | exp.Dot) and value.name.lower() in known


def _holds_day(values: Iterable[exp.Expr], known: frozenset[str]) -> bool:
    return any(_is_of_day(value, known) for value in values)


def _joins_by_day(tree: exp.Expr, known: frozenset[str]) -> bool:
    return any(_is_of_day(equal.left, known) and _is_of_day(equal.right, known) for equal in tree.find_all(exp.EQ))


def _gathers(query: exp.Select) -> bool:
    """Whether one row of it is made of several: it groups, is distinct, or adds up outside a window."""
    if query.args.get("group") or query.args.get("distinct"):
        return True
    return any(not found.find_ancestor(exp.Window) for part in query.expressions for found in part.find_all(exp.AggFunc))


def _groups(query: exp.Select) -> list[exp.Expr]:
    """What its rows have in common that are made one, an ordinal and an alias as what they stand for."""
    group, given = query.args.get("group"), [part.unalias() for part in query.expressions]
    if not group or group.args.get("all"):
        return [value for value in given if not value.find(exp.AggFunc)] if group or query.args.get("distinct") else []
    return [given[int(value.name) - 1] if _is_ordinal(value, given) else value for value in group.expressions]


def _is_ordinal(value: exp.Expr, given: list[exp.Expr]) -> bool:
    return isinstance(value, exp.Literal) and value.is_int and 0 < int(value.name) <= len(given)
