"""What sales KPIs add up from order lines: exact sums, rounded to the smallest coin once. Grains belong in the tables' own files."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from lakehouse.contracts.currency import Currency

GOODS_SOLD = "is_goods AND NOT is_return"
GOODS_RETURNED = "is_goods AND is_return"


def money(where: str, currency: Currency, sign: int = 1) -> Column:
    """The exact sum of amount over the lines that meet a condition, rounded half up to the currency's smallest coin once."""
    exact = F.sum(F.when(F.expr(where), F.col("amount")))
    return (F.coalesce(exact, F.lit(0)) * sign).cast(currency.spark_type)


def units(where: str, sign: int = 1) -> Column:
    """The sum of quantity over the lines that meet a condition."""
    exact = F.sum(F.when(F.expr(where), F.col("quantity")))
    return (F.coalesce(exact, F.lit(0)) * sign).cast("decimal(18,4)")


def sales_measures(currency: Currency) -> list[Column]:
    """Orders, lines, units and money of goods: sold, returned, and what is left."""
    return [
        F.count_distinct(F.when(F.expr(GOODS_SOLD), F.col("order_id"))).alias("orders"),
        F.count_if(F.expr(GOODS_SOLD)).alias("order_lines"),
        units(GOODS_SOLD).alias("units_sold"),
        units(GOODS_RETURNED, -1).alias("units_returned"),
        money(GOODS_SOLD, currency).alias("sold_amount"),
        money(GOODS_RETURNED, currency, -1).alias("returned_amount"),
        money("is_goods", currency).alias("net_revenue"),
    ]


def identified_buyers() -> Column:
    """How many different identified customers bought goods."""
    return F.count_distinct(F.when(F.expr(GOODS_SOLD), F.col("customer_key")))
