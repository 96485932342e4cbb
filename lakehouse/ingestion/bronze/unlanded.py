"""What lies in the landing folder (or was pulled) and has not landed, and why not: found by looking at the files again, as a landing would. Needs no engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse.errors import LandingError
from lakehouse.ingestion.bronze.new_files import arrived
from lakehouse.ingestion.files.delivery_ledger import known_deliveries

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake


@dataclass(frozen=True)
class Unlanded:
    """Of one input: a sentence for each file that cannot land, the names of those that could, and whether any ever did."""

    input: str
    refused: tuple[str, ...]
    waiting: tuple[str, ...]
    has_landed: bool


def unlanded(lake: Lake) -> list[Unlanded]:
    """One for each input of the shop; reads the files that are new."""
    return [_unlanded(lake, name) for name in lake.shop.inputs]


def _unlanded(lake: Lake, name: str) -> Unlanded:
    has_landed = bool(known_deliveries(lake, name).stamps)
    try:
        found = arrived(lake, name)
    except LandingError as error:
        return Unlanded(name, (error.message,), (), has_landed)
    waiting = tuple(each.file.name for each in found.deliveries if each.has_new_lines)
    return Unlanded(name, tuple(found.problems.values()), waiting, has_landed)
