"""The list of modules in docs/architecture.md is made of the modules' own first sentences."""

import ast
from pathlib import Path

from lakehouse.settings import REPOSITORY
from tests.generated import is_as_generated

PAGE = REPOSITORY / "docs" / "architecture.md"
FOLDERS = ("cli", "orchestration", "assets", "monitoring", "models", "features", "expectations", "lakehouse", "benchmarks", "examples")
BEGIN, END = "<!-- generated: modules -->\n", "<!-- end of generated: modules -->\n"


def first_sentence(module: Path) -> str:
    told = (ast.get_docstring(ast.parse(module.read_text())) or "").split("\n\n")[0].replace("\n", " ")
    return told.split(". ")[0].rstrip(".").replace("|", "\\|")


def packages() -> list[Path]:
    return [init.parent for folder in FOLDERS for init in sorted((REPOSITORY / folder).rglob("__init__.py"))]


def modules(package: Path) -> list[Path]:
    return sorted(module for module in package.glob("*.py") if module.name not in ("__init__.py", "__main__.py"))


def listed(package: Path) -> str:
    at = package.relative_to(REPOSITORY)
    rows = [f"| [`{module.stem}`](../{at}/{module.name}) | {first_sentence(module)} |\n" for module in modules(package)]
    table = f"\n| module | what it does |\n|---|---|\n{''.join(rows)}" if rows else ""
    return f"### {at}/\n{first_sentence(package / '__init__.py')}.\n{table}\n"


def test_every_module_stands_in_the_list_by_its_own_first_sentence():
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    is_as_generated(PAGE, f"{before}{BEGIN}\n{''.join(map(listed, packages()))}{END}{after}")


def test_every_module_says_what_belongs_there():
    untold = [
        str(module) for package in packages() for module in (package / "__init__.py", *modules(package)) if not first_sentence(module)
    ]
    assert untold == []
