"""The columns that windows give: which windows there are, how totals are named, and how balances are shown on a day.

Adding up belongs in `windows`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F

WINDOWS = (7, 30, 90)
LONGEST = max(WINDOWS)


@dataclass(frozen=True)
class Total:
    """A column: the sum of `measure` over the last `days` days, today included, shown as `kind`: bigint or double."""

    name: str
    measure: str
    days: int
    kind: str


def totals(measure: str, days: Sequence[int] = WINDOWS) -> tuple[Total, ...]:
    """One total of counts for each window: `orders_7d` of `orders`."""
    return tuple(Total(f"{measure}_{n}d", measure, n, "bigint") for n in days)


def amounts(measure: str, days: Sequence[int] = WINDOWS) -> tuple[Total, ...]:
    """One total of what may have a fraction, as money and what is sold by weight, for each window: `spend_7d` of `spend`."""
    return tuple(Total(f"{measure}_{n}d", measure, n, "double") for n in days)


def bought_on() -> dict[str, Column]:
    """`bought_on`: the day of a daily sum where something was bought, so that the latest can be kept; null where nothing was."""
    return {"bought_on": F.when(F.col("units") > 0, F.col("day"))}


def group_on() -> dict[str, Column]:
    """`group_on`: the product_group of a daily sum and its day, so that the latest can be kept; null where none was named."""
    return {"group_on": F.when(F.col("product_group").isNotNull(), F.struct("day", "product_group"))}


def days_since(day: str, event_day: str) -> Column:
    """Days from the latest event to `day`; null where it left the longest window."""
    age = F.datediff(day, event_day)
    return F.when(age < LONGEST, age)


def latest_group(day: str) -> Column:
    """The product_group of the latest event that named one (`group_on`); null where that left the longest window."""
    return F.when(F.datediff(day, "group_on.day") < LONGEST, F.col("group_on.product_group"))


def shown_as(columns: Sequence[Total]) -> list[Column]:
    """The totals as the contract types them."""
    return [F.col(total.name).cast(total.kind).alias(total.name) for total in columns]


def ratio(total: str, by: str) -> Column:
    """One total by another, as double; null where that is 0."""
    return F.try_divide(F.col(total).cast("double"), F.col(by).cast("double"))
