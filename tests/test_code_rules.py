"""The code's own rules: imports point one way, types are said and right, and the linter has nothing to say."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lakehouse.settings import REPOSITORY

BIN = Path(sys.executable).parent
PACKAGES = ("cli", "orchestration", "assets", "models", "monitoring", "features", "expectations", "lakehouse")
RUFF_COMMANDS = (["ruff", "check", "--no-cache", "."], ["ruff", "format", "--no-cache", "--check", "."])


def ran(command, folder=REPOSITORY):
    return subprocess.run([str(BIN / command[0]), *command[1:]], cwd=folder, capture_output=True, text=True, check=False)


# mypy keeps its cache: what did not change is not looked at again.
@pytest.mark.parametrize("command", [["lint-imports", "--no-cache"], *RUFF_COMMANDS, ["mypy"], ["deptry", "."]], ids=" ".join)
def test_the_tree_keeps_its_rules(command):
    said = ran(command)
    assert said.returncode == 0, said.stdout[-2000:] + said.stderr[-500:]


@pytest.fixture
def copied(tmp_path):
    """The tree's modules and rules, to be broken."""
    for name in PACKAGES:
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.yaml"))
    shutil.copyfile(REPOSITORY / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


@pytest.mark.parametrize("folder", ["lakehouse", "lakehouse/ingestion", "features"])
def test_a_module_that_has_no_place_among_the_layers_is_refused(copied, folder):
    (copied / folder / "stray.py").write_text('"""Nobody said what may import it."""\n')
    said = ran(["lint-imports", "--no-cache"], copied)
    assert said.returncode != 0 and f"{folder.replace('/', '.')}.stray" in said.stdout + said.stderr, said.stdout


def test_the_rules_of_imports_hold_at_every_door(copied):
    """Each rule is broken once, MLflow's from outside `models` and from within; each is named with the module that broke it."""
    planted = (
        ("lakehouse/days.py", "import cli.look", "lakehouse.days -> cli.look"),
        ("lakehouse/tables/lake.py", "import lakehouse.publishing.held", "lakehouse.tables.lake -> lakehouse.publishing.held"),
        (
            "lakehouse/ingestion/files/manifest.py",
            "import lakehouse.ingestion.bronze.unlanded",
            "lakehouse.ingestion.files.manifest -> lakehouse.ingestion.bronze.unlanded",
        ),
        ("features/measures/sales.py", "import features.windows", "features.measures.sales -> features.windows"),
        ("assets/open_lake.py", "import dagster", "assets.open_lake -> dagster"),
        ("lakehouse/contracts/model.py", "import great_expectations", "lakehouse.contracts.model -> great_expectations"),
        ("cli/look.py", "import mlflow", "cli.look -> mlflow"),
        ("models/score.py", "def late() -> None:\n    import mlflow.sklearn", "models.score -> mlflow"),
    )
    for file, lines, _ in planted:
        with (copied / file).open("a") as text:
            text.write(f"\n\n{lines}\n")
    said = ran(["lint-imports", "--no-cache"], copied).stdout
    assert "0 kept, 7 broken" in said, said
    assert [told for _, _, told in planted if told not in said] == []


def test_what_is_imported_is_declared_and_what_is_declared_is_used(copied):
    (copied / "features" / "seasons.py").open("a").write("\n\nimport networkx\n")
    project = (copied / "pyproject.toml").read_text()
    (copied / "pyproject.toml").write_text(project.replace('    "iso4217>=1.16",\n', '    "iso4217>=1.16",\n    "tenacity>=9",\n'))
    said = ran(["deptry", "."], copied)
    assert said.returncode != 0
    assert "'networkx' imported but" in said.stderr
    assert "'tenacity' defined as a dependency but not used" in said.stderr
