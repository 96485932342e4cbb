"""The version of a feature: a hash of its code, its column and its inputs. What a table function does belongs beside it, not here.

*Code*: the module of the table's function and those of `features` it imports, and they import, as text without comments and
docstrings: text, because Python's own trees and tokens differ from one Python to the next. *Column*: its name, type and unit; not
what is said about it or expected of it. *Inputs*: each table read, with its contract's version, its columns' names and types, and the
versions that those have in turn.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lakehouse.contracts.model import Column
    from lakehouse.tables.lake import Lake
    from lakehouse.tables.registry import Table

PACKAGE = Path(__file__).parent
OWN = f"{PACKAGE.name}.{Path(__file__).stem}"  # imported to be registered with; no feature's value depends on it
LENGTH = 12


def feature_versions(table: Table, lake: Lake) -> dict[str, str]:
    """The version of each column of a table of features, or of their daily sums, but its key: the first 12 hex digits of a SHA-256."""
    contract = lake.contract(table.name)
    code = code_hash(table.function.__module__)
    inputs = [_input(name, lake) for name in sorted(table.upstreams(lake.shop))]
    features = [column for column in contract.columns if column.name not in contract.primary_key]
    return {column.name: _hash([code, _column(column), column.unit, inputs])[:LENGTH] for column in features}


def code_hash(module: str, package: Path = PACKAGE) -> str:
    """The hash of a module of the package and all it imports from there."""
    return _hash([[name, _bare(package, name)] for name in sorted(_reached(package, module, set()))])


def _input(name: str, lake: Lake) -> list[Any]:
    contract, table = lake.contract(name), lake.tables.get(name)
    told = [name, contract.version, [_column(column) for column in contract.columns]]
    return [*told, table.versions(table, lake)] if table and table.versions else told


def _column(column: Column) -> list[str]:
    return [column.name, column.spark_type]


def _hash(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def _reached(package: Path, module: str, seen: set[str]) -> set[str]:
    if module not in seen and module != OWN and _file(package, module).is_file():
        seen.add(module)
        for name in _imported(package, module):
            _reached(package, name, seen)
    return seen


def _imported(package: Path, module: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(_file(package, module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)  # `from features import totals`


def _file(package: Path, module: str) -> Path:
    """Where a module of the package stands; for any other, where there is no file."""
    top, _, name = module.partition(".")
    return package / f"{name.replace('.', '/')}.py" if top == package.name else package


def _bare(package: Path, module: str) -> str:
    """The text of a module without comments, docstrings, empty lines and blanks at the ends of lines."""
    source = _file(package, module).read_text(encoding="utf-8")
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            lines[line - 1] = lines[line - 1][:column]
    for first, last in _docstrings(ast.parse(source)):
        lines[first - 1 : last] = [""] * (last - first + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _docstrings(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """The lines, first and last, of the docstrings of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            yield node.body[0].lineno, int(node.body[0].end_lineno or 0)
