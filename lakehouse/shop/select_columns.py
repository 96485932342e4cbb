"""Which columns a SELECT reads and gives, told from its text and the columns of the tables it names, without an engine.

Where that is not certain (pivots, table functions, generators without names) nothing is said: the engine decides. What a shop's SELECT
must give belongs in `select_problems`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

# Words that Spark understands without a table, and that look like columns to the parser.
WORDS = (
    "all", "current_catalog", "current_database", "current_date", "current_schema", "current_time", "current_timestamp",
    "current_user", "grouping__id", "session_user", "spark_grouping_id", "user",
)  # fmt: skip
Names = frozenset[str]


@dataclass(frozen=True)
class Unknown:
    """A column as the SELECT writes it, that none of `tables` (all that it could stand in) has."""

    column: str
    tables: tuple[str, ...]
    known: Names
    line: int = field(default=0, compare=False)  # of the text; it is told once, wherever else it stands


@dataclass(frozen=True)
class Reading:
    """A parsed SELECT beside the columns of the tables there are; names are compared as Spark does, whatever their case."""

    tree: exp.Expr
    tables: Mapping[str, Iterable[str]]

    def unknown(self) -> list[Unknown]:
        """The columns read that no table has, each once."""
        found = (self._unknown(column) for column in self.tree.find_all(exp.Column))
        return list(dict.fromkeys(each for each in found if each))

    def gives(self) -> Names | None:
        """The names of the columns that come out; None where that is not certain."""
        return self._given(self.tree)

    def _unknown(self, column: exp.Column) -> Unknown | None:
        selects = list(_seen_from(column))
        if not selects or isinstance(column.this, exp.Star) or column.find_ancestor(exp.Hint, exp.Pivot):
            return None
        columns, first = self._of_tables(selects), column.parts[0]
        if (
            columns is None
            or _low(first.name) in columns | _named_around(column, selects)
            or (_low(first.name) in WORDS and not first.args.get("quoted"))
        ):
            return None
        line = int(first.meta.get("line", 0))
        sources = {_low(name): source for select in reversed(selects) for name, source in _sources(select) if name}
        if len(column.parts) > 1 and _low(first.name) in sources:
            source = sources[_low(first.name)]
            given = self._given(source)
            is_known = given is None or _low(column.parts[1].name) in given
            return None if is_known else Unknown(column.sql("spark"), (source.name or first.name,), given or frozenset(), line)
        return Unknown(column.sql("spark"), tuple(source.name or name for name, source in sources.items()), columns, line)

    def _of_tables(self, selects: list[exp.Select]) -> Names | None:
        """The columns of all that the SELECTs read from; None where some are not certain."""
        given = [self._given(source) for select in selects for _, source in _sources(select)]
        return None if None in given else frozenset().union(*(names for names in given if names))

    def _given(self, node: exp.Expr | None) -> Names | None:
        if node is None or node.args.get("pivots") or (node.args.get("joins") and not isinstance(node, exp.Select)):
            return None
        alias = node.args.get("alias")
        if isinstance(alias, exp.TableAlias) and alias.columns:
            return frozenset(_low(name.name) for name in alias.columns)
        if isinstance(node, exp.Table):
            return self._given_by_table(node)
        if isinstance(node, exp.Select):
            return self._selected(node)
        inner = node.this if isinstance(node, exp.Subquery | exp.SetOperation) else None
        if isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery):
            inner = node.this
        return self._given(inner)

    def _given_by_table(self, table: exp.Table) -> Names | None:
        ctes = [cte for cte in self.tree.find_all(exp.CTE) if _low(cte.alias) == _low(table.name)]
        is_inside = any(cte is node for cte in ctes for node in _ancestors(table))
        if len(ctes) > 1 or is_inside or not isinstance(table.this, exp.Identifier):
            return None  # it is told apart only by rules of scope, or reads itself
        if ctes:
            return self._given_by_cte(ctes[0])
        return next((_lowered(columns) for name, columns in self.tables.items() if _low(name) == _low(table.name)), None)

    def _given_by_cte(self, cte: exp.CTE) -> Names | None:
        alias = cte.args["alias"]
        return _lowered(name.name for name in alias.columns) if alias.columns else self._given(cte.this)

    def _selected(self, select: exp.Select) -> Names | None:
        given: set[str] = set()
        for each in select.selects:
            names = self._all_of(select, each) if each.is_star else _lowered(_aliases(each)) or None
            if names is None:
                return None
            given |= names
        return frozenset(given)

    def _all_of(self, select: exp.Select, star: exp.Expr) -> Names | None:
        """What `*`, `* EXCEPT (…)` or `table.*` stands for; `struct.*` is not certain."""
        wanted = _low(star.parts[0].name) if isinstance(star, exp.Column) else None
        given = [self._given(source) for name, source in _sources(select) if wanted in (None, _low(name))]
        inner = star.this if isinstance(star, exp.Column) else star
        if not given or None in given or any(inner.args.get(key) for key in ("replace", "rename", "ilike")):
            return None
        gone = _lowered(name.name for name in inner.args.get("except_") or ())
        return frozenset().union(*(names for names in given if names)) - gone


def _seen_from(node: exp.Expr) -> Iterator[exp.Select]:
    """The SELECTs whose tables a column may be of: its own, and those around it where it stands in a subquery of an expression."""
    for each in _ancestors(node):
        if isinstance(each, exp.Select):
            yield each
        is_derived = isinstance(each, exp.Subquery) and isinstance(each.parent, exp.From | exp.Join)
        if isinstance(each, exp.CTE) or is_derived:
            return


def _named_around(column: exp.Column, selects: list[exp.Select]) -> Names:
    """Names beside those of tables that a column may have: of another projection, or of a lambda's parameter."""
    around = list(_ancestors(column))
    params = [param.name for node in around if isinstance(node, exp.Lambda) for param in node.expressions]
    others = (each for select in selects for each in select.selects if not any(each is node for node in around))
    own = [name for each in others if isinstance(each, exp.Alias | exp.Aliases) for name in _aliases(each)]
    return _lowered([*params, *own])


def _sources(select: exp.Select) -> Iterator[tuple[str, exp.Expr]]:
    """What a SELECT reads from, by the name it has there."""
    begin = select.args.get("from_")
    found = [begin.this] if begin else []
    found += [join.this for join in select.args.get("joins") or ()] + list(select.args.get("laterals") or ())
    yield from ((source.alias_or_name, source) for source in found)


def _aliases(projection: exp.Expr) -> list[str]:
    """The names that a projection gives; none where the engine would make one up."""
    if isinstance(projection, exp.Aliases):
        return [name.name for name in projection.expressions]
    if isinstance(projection, exp.Alias | exp.Column | exp.Cast | exp.Dot):
        return [projection.output_name] if projection.output_name else []
    return []


def _ancestors(node: exp.Expr) -> Iterator[exp.Expr]:
    while node := node.parent:  # type: ignore[assignment]
        yield node


def _lowered(names: Iterable[str]) -> Names:
    return frozenset(map(_low, names))


def _low(name: str) -> str:
    return name.lower()
