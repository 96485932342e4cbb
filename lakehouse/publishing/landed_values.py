"""What a landed line says in the columns that a SELECT makes one of its own of: why a value is empty is seen there, and only there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from lakehouse.shop.sql_text import parsed_select

if TYPE_CHECKING:
    from lakehouse.shop.source import CanonicalName
    from lakehouse.tables.run import Run

LONGEST = 80


def landed_values(run: Run, canonical: CanonicalName, column: str, line: Any) -> dict[str, str]:
    """By name, the line's text in the input columns that the column is made of, but for a person's; what was never told is left out."""
    read = _columns_read(run.lake.shop.tables[canonical].select, column)
    for name in run.lake.shop.inputs_of(canonical):
        if found := _row(run, f"bronze.{name}", [each for each in run.lake.shop.inputs[name].open_columns if each.lower() in read], line):
            return {each: shortened(value) for each, value in found.items() if value is not None}
    return {}


def shortened(value: Any) -> str:
    """A value as it is shown."""
    said = json.dumps(value, ensure_ascii=False, default=str)
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"


def _columns_read(select: str, column: str) -> set[str]:
    tree = parsed_select(select)
    given = [each for each in tree.selects if each.alias_or_name.lower() == column] if isinstance(tree, exp.Query) else []
    return {found.name.lower() for each in given for found in each.find_all(exp.Column)}


def _row(run: Run, table: str, columns: list[str], line: Any) -> dict[str, Any] | None:
    """The line as it stands in bronze; None where it is of another input."""
    import pyarrow.dataset as ds

    version = run.version_of(table)
    held = {field.name for field in run.lake.delta(table, version).schema().fields}
    of = (
        ds.field("file_name") == line["source_file"],
        ds.field("file_row") == line["source_row"],
        ds.field("file_sha256") == line["source_sha256"],
    )
    found = run.lake.arrow(table, version, [each for each in columns if each in held], of[0] & of[1] & of[2]).to_pylist()
    return found[0] if found else None
