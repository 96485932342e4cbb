"""What tests call, found in their syntax trees: what of the product a test reaches through its module's and the tests' own helpers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from lakehouse.settings import REPOSITORY

Name = tuple[str, str]  # a module, and a name in it; or PUBLISHED, and a table that is published by its name
PUBLISHED = "published"


def called_by_tests(folder: Path = REPOSITORY / "tests") -> set[Name]:
    """Every (module, name) outside the tests that a test of CI uses; a trial's do not count, nor does an import that nobody uses."""
    uses: dict[Name, set[Name]] = {}
    starts: set[Name] = set()
    for path in sorted(folder.rglob("*.py")):
        module = ".".join(path.relative_to(folder.parent).with_suffix("").parts)
        tree = ast.parse(path.read_text())
        uses |= _uses(module, tree)
        if path.name.startswith("test_") and not _is_trial(tree.body):
            starts |= {(module, each.name) for each in tree.body if _is_test(each)}
    return {name for name in _reached(starts, uses) if not name[0].startswith("tests.")}


def _uses(module: str, tree: ast.Module) -> dict[Name, set[Name]]:
    """What each top-level name of a module uses: its own module's names, and those it imports from others."""
    imported = {}
    for each in ast.walk(tree):
        if isinstance(each, ast.ImportFrom) and each.module:
            imported |= {alias.asname or alias.name: (each.module, alias.name) for alias in each.names}
    return {
        (module, name): {imported.get(used, (module, used)) for used in _names_in(statement)} | _published_in(statement)
        for statement in tree.body
        for name in _defined(statement)
    }


def _names_in(statement: ast.stmt) -> Iterator[str]:
    """The names a statement reads; a parameter is one too, as pytest hands it the fixture of that name."""
    for each in ast.walk(statement):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
            yield each.id
        elif isinstance(each, ast.arg):
            yield each.arg


def _published_in(statement: ast.stmt) -> set[Name]:
    """The tables whose names stand in a call of `publish`."""
    calls = [each for each in ast.walk(statement) if isinstance(each, ast.Call)]
    given = [argument for call in calls if _called(call) == "publish" for argument in call.args]
    return {(PUBLISHED, each.value) for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def _defined(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target] if isinstance(statement, ast.AnnAssign) else []
    return [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]


def _is_test(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef) and statement.name.startswith("test_") and not _marked(statement.decorator_list)


def _is_trial(body: list[ast.stmt]) -> bool:
    return any(isinstance(each, ast.Assign) and "pytestmark" in _defined(each) and _marked([each.value]) for each in body)


def _marked(expressions: list[ast.expr]) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr == "trial" for one in expressions for each in ast.walk(one))


def _reached(starts: set[Name], uses: dict[Name, set[Name]]) -> set[Name]:
    found, new = set(starts), set(starts)
    while new:
        new = {used for name in new for used in uses.get(name, ())} - found
        found |= new
    return found
