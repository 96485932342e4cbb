"""Turns decisions into order lines, and some of those into returns. Why somebody buys belongs in `shopping`."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import numpy as np

from examples.plantly.catalogue import Catalogue
from examples.plantly.market import Offer
from examples.plantly.people import customer_ids
from examples.plantly.rows import Rows, by_value, count, join, take, texts
from examples.plantly.shopping import NOTHING_DECIDED, time_of_day

SOONEST_RETURN, LATEST_RETURN = 3, 14
MORE_UNITS = np.array([0.2, 0.6])  # mean units beyond the first: of a plant, of a consumable


class Till:
    """The orders to come of one block: what was decided and not yet bought, what was bought and will come back."""

    def __init__(self, catalogue: Catalogue, block: int, return_share: float) -> None:
        self.catalogue, self.block, self.return_share = catalogue, block, return_share
        self.to_buy: dict[date, list[Rows]] = defaultdict(list)
        self.to_return: dict[date, list[Rows]] = defaultdict(list)

    def take(self, decided: Rows, day: date) -> None:
        """Note what was decided on a day for the day it will be bought."""
        for delay, rows in by_value(decided, decided["delay"]):
            self.to_buy[day + timedelta(days=delay)].append(rows)

    def close(self, rng: np.random.Generator, day: date, offer: Offer) -> Rows:
        """The day's order lines, sales and returns: columns of the orders file, but `product` (index) and `second` (of the day)."""
        sold = self._sold(rng, day, offer)
        self._plan_returns(rng, sold, day)
        return join([sold, *self.to_return.pop(day, [])])

    def _sold(self, rng: np.random.Generator, day: date, offer: Offer) -> Rows:
        lines = _one_each(join([NOTHING_DECIDED, *self.to_buy.pop(day, [])]), offer)
        _, starts, order = np.unique(lines["number"], return_index=True, return_inverse=True)
        prefix = f"O{day:%y%m%d}{self.block:05d}"
        order_id = texts(f"{prefix}{n:05d}" for n in order.tolist())
        nth = np.arange(len(order)) - starts[order] + 1
        # An order has one time, that of its last line, so that nothing is bought before it was seen.
        latest = np.zeros(len(starts), np.int64)
        np.maximum.at(latest, order, lines["second"])
        more = MORE_UNITS[self.catalogue.is_consumable[lines["product"]].astype(int)]
        return {
            "order_id": order_id, "line_id": texts(f"{o}-{n}" for o, n in zip(order_id, nth.tolist(), strict=True)),
            "customer_id": customer_ids(lines["number"]), "product": lines["product"], "quantity": 1 + rng.poisson(more),
            "unit_price": offer.price[lines["product"]], "second": latest[order], "kind": texts(["sale"] * len(order)),
        }  # fmt: skip

    def _plan_returns(self, rng: np.random.Generator, sold: Rows, day: date) -> None:
        back = take(sold, rng.random(count(sold)) < self.return_share)
        back["line_id"], back["quantity"] = back["line_id"] + "R", -back["quantity"]
        back["kind"], back["second"] = texts(["return"] * count(back)), time_of_day(rng, count(back))
        after = rng.integers(SOONEST_RETURN, LATEST_RETURN + 1, count(back))
        for days, rows in by_value(back, after):
            self.to_return[day + timedelta(days=days)].append(rows)


def _one_each(lines: Rows, offer: Offer) -> Rows:
    """What is on sale, by shopper and product; a product decided on twice is bought once, at the earlier time."""
    lines = take(lines, offer.on_sale[lines["product"]])
    lines = take(lines, np.lexsort((lines["second"], lines["product"], lines["number"])))
    pair = lines["number"] * len(offer.on_sale) + lines["product"]
    return take(lines, np.unique(pair, return_index=True)[1])
