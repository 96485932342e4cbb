"""The catalogue page: what every table of a shop holds, from whom, and of every feature its version, what is expected of it and which model uses it.

Says nothing that contracts and functions do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lakehouse.contracts.model import Column, Contract
from lakehouse.tables.lake import Lake
from models.feature_list import FEATURE_TABLES
from models.purchase import FEATURES, NAME

TEMPLATE = Path(__file__).with_name("catalogue.md.jinja")
GRAINS = {table: grain for grain, table in FEATURE_TABLES.items()}


@dataclass(frozen=True)
class Entry:
    """One table of the page. For a feature table `uses` holds what uses each column, `versions` the version of each; empty for the others."""

    contract: Contract
    reads: tuple[str, ...]
    uses: dict[str, str]
    versions: dict[str, str]

    @property
    def grain(self) -> str:
        """What the contract's first sentence says after "One row per"."""
        return self.contract.summary.removeprefix("One row per ").rstrip(".")

    @property
    def terms(self) -> str:
        """What it reads, by whom it is owned, how fresh it is and how long it is kept, each a sentence with a space before it."""
        contract = self.contract
        said = {
            f"Owned by {contract.owner}.": contract.owner,
            f"Reads {', '.join(self.reads)}.": self.reads,
            f"Due every {contract.freshness_days} d.": contract.freshness_days,
            f"Kept for {contract.retention_days} d.": contract.retention_days,
            f"`{contract.subject_key}` names a person.": contract.subject_key,
        }
        return "".join(f" {sentence}" for sentence, holds in said.items() if holds)

    @staticmethod
    def expected(column: Column) -> str:
        """`mean 1 to 7 among orders_7d > 0`, or the values there are; empty where nothing is stated."""
        if column.expected is None:
            return f"one of {', '.join(column.enum)}" if column.enum else ""
        figures = ", ".join(f"{name.replace('_', ' ')} {low:g} to {high:g}" for name, low, high in column.expected.figures)
        return f"{figures} among `{column.expected.among}`" if column.expected.among else figures

    @property
    def anchor(self) -> str:
        return self.contract.table.replace(".", "")


def catalogue(lake: Lake) -> str:
    """The page as Markdown."""
    from jinja2 import Environment, StrictUndefined

    page = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(TEMPLATE.read_text())
    entries = [_entry(lake, contract) for contract in lake.contracts.values()]
    return page.render(shop=lake.shop.shop, entries=entries).rstrip("\n") + "\n"


def _entry(lake: Lake, contract: Contract) -> Entry:
    made = lake.tables.get(contract.table)
    versions = made.versions(made, lake) if made and made.versions else {}
    return Entry(contract, made.upstreams(lake.shop) if made else (), _uses(contract), versions)


def _uses(contract: Contract) -> dict[str, str]:
    if contract.layer != "features":
        return {}
    used = {feature.column for feature in FEATURES if feature.grain == GRAINS.get(contract.table)}
    free = set(contract.column_names) - used - set(contract.primary_key)
    return dict.fromkeys(used, NAME) | dict.fromkeys(free, "no model")
