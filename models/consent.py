"""Whose consent is asked: each customer's own, or the shop's word for all. Who is left out for it belongs in `population` and `held_out`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lakehouse.shop.source import Shop


def asks_each(shop: Shop) -> bool:
    """Whether each customer's consent is looked up in `silver.customers`.

    A shop that selects no customers has nowhere to look it up: its `consent_basis` speaks for every customer of its orders.
    """
    return shop.has("customers")
