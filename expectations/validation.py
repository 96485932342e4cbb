"""Runs expectations over a frame with Great Expectations. Importing this module takes seconds: import it late.

What the outcomes mean for a check is decided in `expectations.verdict`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

import great_expectations as gx
from great_expectations.core import ExpectationValidationResult
from great_expectations.data_context import EphemeralDataContext
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.interfaces import Batch
from great_expectations.expectations.expectation import Expectation
from great_expectations.validator.metrics_calculator import MetricsCalculator
from great_expectations.validator.validation_graph import MetricEdge, ValidationGraph
from great_expectations.validator.validator import Validator
from pyspark.sql import DataFrame

from expectations.fused_job import Figure
from expectations.spark_engine import ROW_COUNT, AuditDatasource, AuditEngine, is_figure, is_free
from expectations.suite import Check, count_metric, is_row_by_row

# Counts are enough: examples are fetched by `expectations.examples`, never by GX, which knows no classification.
COUNTS: dict[str, Any] = {"result_format": {"result_format": "BOOLEAN_ONLY"}}
OBSERVED: dict[str, Any] = {"result_format": {"result_format": "BASIC", "partial_unexpected_count": 0}}


@dataclass
class Request:
    """An expectation bound to a frame: the figures it is judged by (`needs`, by name), and all they build upon."""

    expectation: Expectation
    needs: dict[str, Hashable]
    edges: list[MetricEdge]

    def is_fusable(self, engine: AuditEngine) -> bool:
        """Whether figures by partition out of one common job suffice to judge it.

        They do not where a metric runs a query of its own (quantiles, lists of values), or where a row is judged against
        a figure of all rows (z-scores): such an expectation is run on the rows of each partition.
        """
        if not all(is_figure(key[0], engine) for key in self.needs.values()):  # type: ignore[index]
            return False
        pairs = ((edge.left.metric_name, edge.right.metric_name if edge.right else ROW_COUNT) for edge in self.edges)
        return all((is_free(left) or is_figure(left, engine)) and (is_free(right) or right == ROW_COUNT) for left, right in pairs)

    def met(self, messages: dict[Hashable, str]) -> list[str]:
        """Those of the messages (by metric) that concern a metric it builds upon."""
        parts = chain.from_iterable((edge.left, edge.right) for edge in self.edges)
        return [messages[part.id] for part in parts if part and part.id in messages]


@dataclass
class Fused:
    """The common job after its run: what each rule asked for, and why GX could not compute it."""

    engine: AuditEngine
    requests: dict[str, Request] = field(default_factory=dict)
    reasons: dict[str, Exception] = field(default_factory=dict)


@dataclass
class Alone:
    """GX's own results by rule name, and why it could not evaluate a rule."""

    results: dict[str, ExpectationValidationResult] = field(default_factory=dict)
    reasons: dict[str, Exception] = field(default_factory=dict)


@cache
def context() -> EphemeralDataContext:
    """One context a process, in memory, that draws no progress bars and reports to nobody."""
    made = gx.get_context(mode="ephemeral")
    made.enable_analytics(False)
    made.variables.progress_bars = ProgressBarsConfig(globally=False)
    return made


def validate_together(df: DataFrame, checks: Sequence[Check], partition: str | None, extra: list[Figure]) -> Fused:
    """Compute the figures of all checks that share a job, by the values of `partition`, and the `extra` ones."""
    engine, batch = _prepare(df, partition, extra, fused=True)
    run, calculator = Fused(engine), MetricsCalculator(engine)
    engine.batch_manager.load_batch_list([batch])
    for check in checks:
        run.requests[check.rule.name] = _known_request(check, batch.id, calculator)
    fused = [request for request in run.requests.values() if request.is_fusable(engine)]
    edges = {edge.id: edge for edge in chain.from_iterable(request.edges for request in fused)}
    _, aborted = calculator.resolve_validation_graph(ValidationGraph(engine, list(edges.values())), COUNTS)
    engine.finish()
    messages = {key: str(info["exception_info"]["exception_message"]) for key, info in aborted.items()}
    run.reasons = {name: RuntimeError(met[0]) for name, request in run.requests.items() if (met := request.met(messages))}
    return run


def validate_alone(df: DataFrame, expectations: Sequence[Expectation]) -> Alone:
    """Evaluate the expectations over the frame as one whole, the way GX does."""
    engine, batch = _prepare(df, None, [], fused=False)
    validator, run = Validator(execution_engine=engine, batches=[batch], data_context=context()), Alone()
    for result in validator.graph_validate([each.configuration for each in expectations], OBSERVED):
        name, info = result.expectation_config.meta["rule"], result.exception_info or {}
        run.results[name] = result
        found = [info] if "raised_exception" in info else list(info.values())  # one, or one a metric
        messages = [each["exception_message"] for each in found if each["raised_exception"]]
        if messages:
            run.reasons[name] = RuntimeError(messages[0])
    return run


def _prepare(df: DataFrame, partition: str | None, extra: list[Figure], fused: bool) -> tuple[AuditEngine, Batch]:
    datasource = AuditDatasource(name="audit", persist=False)  # said here: a default of its own does not reach the engine
    datasource._data_context = context()  # not added to it: the context would keep every frame ever audited
    engine = datasource.audited_by(df)
    engine.begin(partition, extra, fused)
    rows = datasource.add_dataframe_asset("rows")
    return engine, rows.get_batch(rows.build_batch_request({"dataframe": df}))


_requests: WeakKeyDictionary[Check, Request] = WeakKeyDictionary()


def _known_request(check: Check, batch_id: str, calculator: MetricsCalculator) -> Request:
    """What it asks for, which no frame changes, every audit's batch having one name: to find it out costs more than a small job."""
    found = _requests.get(check)
    if found is None or found.expectation.batch_id != batch_id:
        found = _requests[check] = _request(check, batch_id, calculator)
    return found


def _request(check: Check, batch_id: str, calculator: MetricsCalculator) -> Request:
    configuration = check.expectation.configuration
    configuration.kwargs["batch_id"] = batch_id
    bound = configuration.to_domain_obj()
    needs = bound.get_validation_dependencies(calculator._execution_engine, COUNTS).metric_configurations
    if check.rule.kind != "gx" and is_row_by_row(bound):
        # The verdict takes failing rows of all rows; GX would also count the nulls of every column, half as much again.
        needs = {name: needs[name] for name in (count_metric(bound),)}
    graph = calculator.build_metric_dependency_graph(list(needs.values()), COUNTS)
    return Request(bound, {name: metric.id for name, metric in needs.items()}, graph.edges)
