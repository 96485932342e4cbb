"""What a shop's SELECTs lack, all of it at once and before anything starts: columns read that no input has, columns that silver needs.

Types, and whatever else only the engine can tell, are told when the SELECT runs (`shop_select`). How columns are found in a SELECT belongs
in `select_columns`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

import sqlglot

from lakehouse.select_columns import Reading, Unknown
from lakehouse.sql_text import parsed_select

if TYPE_CHECKING:
    from lakehouse.inputs import Input
    from lakehouse.source import CanonicalName

LINEAGE = "lineage"
# What a canonical table's SELECT gives beside `lineage`, and of what type. silver adds the rest (`assets/silver`).
NEEDED: Mapping[CanonicalName, Mapping[str, str]] = {
    "customers": {
        "customer_id": "string", "name": "string", "email": "string", "region": "string", "climate_zone": "string", "age_band": "string",
        "has_pets": "boolean", "has_children": "boolean", "consents_to_training": "boolean",
    },
    "products": {
        "product_id": "string", "name": "string", "product_group": "string", "price_gbp": "decimal(18,4)", "light_need": "string",
        "is_pet_safe": "boolean", "hardiness_zone_min": "int", "hardiness_zone_max": "int", "stock_units": "int", "invasive_regions": "string",
        "is_goods": "boolean",
    },
    "orders": {
        "order_id": "string", "customer_id": "string", "product_id": "string", "product_group": "string", "quantity": "int",
        "unit_price_gbp": "decimal(18,4)", "is_goods": "boolean", "is_return": "boolean", "event_at": "timestamp",
    },
    "impressions": {
        "customer_id": "string", "product_id": "string", "product_group": "string", "position": "int", "channel": "string",
        "is_clicked": "boolean", "event_at": "timestamp",
    },
}  # fmt: skip
# Of those, the ones without which a row is no row: null in their place would send every line to quarantine.
TOLD: Mapping[CanonicalName, frozenset[str]] = {
    "customers": frozenset({"customer_id"}),
    "products": frozenset({"product_id"}),
    "orders": frozenset({"order_id", "product_id", "quantity", "unit_price_gbp", "is_goods", "event_at"}),
    "impressions": frozenset({"product_id", "event_at"}),
}


def problems(canonical: CanonicalName, select: str, inputs: Mapping[str, Input], looks_up: tuple[str, ...] = ()) -> Iterator[str]:
    """A sentence for each column that the SELECT reads and no input has, and for each that it should give and does not.

    `looks_up`: the inputs that stand beside each line, by their names.
    """
    tables = {name: (*entry.column_names, LINEAGE, *looks_up) for name, entry in inputs.items()}
    reading = Reading(parsed_select(select), tables)
    yield from (_read(each, inputs) for each in reading.unknown())
    if (given := reading.gives()) is not None:
        yield from lacking(canonical, given)


def lacking(canonical: CanonicalName, given: Collection[str]) -> Iterator[str]:
    """A sentence for each column that a canonical table needs and that is not among those given."""
    yield from (_lacking(canonical, name, kind) for name, kind in NEEDED[canonical].items() if name not in given)
    if LINEAGE not in given:
        yield f"does not pass {LINEAGE} on, which says which file and line a row came from; add {LINEAGE}, or max({LINEAGE}) AS {LINEAGE} where it groups"


def _read(unknown: Unknown, inputs: Mapping[str, Input]) -> str:
    among = " or ".join(unknown.tables) or "any input"
    ours = [name for name in unknown.tables if name in inputs]
    written = sqlglot.parse_one(unknown.column, read="spark").name
    meant = [name for each in ours for name, source in inputs[each].sources.items() if source == written]
    near = meant or get_close_matches(written.lower(), sorted(unknown.known), n=1)
    way = f"did you mean {near[0]}?" if near else f"name it in inputs.{ours[0] if ours else '…'}.columns, or read another"
    return f"reads {unknown.column}, which is no column of {among}; {way}"


def _lacking(canonical: CanonicalName, name: str, kind: str) -> str:
    if name in TOLD[canonical]:
        return f"does not give {name} ({kind}); add it, as … AS {name}"
    return f"does not give {name} ({kind}); add it, or cast(null AS {kind}) AS {name} where the shop does not tell it"
