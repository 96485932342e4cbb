"""When an example is due and whether it was bought. Which pairs are asked about belongs in `population`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from lakehouse.tables.reads import TableRead
from models.purchase import EXAMPLE_WEEKDAY, LABEL_DAYS, WINDOW_DAYS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.shop.source import Shop
    from lakehouse.tables.run import Run


@dataclass(frozen=True)
class Following(TableRead):
    """Read the days written and the `after` days behind them: what an example's label covers."""

    after: int = LABEL_DAYS - 1

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        return {day - timedelta(days=before) for day in days for before in range(self.after + 1)}

    def looks_at(self, days: Iterable[date]) -> set[date]:
        return {day + timedelta(days=after) for day in days for after in range(self.after + 1)}

    def resolve(self, run: Run, name: str) -> Any:
        return run.read(self.table, run.days.widen(after=self.after))


def is_mature(day: date, lateness_days: int, last_day: date) -> bool:
    """Whether everything that could count for the example's label has landed by `last_day`."""
    return label_final_day(day, lateness_days) <= last_day


def label_final_day(day: date, lateness_days: int) -> date:
    """The day whose files are the last that could count for an example's label."""
    return day + timedelta(days=LABEL_DAYS - 1 + lateness_days)


def has_full_windows(day: date, first_day: date) -> bool:
    """Whether the features of the day before look back over whole windows."""
    return day - timedelta(days=1) >= first_day + timedelta(days=WINDOW_DAYS - 1)


def example_days(days: Iterable[date], shop: Shop, last_day: date) -> list[date]:
    """The days of a range on which examples are made: mature, with full windows, and in the shop's cadence."""
    due = [day for day in days if is_mature(day, shop.lateness_days, last_day) and has_full_windows(day, shop.first_day)]
    return due if shop.has("impressions") else [day for day in due if day.weekday() == EXAMPLE_WEEKDAY]


def days_with_features(run: Run, days: Iterable[date], pairs: str = "features.customer_product_daily") -> list[date]:
    """The days whose day before has features at the version that the run reads: retention may have passed the others."""
    made = run.lake.partition_days(pairs, run.version_of(pairs))
    return [day for day in days if day - timedelta(days=1) in made]


def bought(orders: DataFrame) -> DataFrame:
    """day, customer_key, product_id: the pairs whose label is yes on that example day.

    `orders` is `silver.orders`; goods in a positive quantity, on the example's day or the six days after it.
    """
    from pyspark.sql import functions as F

    sold = orders.where("is_goods and quantity > 0 and customer_key is not null").select("day", "customer_key", "product_id").distinct()
    each = F.explode(F.sequence(F.date_sub("day", LABEL_DAYS - 1), F.col("day")))
    return sold.select(each.alias("day"), "customer_key", "product_id").distinct()


def last_landed_day(run: Run, orders: str = "silver.orders") -> date:
    """The last day of which orders have landed, by the table's version that the run reads (not by the clock)."""
    return max(run.lake.partition_days(orders, run.version_of(orders)), default=run.lake.shop.first_day)
