"""Features of a customer and an attribute of products, their category among them: how much of what the customer bought was like that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from features.feature_version import feature_versions
from features.measures.totals import LONGEST, amounts, shown_as
from features.partials.customer_attribute_day import KEY
from features.windows import each_day, events, trailing
from lakehouse.tables.reads import days
from lakehouse.tables.registry import table

if TYPE_CHECKING:
    from lakehouse.days import DayRange
    from lakehouse.tables.run import Run

COLUMNS = amounts("units", [LONGEST])


@table(
    "features.customer_attribute_daily",
    reads={"sums": days("partials.customer_attribute_day", LONGEST - 1)},
    versions=feature_versions,
)
def customer_attribute_daily(sums: DataFrame, run: Run) -> DataFrame:
    """One row per day, customer, attribute and value that goods the customer bought in 90 days had when they were bought.

    Key day, customer_key, attribute, value. `units_90d` double, before returns; `affinity_90d_share` of the customer's units
    whose attribute is known.
    """
    present = units_of_values(sums, run.days)
    of_attribute = Window.partitionBy("day", "customer_key", "attribute")
    units = F.col("units_90d").cast("double")
    share = units / F.sum(units).over(of_attribute)
    return present.select("day", *KEY, *shown_as(COLUMNS), share.alias("affinity_90d_share"))


def units_of_values(sums: DataFrame, days: DayRange) -> DataFrame:
    """day, customer_key, attribute, value, units_90d: what the customer bought like that, where anything, from `partials.customer_attribute_day`.

    By customer in one shuffle, which does for whatever is summed up by customer after: days times values are many more rows than the sums.
    """
    balances = trailing(events(sums).repartition("customer_key"), KEY, COLUMNS, [], days)
    return each_day(balances.where("units_90d > 0"), days)
