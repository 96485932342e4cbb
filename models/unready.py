"""Why a shop has no examples to learn from yet: no orders, a history too short, no label that is final, nobody who may be learnt from."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from models.consent import asks_each
from models.labels import example_days, label_final_day
from models.purchase import LABEL_DAYS, WINDOW_DAYS

if TYPE_CHECKING:
    from lakehouse.shop.source import Shop
    from lakehouse.tables.run import Run

ORDERS, CONSENTS = "silver.orders", "silver.customers"


def what_is_missing(run: Run) -> str:
    """A sentence on what is missing by the last day asked for, at the versions that the run reads."""
    ordered = [day for day in run.lake.partition_days(ORDERS, run.version_of(ORDERS)) if day <= run.asked.last]
    return why_so_early(run.lake.shop, max(ordered, default=None), run.asked.last) or _why_nobody(run)


def why_so_early(shop: Shop, last_order_day: date | None, asked: date) -> str:
    """What is missing where orders reach to that day (None: there are none); empty where time alone does not explain it."""
    if last_order_day is None:
        return f"{ORDERS} holds no order up to {asked}; deliver orders first"
    first = first_example_day(shop)
    final = label_final_day(first, shop.lateness_days)
    if last_order_day < first:
        return (
            f"the history is too short: features look back {WINDOW_DAYS} days from {shop.first_day} on, so the first example is of {first}, "
            f"its label is final on {final}, and orders reach to {last_order_day}"
        )
    if last_order_day < final:
        return (
            f"no label is final yet: the first example, of {first}, asks what is bought up to {first + timedelta(days=LABEL_DAYS - 1)}, "
            f"lines may come {shop.lateness_days} days late, and orders reach to {last_order_day}; {final} is needed"
        )
    return ""


def first_example_day(shop: Shop) -> date:
    """The first day of which the shop makes examples, once it is mature."""
    first = shop.first_day + timedelta(days=WINDOW_DAYS)
    week = [first + timedelta(days=n) for n in range(7)]
    return example_days(week, shop, date.max)[0]


def _why_nobody(run: Run) -> str:
    import pyarrow.dataset as ds

    if asks_each(run.lake.shop):
        yes = ds.field("consents_to_training") & ds.field("is_current")
        if not run.lake.arrow(CONSENTS, run.version_of(CONSENTS), ["customer_key"], yes).num_rows:
            return f"no customer in {CONSENTS} consents to training"
    if not run.lake.arrow(ORDERS, run.version_of(ORDERS), ["day"], ds.field("customer_key").is_valid()).num_rows:
        return f"no order in {ORDERS} names its customer"
    return (
        "training.purchase_examples holds no example of the days asked for, though labels are final; publish it for these days, then train"
    )
