"""The house's own rules: imports point one way, and the linter has nothing to say."""

import subprocess
import sys
from pathlib import Path

import pytest

from lakehouse.settings import REPOSITORY

BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command", [["lint-imports", "--no-cache"], ["ruff", "check", "--no-cache", "."], ["ruff", "format", "--no-cache", "--check", "."]]
)
def test_the_tree_keeps_its_rules(command):
    said = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout[-2000:] + said.stderr[-500:]
