"""Which code is running: a commit alone only where nothing of the checkout differs from it."""

import subprocess

import pytest

from lakehouse import code_version as module
from lakehouse.code_version import code_version


@pytest.fixture
def version(tmp_path, monkeypatch):
    """What it says of a folder, asked anew."""
    monkeypatch.setattr(module, "REPOSITORY", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    yield lambda: (code_version.cache_clear(), code_version())[1]
    code_version.cache_clear()


def git(folder, *arguments):
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    return subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def test_a_checkout_that_differs_from_its_commit_says_so_by_a_hash(version, tmp_path):
    assert version() == "unknown"
    git(tmp_path, "init", "-q")
    (tmp_path / "code.py").write_text("x = 1\n")
    (tmp_path / ".gitignore").write_text("home/\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "state").touch()
    assert version() == commit, "what is ignored is no code"
    (tmp_path / "code.py").write_text("x = 2\n")
    changed = version()
    assert changed.startswith(f"{commit}+") and len(changed) == len(commit) + 9
    (tmp_path / "code.py").write_text("x = 3\n")
    assert version() not in (commit, changed)
    (tmp_path / "code.py").write_text("x = 1\n")
    (tmp_path / "new.py").touch()
    assert version().startswith(f"{commit}+"), "a new file is code that stands in no commit"
