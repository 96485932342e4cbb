"""Files that follow from something else: written anew by `./greenhouse check --fix`, and compared here."""

import os
from pathlib import Path

FIX = "UPDATE_SNAPSHOTS"


def is_as_generated(path: Path, found: str) -> None:
    """Compare a file with what it should hold; with `check --fix`, write that first."""
    if os.environ.get(FIX):
        path.write_text(found)
    assert found == path.read_text(), (
        f"{path.name} is not as generated: ./greenhouse check --fix writes it anew; read its difference before you commit it"
    )
