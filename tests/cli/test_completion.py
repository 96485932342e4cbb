"""What Tab offers after `./greenhouse` in a shell that completion was installed in."""

import os
import subprocess

import pytest

from lakehouse.settings import REPOSITORY


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("./greenhouse qua", {"quarantine"}),
        ("./greenhouse nights o", {"on", "off"}),
        ("./greenhouse demo --q", {"--quick"}),
    ],
)
def test_a_shell_is_offered_what_begins_so(typed, offered):
    words = typed.split(" ")
    asked = {"_GREENHOUSE_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)}
    said = subprocess.run([str(REPOSITORY / "greenhouse")], env={**os.environ, **asked}, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert set(said.stdout.split()) == offered
