"""silver.customer_identity: the only table that says who a customer_key is."""

from pyspark.sql import DataFrame

from lakehouse.ingestion.silver.canonical import PLATFORM
from lakehouse.ingestion.silver.canonical import selected as from_shop
from lakehouse.tables.registry import table

COLUMNS = ("customer_key", "source_customer_id", "name", "email", "known_at")
LINEAGE = ("source_file", "source_row")


@table("silver.customer_identity", reads={"selected": from_shop("customers")})
def customer_identity(selected: DataFrame) -> DataFrame:
    """One row per landed row of a customer: source id, name, e-mail; merging keeps the newest a customer_key."""
    return selected.select(*COLUMNS, *LINEAGE, *PLATFORM)
