"""The expectation behind a column's `expected` figures: the mean of a SQL expression over a day's rows lies between two numbers.

GX's own would be dearer: its mean cannot be added up from the days and so takes a second pass over the rows, its proportion of
non-null values a query a day. This is a sum and a count beside those that the audit takes anyway.
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
from pyspark.sql import functions as F

SUM_METRIC, COUNT_METRIC = "table.sum_over_rows", "table.rows_counted_in"
Partial = tuple[Any, dict[str, Any], dict[str, Any]]
AGGREGATE: dict[str, Any] = {
    "engine": SparkDFExecutionEngine,
    "partial_fn_type": MetricPartialFunctionTypes.AGGREGATE_FN,
    "domain_type": MetricDomainTypes.TABLE,
}


class SumOverRows(TableMetricProvider):
    """The sum of a SQL expression over the rows a condition holds for; 0 where there is nothing to add up."""

    metric_name = SUM_METRIC
    value_keys = ("value", "counted")

    @metric_partial(**AGGREGATE)
    def _spark(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> Partial:  # noqa: N805
        counted, value = (F.expr(metric_value_kwargs[key]) for key in ("counted", "value"))
        return F.coalesce(F.sum(F.when(counted, value)), F.lit(0)), metric_domain_kwargs, {}


class RowsCountedIn(TableMetricProvider):
    """How many rows a condition holds for."""

    metric_name = COUNT_METRIC
    value_keys = ("counted",)

    @metric_partial(**AGGREGATE)
    def _spark(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> Partial:  # noqa: N805
        return F.count_if(F.expr(metric_value_kwargs["counted"])), metric_domain_kwargs, {}


class ExpectMeanOverRowsToBeBetween(BatchExpectation):
    """Expect the mean of `value` over the rows `counted` holds for to be between two numbers, where they are enough to judge by."""

    value: str
    counted: str
    low: float
    high: float
    fewest_rows: int

    metric_dependencies: ClassVar[tuple[str, ...]] = (SUM_METRIC, COUNT_METRIC)
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)
    success_keys: ClassVar[tuple[str, ...]] = ("value", "counted", "low", "high", "fewest_rows")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine | None = None,
    ) -> dict[str, Any]:
        rows = metrics[COUNT_METRIC]
        mean = float(metrics[SUM_METRIC]) / rows if rows else None
        held = mean is None or self.low <= mean <= self.high
        return {"success": rows < self.fewest_rows or held, "result": {"observed_value": mean}}
