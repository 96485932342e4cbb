"""kpis.customer_cohorts_monthly: how many of each month's new customers still buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from assets.kpis.sales_measures import GOODS_SOLD, identified_buyers, money
from lakehouse.tables.reads import current, months
from lakehouse.tables.registry import table

if TYPE_CHECKING:
    from lakehouse.contracts.currency import Currency
    from lakehouse.tables.run import Run


@table(
    "kpis.customer_cohorts_monthly",
    reads={"orders": months("silver.orders"), "customers": current("silver.customers")},
    restates=True,
)
def customer_cohorts_monthly(orders: DataFrame, customers: DataFrame, run: Run) -> DataFrame:
    """One row per month with an order line and cohort known by then: who bought, how much, which share. Key cohort_month, month.

    A cohort is the customers whom the shop first knew in that month; cohorts of which nobody bought have a row of zeros.
    """
    born = customers.select("customer_key", _month("first_known_day").alias("cohort_month"))
    sizes = born.groupBy("cohort_month").agg(F.count("*").alias("cohort_customers"))
    lines = orders.withColumn("month", _month("day"))
    currency = run.lake.shop.currency
    activity = _activity(lines.join(born, "customer_key"), currency)
    every_cohort = sizes.crossJoin(lines.select("month").distinct())
    rows = every_cohort.join(activity, ["cohort_month", "month"], "left").fillna(0, ["active_customers", "orders"])
    # A customer may buy on a day whose file comes late and so become known in the month after.
    return rows.where("cohort_month <= month OR net_revenue IS NOT NULL").select(
        "cohort_month", "month", "cohort_customers", "active_customers", "orders",
        F.coalesce("net_revenue", F.lit(0)).cast(currency.spark_type).alias("net_revenue"),
        (F.col("active_customers") / F.col("cohort_customers")).alias("retained_share"),
    )  # fmt: skip


def _activity(lines: DataFrame, currency: Currency) -> DataFrame:
    bought = F.count_distinct(F.when(F.expr(GOODS_SOLD), F.col("order_id")))
    return lines.groupBy("cohort_month", "month").agg(
        identified_buyers().alias("active_customers"), bought.alias("orders"), money("is_goods", currency).alias("net_revenue")
    )


def _month(day: str) -> Column:
    return F.trunc(day, "month")
