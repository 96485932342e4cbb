"""`training.purchase_examples`: pairs, what was known of them the day before, and whether they were bought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse.tables.reads import current, days
from lakehouse.tables.registry import table
from models.candidates import KEYS
from models.known_before import KNOWN_BEFORE
from models.labels import Following, bought, days_with_features, example_days, last_landed_day
from models.population import Tables, population
from models.purchase import FEATURES, LABEL
from models.todays import refuse_rankings_unmade, refuse_unmade

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.tables.run import Run


@table(
    "training.purchase_examples",
    reads={
        "orders": Following("silver.orders"),
        "impressions": days("silver.impressions"),
        "consents": current("silver.customers"),
        "customers": days("features.customer_daily", 1),
        "products": days("features.product_daily", 1),
        "purchases": days("features.customer_product_daily", 1),
    },
    checks=(KNOWN_BEFORE,),
)
def purchase_examples(
    orders: DataFrame,
    impressions: DataFrame,
    consents: DataFrame,
    customers: DataFrame,
    products: DataFrame,
    purchases: DataFrame,
    run: Run,
) -> DataFrame:
    """One row per (day, customer, product): whether it was bought within seven days, its weight, and today's features of the day before.

    A day whose label is not final yet, or whose features look back over less than 90 days, has no rows.
    """
    refuse_unmade(run, FEATURES)
    refuse_rankings_unmade(FEATURES)
    due = days_with_features(run, example_days(run.written, run.lake.shop, last_landed_day(run)))
    tables = Tables(impressions, consents, customers, products, purchases)
    return population(run.lake.shop, due, tables, bought(orders), FEATURES).select(*KEYS, LABEL, "weight", *FEATURES.names)
