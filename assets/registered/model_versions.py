"""`models.model_versions`: every version of a model, what it was made of, and how it was judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lakehouse.contracts.spark_schema import ddl_columns
from lakehouse.tables.reads import all_history, current
from lakehouse.tables.registry import table
from models.errors import NothingToLearn
from models.promotion import repair_ledger, settle
from models.train import train
from models.versions import was_trained

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.tables.run import Run


@table(
    "models.model_versions",
    reads={
        "examples": all_history("training.purchase_examples"),
        "consents": current("silver.customers"),
        "orders": all_history("silver.orders"),
        "customers": all_history("features.customer_daily"),
        "products": all_history("features.product_daily"),
        "purchases": all_history("features.customer_product_daily"),
    },
    after=settle,
)
def model_versions(
    examples: DataFrame, consents: DataFrame, orders: DataFrame, customers: DataFrame, products: DataFrame, purchases: DataFrame, run: Run
) -> DataFrame:
    """One row per model and version: figures and gates on held-out weeks, and the Delta version of every input.

    Training reads its inputs through Arrow, at the versions that the reads have fixed. A version serves once its row is
    published and it passed every gate. A shop that has no model yet and too little to learn from gets no rows, and a
    note; one that has a model, and nothing to learn from any more, fails.
    """
    return run.spark.createDataFrame(_rows(run), ddl_columns(run.lake.contract("models.model_versions")))


def _rows(run: Run) -> list[dict[str, Any]]:
    repair_ledger(run)
    try:
        return train(run)
    except NothingToLearn as reason:
        if was_trained(run.lake):
            raise
        run.note(f"no model yet: {reason.message}")
        return []
