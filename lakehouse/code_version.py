"""Which code is running: the commit, and whether the tree differs from it."""

from __future__ import annotations

import hashlib
import subprocess
from functools import cache

from lakehouse.settings import REPOSITORY


@cache
def code_version() -> str:
    """`<commit>`, `<commit>+<hash of the local changes>`, or `unknown` outside a checkout."""
    commit = _git("rev-parse", "HEAD")
    if not commit:
        return "unknown"
    changes = _git("diff", "HEAD") + _git("ls-files", "--others", "--exclude-standard")  # new files by their names
    return f"{commit}+{hashlib.sha256(changes.encode()).hexdigest()[:8]}" if changes else commit


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(REPOSITORY), *arguments], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
