"""silver.orders: the order lines of a shop."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.canonical import PLATFORM
from lakehouse.canonical import selected as from_shop
from lakehouse.registry import table

COLUMNS = (
    "order_id", "customer_key", "product_id", "product_group", "quantity", "unit_price_gbp", "amount_gbp",
    "is_goods", "is_return", "event_at", "known_at", "known_day", "source_file", "source_row", "day",
)  # fmt: skip


@table("silver.orders", reads={"selected": from_shop("orders")}, restates=True)
def orders(selected: DataFrame) -> DataFrame:
    """One row per order line. Key source_file, source_row.

    Adds amount_gbp (quantity x unit price, GBP) and, where the shop does not say, is_return (a negative quantity).
    """
    # A sum too large for its type becomes null, so that the line is diverted and the day goes on.
    amount = F.expr("try_cast(quantity * unit_price_gbp AS decimal(18,4))")
    is_return = F.coalesce("is_return", F.col("quantity") < 0, F.lit(False))
    return selected.withColumns({"amount_gbp": amount, "is_return": is_return}).select(*COLUMNS, *PLATFORM)
