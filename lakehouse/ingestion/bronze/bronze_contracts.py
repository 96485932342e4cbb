"""What each bronze table promises: its input's columns as text, and where each line came from. Filling it belongs in `bronze_tables`."""

from __future__ import annotations

from lakehouse.contracts.model import Column, Contract, Rule
from lakehouse.shop.inputs import Input, InputColumn
from lakehouse.shop.names import MALFORMED, RESCUED
from lakehouse.shop.source import Shop


def bronze_contracts(shop: Shop) -> dict[str, Contract]:
    """The contract of each input's bronze table: its declared columns as text, and where each line came from."""
    return {f"bronze.{name}": _contract(shop, name, entry) for name, entry in shop.inputs.items()}


def _contract(shop: Shop, name: str, entry: Input) -> Contract:
    own = tuple(Column(c.name, "string", _described(c), classification=c.classification) for c in entry.bronze_columns)
    lineage = (
        Column(RESCUED, "string", "As JSON, what the file held in columns that source.yaml does not name.", classification=_most_personal(entry)),
        Column(MALFORMED, "string", "The whole line where it did not fit the columns.", classification=_most_personal(entry)),
        Column("file_name", "string", "The landed file, below the landing folder; of a Kafka record, topic/partition.", required=True, primary_key=True),
        Column("file_sha256", "string", "SHA-256 of the file's content: which version of it this is. Of what was pulled: of its file in the spool.", required=True, primary_key=True),
        Column("file_row", "bigint", "The row's number in its file, from 1, the header not counted; of a Kafka record, its offset.", required=True, primary_key=True, minimum=0),
        Column("file_day", "date", "The day the file is for; of what was pulled, the day it became known.", required=True),
        Column("landed_at", "timestamp", "When Greenhouse took it (UTC).", required=True),
    )  # fmt: skip
    key = ("file_name", "file_sha256", "file_row")
    rules = [Rule("file_name_and_file_sha256_and_file_row_are_unique", "unique", columns=key)]
    rules += [Rule(f"{column.name}_is_present", "present", column.name, (column.name,)) for column in lineage if column.required]
    return Contract(
        f"bronze.{name}", "bronze", name, f"One row per landed line of {name} of {shop.shop}, as it came.", "2.0.0", "data-engineering",
        own + lineage, key, "file_day", "append", tuple(rules), freshness_days=1, path=shop.path,
    )  # fmt: skip


def _described(column: InputColumn) -> str:
    return column.description if column.source == column.name else f'{column.description} Its source calls it "{column.source}".'


def _most_personal(entry: Input) -> str:
    found = {column.classification for column in entry.columns}
    return next((kind for kind in ("pii", "sensitive", "internal", "public") if kind in found), "internal")
