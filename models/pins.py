"""Which versions of which tables the live models stand on: they stay readable for as long as a model may serve."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from models.promotion import VERSIONS

if TYPE_CHECKING:
    from lakehouse.lake import Lake

# The one that serves, and the one to go back to.
LIVE = 2


def pins(lake: Lake) -> dict[str, dict[int, str]]:
    """Table → Delta version → the live model trained from it: the last two champions, and the last two versions of the baseline."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for row in _live(lake.arrow(VERSIONS).to_pylist() if lake.exists(VERSIONS) else []):
        for table, version in json.loads(row["input_versions_json"]).items():
            found[table].setdefault(int(version), f"{row['model_name']} {row['version']}")
    return dict(found)


def _live(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: -row["version"]):
        if row["is_champion"] or row["kind"] == "popularity":
            by_name[row["model_name"]].append(row)
    return [row for versions in by_name.values() for row in versions[:LIVE]]
