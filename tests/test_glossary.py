"""The glossary's words are used, and those it says never to write are written nowhere."""

import re
import subprocess

from lakehouse.settings import REPOSITORY

PAGE = REPOSITORY / "docs" / "glossary.md"
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text().splitlines() if line.startswith("| ")][1:]
NAMES = ("utils", "util", "common", "helpers", "helper", "manager", "misc")


def texts():
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.md", "*.yaml"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    for name in listed.splitlines():
        path = REPOSITORY / name
        if path.is_file() and path != PAGE and path.name != "test_glossary.py":
            yield name, path.read_text()


def test_each_word_is_said_once():
    assert len({word for word, *_ in ROWS}) == len(ROWS) >= 20
    assert all(meaning and never for _, meaning, never in ROWS)


def test_each_word_is_used():
    written = " ".join(text for _, text in texts()).lower()
    assert [word for words, *_ in ROWS for word in words.lower().split(", ") if word not in written] == []


def test_the_other_words_are_written_nowhere():
    never = re.compile(rf"\b({'|'.join(re.escape(row[2]) for row in ROWS)})\b", re.IGNORECASE)
    assert {name: found[0] for name, text in texts() if (found := never.search(text))} == {}


def test_no_module_is_named_after_nothing():
    assert [name for name, _ in texts() if name.endswith(".py") and set(name.removesuffix(".py").split("/")) & set(NAMES)] == []
