"""silver.customers: what a shop knew of its customers, and when, without what identifies them."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts.model import HISTORY_COLUMNS
from lakehouse.ingestion.silver.canonical import PLATFORM
from lakehouse.ingestion.silver.canonical import selected as from_shop
from lakehouse.tables import scd2
from lakehouse.tables.registry import table

COLUMNS = (
    "customer_key", "region", "climate_zone", "age_band", "has_pets", "has_children", "consents_to_training",
    "first_known_at", "first_known_day", "known_at", *HISTORY_COLUMNS,
)  # fmt: skip
LINEAGE = ("source_file", "source_row")


@table("silver.customers", reads={"selected": from_shop("customers")})
def customers(selected: DataFrame) -> DataFrame:
    """One row per landed row of a customer; publishing makes them versions, key customer_key, valid_from.

    Who has not said yes to training has not consented.
    """
    told = {
        "consents_to_training": F.coalesce("consents_to_training", F.lit(False)),
        "first_known_at": F.col("known_at"),
        "first_known_day": F.col("known_day"),
        **scd2.alone(),
    }
    return selected.withColumns(told).select(*COLUMNS, *LINEAGE, *PLATFORM)
