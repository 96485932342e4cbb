"""Runs expectations over a frame with Great Expectations. Importing this module takes seconds: import it late.

What the outcomes mean for a check is decided in `expectations.verdict`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import uuid4

import great_expectations as gx
from great_expectations.core import ExpectationValidationResult
from great_expectations.data_context import EphemeralDataContext
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation import Expectation
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator
from great_expectations.validator.validator import Validator
from pyspark.sql import DataFrame

from expectations.fused_job import Figure
from expectations.spark_engine import ROW_COUNT, AuditDatasource, AuditEngine, is_figure, is_free

# Counts are enough: examples are fetched by `expectations.examples`, never by GX, which knows no classification.
COUNTS: dict[str, Any] = {"result_format": {"result_format": "BOOLEAN_ONLY"}}
OBSERVED: dict[str, Any] = {"result_format": {"result_format": "BASIC", "partial_unexpected_count": 0}}


@dataclass
class Validation:
    """An engine after its run, GX's result for each rule name, and why GX could not evaluate a rule."""

    engine: AuditEngine
    batch_id: str
    results: dict[str, ExpectationValidationResult] = field(default_factory=dict)
    reasons: dict[str, Exception] = field(default_factory=dict)

    def bound(self, expectation: Expectation) -> Expectation:
        """The expectation as GX evaluated it: for this run's rows."""
        configuration = expectation.configuration
        configuration.kwargs["batch_id"] = self.batch_id
        return configuration.to_domain_obj()

    def needs(self, expectation: Expectation) -> dict[str, MetricConfiguration]:
        """The metrics a bound expectation is judged by, by name."""
        return expectation.get_validation_dependencies(self.engine, COUNTS).metric_configurations


@cache
def context() -> EphemeralDataContext:
    """One context a process, in memory, that draws no progress bars and reports to nobody."""
    made = gx.get_context(mode="ephemeral")
    made.enable_analytics(False)
    made.variables.progress_bars = ProgressBarsConfig(globally=False)
    return made


def validate(df: DataFrame, expectations: Sequence[Expectation], partition: str | None, extra: list[Figure]) -> Validation:
    """Compute the figures of all expectations together, by the values of `partition`."""
    validator, run = _prepare(df, partition, extra, fused=True)
    _take(validator, run, expectations, COUNTS)
    run.engine.finish()
    return run


def validate_alone(df: DataFrame, expectations: Sequence[Expectation]) -> Validation:
    """Evaluate the expectations over the frame as one whole, the way GX does."""
    validator, run = _prepare(df, None, [], fused=False)
    _take(validator, run, expectations, OBSERVED)
    return run


def _prepare(df: DataFrame, partition: str | None, extra: list[Figure], fused: bool) -> tuple[Validator, Validation]:
    datasource = AuditDatasource(name=f"audit_{uuid4().hex}")
    datasource._data_context = context()  # not added to it: the context would keep every frame ever audited
    engine = datasource.audited_by(df)
    engine.begin(partition, extra, fused)
    rows = datasource.add_dataframe_asset("rows")
    batch = rows.get_batch(rows.build_batch_request({"dataframe": df}))
    validator = Validator(execution_engine=engine, batches=[batch], data_context=context())
    return validator, Validation(engine, batch.id)


def _take(validator: Validator, run: Validation, expectations: Sequence[Expectation], runtime: dict[str, Any]) -> None:
    for result in validator.graph_validate([each.configuration for each in expectations], runtime):
        name = result.expectation_config.meta["rule"]
        run.results[name] = result
        info = result.exception_info or {}
        found = [info] if "raised_exception" in info else list(info.values())  # one, or one a metric
        messages = [each["exception_message"] for each in found if each["raised_exception"]]
        if messages:
            run.reasons[name] = RuntimeError(messages[0])


def is_fusable(expectation: Expectation, run: Validation) -> bool:
    """Whether figures by partition out of the common job suffice to judge it.

    They do not where a metric runs a query of its own (quantiles, lists of values), or where a row is judged against
    a figure of all rows (z-scores): such an expectation is run on the rows of each partition.
    """
    needs = list(run.needs(expectation).values())
    graph = MetricsCalculator(run.engine).build_metric_dependency_graph(needs, COUNTS)
    for edge in graph.edges:
        left, right = edge.left.metric_name, edge.right.metric_name if edge.right else ROW_COUNT
        if not (is_free(left) or is_figure(left, run.engine)) or not (is_free(right) or right == ROW_COUNT):
            return False
    return True
