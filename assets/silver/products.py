"""silver.products: the articles of a shop, as they were on each day."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts.model import HISTORY_COLUMNS
from lakehouse.ingestion.silver.canonical import PLATFORM
from lakehouse.ingestion.silver.canonical import selected as from_shop
from lakehouse.tables import scd2
from lakehouse.tables.registry import table

COLUMNS = (
    "product_id", "name", "product_group", "price", "light_need", "is_pet_safe", "hardiness_zone_min",
    "hardiness_zone_max", "stock_units", "invasive_regions", "is_goods", "is_recommendable", "first_known_at", "known_at",
    *HISTORY_COLUMNS,
)  # fmt: skip
LINEAGE = ("source_file", "source_row")


@table("silver.products", reads={"selected": from_shop("products")})
def products(selected: DataFrame) -> DataFrame:
    """One row per landed row of a product; publishing makes them versions, key product_id, valid_from.

    What the shop does not call otherwise is goods, and what is goods may be recommended.
    """
    is_goods = F.coalesce("is_goods", F.lit(True))
    told = {
        "is_goods": is_goods,
        "is_recommendable": F.coalesce("is_recommendable", is_goods),
        "first_known_at": F.col("known_at"),
        **scd2.alone(),
    }
    return selected.withColumns(told).select(*COLUMNS, *LINEAGE, *PLATFORM)
