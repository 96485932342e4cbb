"""`greenhouse test` and `greenhouse check`: for whoever changes Greenhouse itself."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli.screen import err, out, styled, working

# A test waits for its engine half of the time; a file's tests share fixtures, so they stay together.
TWO_PROCESSES = ("-n", "2", "--dist", "loadfile")
GENERATED = (
    "tests/test_architecture.py", "tests/test_public_surface.py", "tests/assets/test_contract_versions.py", "tests/assets/test_catalogue.py", "tests/orchestration/test_graph.py",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """What is looked at, by which command. Where one can mend it: that is `mend`, or the same with the variable that `mends_with` names."""

    name: str
    command: tuple[str, ...]
    mend: tuple[str, ...] = ()
    mends_with: str = ""


STEPS = (
    Step("format", ("ruff", "format", "--check", "."), ("ruff", "format", ".")),
    Step("lint", ("ruff", "check", "."), ("ruff", "check", "--fix", ".")),
    Step("types", ("mypy",)),
    Step("import rules", ("lint-imports",)),
    Step("dependencies", ("deptry", ".")),
    Step("generated files", ("pytest", "-q", *GENERATED), mends_with="UPDATE_SNAPSHOTS"),
)


def test(arguments: Annotated[list[str] | None, typer.Argument(help="Passed on to pytest.")] = None) -> None:
    """Run all tests, in two processes that share an engine; with arguments, what they choose, in one (greenhouse test -- -k landing)."""
    from lakehouse.settings import REPOSITORY

    os.chdir(REPOSITORY)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *(arguments or TWO_PROCESSES)])


def check(
    fix: Annotated[bool, typer.Option("--fix", help="Format, mend what the linter can, and write generated files anew.")] = False,
) -> None:
    """Check format, lint, types, import rules, dependencies and generated files, all of which CI's tests hold too."""
    wrong = [step.name for step in STEPS if not _holds(step, fix)]
    if wrong:
        err.print(styled(("Not in order: ", "red"), f"{', '.join(wrong)}. {_way_out(wrong, fix)}"))
        raise typer.Exit(1)
    out.print(styled(("In order: ", "green"), ", ".join(step.name for step in STEPS)))


def _holds(step: Step, fix: bool) -> bool:
    """Run one step and show what it says where it fails."""
    from lakehouse.settings import REPOSITORY

    first, *rest = step.mend if fix and step.mend else step.command
    given = {step.mends_with: "1"} if fix and step.mends_with else {}
    with working(f"{step.name} …"):
        done = subprocess.run(
            [str(Path(sys.executable).with_name(first)), *rest],
            cwd=REPOSITORY, env={**os.environ, **given}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        out.print(done.stdout.rstrip())
    out.print(styled((" ok ", "green") if done.returncode == 0 else (" no ", "red"), step.name))
    return done.returncode == 0


def _way_out(wrong: list[str], fix: bool) -> str:
    mendable = {step.name for step in STEPS if step.mend or step.mends_with}
    if not fix and mendable.intersection(wrong):
        return "./greenhouse check --fix mends what can be mended by itself."
    return "What is left needs a person: the lines above say where."
