"""What sales KPIs add up from order lines: exact sums, rounded to the penny once. Grains belong in the tables' own files."""

from pyspark.sql import Column
from pyspark.sql import functions as F

GOODS_SOLD = "is_goods AND NOT is_return"
GOODS_RETURNED = "is_goods AND is_return"


def pounds(where: str, sign: int = 1) -> Column:
    """The exact sum of amount_gbp over the lines that meet a condition, rounded half up to the penny once."""
    exact = F.sum(F.when(F.expr(where), F.col("amount_gbp")))
    return (F.coalesce(exact, F.lit(0)) * sign).cast("decimal(18,2)")


def units(where: str, sign: int = 1) -> Column:
    """The sum of quantity over the lines that meet a condition."""
    return F.coalesce(F.sum(F.when(F.expr(where), F.col("quantity").cast("bigint"))), F.lit(0)) * sign


def sales_measures() -> list[Column]:
    """Orders, lines, units and pounds of goods: sold, returned, and what is left."""
    return [
        F.count_distinct(F.when(F.expr(GOODS_SOLD), F.col("order_id"))).alias("orders"),
        F.count_if(F.expr(GOODS_SOLD)).alias("order_lines"),
        units(GOODS_SOLD).alias("units_sold"),
        units(GOODS_RETURNED, -1).alias("units_returned"),
        pounds(GOODS_SOLD).alias("sold_gbp"),
        pounds(GOODS_RETURNED, -1).alias("returned_gbp"),
        pounds("is_goods").alias("net_revenue_gbp"),
    ]


def identified_buyers() -> Column:
    """How many different identified customers bought goods."""
    return F.count_distinct(F.when(F.expr(GOODS_SOLD), F.col("customer_key")))
