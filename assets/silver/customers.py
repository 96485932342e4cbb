"""silver.customers: what a shop knows of its customers, without what identifies them."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.canonical import PLATFORM
from lakehouse.canonical import selected as from_shop
from lakehouse.registry import table

COLUMNS = (
    "customer_key", "region", "climate_zone", "age_band", "has_pets", "has_children", "consents_to_training",
    "first_known_at", "first_known_day", "known_at",
)  # fmt: skip
LINEAGE = ("source_file", "source_row")


@table("silver.customers", reads={"selected": from_shop("customers")})
def customers(selected: DataFrame) -> DataFrame:
    """One row per landed row of a customer; merging keeps one a customer_key: newest known, earliest first known.

    Who has not said yes to training has not consented.
    """
    told = {
        "consents_to_training": F.coalesce("consents_to_training", F.lit(False)),
        "first_known_at": F.col("known_at"),
        "first_known_day": F.col("known_day"),
    }
    return selected.withColumns(told).select(*COLUMNS, *LINEAGE, *PLATFORM)
