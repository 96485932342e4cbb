"""Which versions of which tables live models and open backtests stand on: they stay readable for as long as those may be asked about."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models import alias_log
from models.promotion import before
from models.purchase import BASELINE
from models.versions import VERSIONS

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake

# The last that won, whoever serves: one may wait for approval.
LIVE = 2
BACKTESTS = "backtests"


def pins(lake: Lake) -> dict[str, dict[int, str]]:
    """Table → Delta version → who was trained from it: what the ledger names and would go back to, the last two winners and baselines, and
    backtests whose folder stands."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    rows = lake.arrow(VERSIONS).to_pylist() if lake.exists(VERSIONS) else []
    named = _named(lake) if lake.exists(alias_log.LEDGER) else set()
    newest = _live(rows)
    live = [*newest, *(row for row in rows if (row["model_name"], row["version"]) in named and row not in newest)]
    learnt = [(f"{row['model_name']} {row['version']}", _inputs(row)) for row in live]
    for who, versions in [*learnt, *_backtests(lake.settings.home / BACKTESTS)]:
        for table, version in versions.items():
            found[table].setdefault(version, who)
    return dict(found)


def _named(lake: Lake) -> set[tuple[str, int | None]]:
    """What each alias names now, and what it would go back to."""
    by_name = {name: alias_log.named(lake, alias) for alias, name in alias_log.ALIASES.items()}
    return {(name, version) for name, named in by_name.items() for version in (*named[-1:], before(named))}


def _inputs(row: dict[str, Any]) -> dict[str, int]:
    return {table: int(version) for table, version in json.loads(row["input_versions_json"]).items()}


def _backtests(folder: Path) -> Iterator[tuple[str, dict[str, int]]]:
    from deltalake import DeltaTable

    from lakehouse.tables.few_rows import as_dataset

    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        table = each.joinpath(*VERSIONS.split("."))
        if DeltaTable.is_deltatable(str(table)):
            for row in as_dataset(DeltaTable(str(table))).to_table(columns=["input_versions_json"]).to_pylist():
                # Its training set is its own.
                yield f"backtest {each.name}", {name: n for name, n in _inputs(row).items() if not name.startswith("training.")}


def _live(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: -row["version"]):
        if row["is_champion"] or row["model_name"] == BASELINE:
            by_name[row["model_name"]].append(row)
    return [row for versions in by_name.values() for row in versions[:LIVE]]
