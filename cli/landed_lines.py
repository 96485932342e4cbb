"""What lines in quarantine said when they landed, from bronze: for people, so without a person's values. Which lines those are belongs in `quarantine`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lakehouse.shop.names import MALFORMED

if TYPE_CHECKING:
    from lakehouse.shop.inputs import Input
    from lakehouse.tables.lake import Lake

HIDDEN = "(personal)"
PLACE = ["file_name", "file_sha256", "file_row"]
Line = tuple[str, str, int]  # file, SHA-256 of its content, row


def as_landed(lake: Lake, lines: Sequence[Line]) -> dict[Line, str]:
    """By line, its text as it stands in bronze; a malformed one of an input that tells of people is hidden."""
    found: dict[Line, str] = {}
    for name, entry in lake.shop.inputs.items():
        if lines and lake.exists(f"bronze.{name}"):
            found |= _of_input(lake, f"bronze.{name}", entry, lines)
    return {line: found.get(line, "") for line in lines}


def _of_input(lake: Lake, table: str, entry: Input, lines: Sequence[Line]) -> dict[Line, str]:
    import pyarrow.dataset as ds

    held = {field.name for field in lake.delta(table).schema().fields}
    wanted = [name for name in entry.open_columns if name in held]
    is_theirs = ds.field("file_name").isin([file for file, _, _ in lines]) & ds.field("file_row").isin([row for _, _, row in lines])
    rows = lake.arrow(table, columns=[*PLACE, MALFORMED, *wanted], filter=is_theirs).to_pylist()
    tells_of_people = len(entry.open_columns) < len(entry.columns)
    return {tuple(row[name] for name in PLACE): _format_line(row, wanted, tells_of_people) for row in rows}  # type: ignore[misc]


def _format_line(row: dict[str, Any], columns: Sequence[str], tells_of_people: bool) -> str:
    if row[MALFORMED] is not None:
        return HIDDEN if tells_of_people else str(row[MALFORMED])
    return json.dumps({name: row[name] for name in columns if row[name] is not None}, ensure_ascii=False)
