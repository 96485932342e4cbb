"""silver.products: the articles of a shop."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.canonical import PLATFORM
from lakehouse.canonical import selected as from_shop
from lakehouse.registry import table

COLUMNS = (
    "product_id", "name", "product_group", "price_gbp", "light_need", "is_pet_safe", "hardiness_zone_min",
    "hardiness_zone_max", "stock_units", "invasive_regions", "is_goods", "first_known_at", "known_at",
)  # fmt: skip
LINEAGE = ("source_file", "source_row")


@table("silver.products", reads={"selected": from_shop("products")})
def products(selected: DataFrame) -> DataFrame:
    """One row per landed row of a product; merging keeps one a product_id: newest known, earliest first known."""
    told = {"is_goods": F.coalesce("is_goods", F.lit(True)), "first_known_at": F.col("known_at")}
    return selected.withColumns(told).select(*COLUMNS, *LINEAGE, *PLATFORM)
