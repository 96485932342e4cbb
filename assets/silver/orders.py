"""silver.orders: the order lines of a shop."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.ingestion.silver.canonical import PLATFORM
from lakehouse.ingestion.silver.canonical import selected as from_shop
from lakehouse.tables.registry import table

COLUMNS = (
    "order_id", "customer_key", "product_id", "product_group", "quantity", "unit_price", "amount",
    "is_amount_told", "is_goods", "is_return", "event_at", "known_at", "known_day", "source_file", "source_row", "day",
)  # fmt: skip


@table("silver.orders", reads={"selected": from_shop("orders")}, restates=True)
def orders(selected: DataFrame) -> DataFrame:
    """One row per order line. Key source_file, source_row.

    Money in the shop's currency. Where the shop does not say, amount is quantity x unit price, rounded half up to four digits; unit_price
    amount / quantity without its sign; is_return a negative quantity. Where it tells both unit price and amount, the amount counts: it is what was paid.
    """
    # A figure too large for its type becomes null, so that the line is diverted and the day goes on.
    given = {
        "amount": F.expr("coalesce(amount, try_cast(quantity * unit_price AS decimal(18,4)))"),
        "unit_price": F.expr("coalesce(unit_price, try_cast(abs(try_divide(amount, quantity)) AS decimal(18,6)))"),
        "is_amount_told": F.col("amount").isNotNull(),
        "is_return": F.coalesce("is_return", F.col("quantity") < 0, F.lit(False)),
    }
    return selected.withColumns(given).select(*COLUMNS, *PLATFORM)
