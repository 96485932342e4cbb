"""What a shop's SELECT gives for each canonical table: columns, their types, and which of them it may leave out.

What a SELECT lacks of these is told by `select_problems`; what silver adds to them stands in `assets/silver`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from lakehouse.shop.names import quoted

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakehouse.shop.source import CanonicalName

LINEAGE = "lineage"
ZONE = "time_zone"  # the word, behind a colon, that stands for the shop's time zone
COLUMNS: Mapping[CanonicalName, Mapping[str, str]] = {
    "customers": {
        "customer_id": "string", "name": "string", "email": "string", "region": "string", "climate_zone": "string", "age_band": "string",
        "has_pets": "boolean", "has_children": "boolean", "consents_to_training": "boolean",
    },
    "products": {
        "product_id": "string", "name": "string", "product_group": "string", "price": "decimal(18,6)", "light_need": "string",
        "is_pet_safe": "boolean", "hardiness_zone_min": "int", "hardiness_zone_max": "int", "stock_units": "decimal(18,4)",
        "invasive_regions": "string", "is_goods": "boolean", "is_recommendable": "boolean",
    },
    "orders": {
        "order_id": "string", "customer_id": "string", "product_id": "string", "product_group": "string", "quantity": "decimal(18,4)",
        "unit_price": "decimal(18,6)", "amount": "decimal(18,4)", "is_goods": "boolean", "is_return": "boolean", "event_at": "timestamp",
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
    "orders": frozenset({"order_id", "product_id", "quantity", "is_goods", "event_at"}),
    "impressions": frozenset({"product_id", "event_at"}),
}
# One of these is enough; the other follows from it.
EITHER: Mapping[CanonicalName, tuple[str, str]] = {"orders": ("unit_price", "amount")}
# What many shops have nothing for: null where it is not given.
LEFT_OUT: Mapping[CanonicalName, frozenset[str]] = {
    "customers": frozenset({"name", "email", "climate_zone", "age_band", "has_pets", "has_children"}),
    "products": frozenset({
        "light_need", "is_pet_safe", "hardiness_zone_min", "hardiness_zone_max", "stock_units", "invasive_regions", "is_recommendable",
    }),
    "orders": frozenset(EITHER["orders"]),
}  # fmt: skip
# What columns were called before a shop had a currency; source files that say so are read as ever.
FORMER = {"unit_price_gbp": "unit_price", "price_gbp": "price"}
NARROWER_THAN_INT = ("tinyint", "smallint")
WHOLE = (*NARROWER_THAN_INT, "int", "bigint")
DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


def todays(names: Iterable[str]) -> list[str]:
    """The columns that a SELECT gives, in small letters and as they are called today."""
    return [FORMER.get(name.lower(), name.lower()) for name in names]


def as_taken(df: DataFrame, canonical: CanonicalName) -> dict[str, Column]:
    """The columns of a canonical table, of what a SELECT gives: null where it may leave one out, and a narrower number as the wider one.

    What does not fit its type is left as it is; see `misfits`.
    """
    from pyspark.sql import functions as F

    found = {name: F.lit(None).cast(wanted) for name, wanted in COLUMNS[canonical].items()}
    for today, (name, kind) in zip(todays(df.columns), df.dtypes, strict=True):
        if wanted := COLUMNS[canonical].get(today):
            found[today] = F.col(quoted(name)).try_cast(wanted) if _widens(kind, wanted) else F.col(quoted(name))
    return found


def misfits(df: DataFrame, canonical: CanonicalName) -> list[str]:
    """A sentence for each column that a SELECT gives in a type that silver does not take."""
    return [told for name, kind in df.dtypes if (told := misfit(canonical, name, kind))]


def misfit(canonical: CanonicalName, name: str, kind: str) -> str | None:
    """A sentence where silver does not take that column in that type; None where it does, and of what it does not take at all."""
    (today,) = todays([name])
    wanted = COLUMNS[canonical].get(today)
    is_hashed = today == "customer_id"  # as text, of whatever type it is
    if wanted is None or is_hashed or kind == wanted or _widens(kind, wanted):
        return None
    return f"gives {name} as {kind}; silver takes {wanted}, write try_cast(… AS {wanted}) AS {name}"


def _widens(kind: str, wanted: str) -> bool:
    """Whether every value of a type is exactly one of the other, if it is not too large."""
    if kind == "void":
        return True
    if wanted == "int":
        return kind in NARROWER_THAN_INT
    into, given = DECIMAL.fullmatch(wanted), DECIMAL.fullmatch(kind)
    return into is not None and (kind in WHOLE or (given is not None and int(given[2]) <= int(into[2])))
