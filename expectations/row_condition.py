"""The expectation behind a contract's `type: sql` rules: a boolean SQL expression holds for every row.

Importing this module registers it with Great Expectations (which takes seconds): import it late.
"""

from __future__ import annotations

from typing import Any, ClassVar

from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine import ExecutionEngine, SparkDFExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_partial
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from pyspark.sql import Column
from pyspark.sql import functions as F

ROW_METRIC = "table.rows_breaking_condition.unexpected_count"


def breaks(condition: str) -> Column:
    """True for a row the condition does not hold for. Unknown (NULL) is not true: such a row breaks it, as in Delta's CHECK."""
    return ~F.coalesce(F.expr(condition), F.lit(False))


class RowsBreakingCondition(TableMetricProvider):
    """How many rows a SQL condition does not hold for."""

    metric_name = ROW_METRIC
    value_keys = ("condition",)

    @metric_partial(
        engine=SparkDFExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _spark(  # the decorator calls it as a class method
        cls,  # noqa: N805
        execution_engine: SparkDFExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> tuple[Column, dict[str, Any], dict[str, Any]]:
        broken = F.when(breaks(metric_value_kwargs["condition"]), 1).otherwise(0)
        return F.sum(broken), metric_domain_kwargs, {}


class ExpectRowsToSatisfy(BatchExpectation):
    """Expect a boolean SQL expression over one row to be true for every row."""

    condition: str

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count", ROW_METRIC)
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)
    success_keys: ClassVar[tuple[str, ...]] = ("condition",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine | None = None,
    ) -> dict[str, Any]:
        failing = metrics[ROW_METRIC]
        return {"success": failing == 0, "result": {"observed_value": failing}}
