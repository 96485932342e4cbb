"""Features of a customer and an attribute of products: how much of what the customer bought was like that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from features.feature_version import feature_versions
from features.listings import KEY as BY_PRODUCT
from features.sales import added_up, goods_lines
from features.totals import LONGEST, shown_as, totals
from features.windows import each_day, trailing
from lakehouse.history import as_of
from lakehouse.reads import days, valid
from lakehouse.registry import table

if TYPE_CHECKING:
    from lakehouse.run import Run

ATTRIBUTES = ("light_need", "is_pet_safe")
KEY = ["customer_key", "attribute", "value"]
COLUMNS = totals("units", days=[LONGEST])


@table(
    "features.customer_attribute_daily",
    reads={"orders": days("silver.orders", LONGEST - 1), "products": valid("silver.products", LONGEST - 1)},
    versions=feature_versions,
)
def customer_attribute_daily(orders: DataFrame, products: DataFrame, run: Run) -> DataFrame:
    """One row per day, customer, attribute and value that goods the customer bought in 90 days had on the day they were bought.

    Key day, customer_key, attribute, value. `units_90d` bigint before returns; `affinity_90d_share` of the customer's units
    whose attribute is known.
    """
    balances = trailing(attribute_events(orders, products), KEY, COLUMNS, ["bought_on"], run.days)
    present = each_day(balances.where("units_90d > 0"), run.days)
    of_attribute = Window.partitionBy("day", "customer_key", "attribute")
    share = F.col("units_90d") / F.sum("units_90d").over(of_attribute)
    return present.select("day", *KEY, *shown_as(COLUMNS), share.alias("affinity_90d_share"))


def attribute_events(orders: DataFrame, products: DataFrame) -> DataFrame:
    """What was bought, once for each attribute that is known of it; rows without a customer_key count for nobody."""
    bought = goods_lines(orders).where("customer_key IS NOT NULL AND is_bought")
    told = as_of(bought, products, BY_PRODUCT, list(ATTRIBUTES))
    pairs = [F.struct(F.lit(name).alias("attribute"), F.col(name).cast("string").alias("value")) for name in ATTRIBUTES]
    each = told.withColumn("pair", F.explode(F.array(*pairs))).where("pair.value IS NOT NULL")
    sums = added_up(each.withColumns({"attribute": F.col("pair.attribute"), "value": F.col("pair.value")}), KEY, ["units"])
    return sums.withColumn("last_counted", F.lit(None).cast("date"))
