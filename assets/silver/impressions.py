"""silver.impressions: the products a shop showed, and the clicks on them."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.ingestion.silver.canonical import PLATFORM
from lakehouse.ingestion.silver.canonical import selected as from_shop
from lakehouse.tables.registry import table

COLUMNS = (
    "customer_key", "product_id", "product_group", "position", "channel", "is_clicked",
    "event_at", "known_at", "known_day", "source_file", "source_row", "day",
)  # fmt: skip


@table("silver.impressions", reads={"selected": from_shop("impressions")}, restates=True)
def impressions(selected: DataFrame) -> DataFrame:
    """One row per product shown to one visitor. Key source_file, source_row.

    A channel that is not told is `unknown`; what is not known to be clicked was not clicked.
    """
    told = {"channel": F.coalesce("channel", F.lit("unknown")), "is_clicked": F.coalesce("is_clicked", F.lit(False))}
    return selected.withColumns(told).select(*COLUMNS, *PLATFORM)
