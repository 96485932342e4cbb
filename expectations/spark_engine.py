"""A Great Expectations engine that computes all aggregates of a suite in one Spark job, by partition value.

The stock engine runs a query an expectation and a window for uniqueness. What the figures mean for a check is
decided in `expectations.verdict`. Importing this module takes seconds: import it late.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import and_, or_
from typing import Any, ClassVar, Literal

from great_expectations.core.id_dict import IDDict
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.datasource.fluent import SparkDatasource
from great_expectations.exceptions import MetricResolutionError
from great_expectations.execution_engine import SparkDFExecutionEngine
from great_expectations.expectations.registry import get_metric_provider
from great_expectations.util import convert_to_json_serializable
from great_expectations.validator.metric_configuration import MetricConfiguration
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from expectations.fused_job import ALL_ROWS, Figure, FusedJob, Values
from expectations.mean_over_rows import COUNT_METRIC, SUM_METRIC

UNIQUE_METRICS = ("column_values.unique.unexpected_count", "compound_columns.unique.unexpected_count")
ROW_COUNT = "table.row_count"
SCHEMA_METRICS = ("table.columns", "table.column_types")
COMBINES: dict[str, Any] = {ROW_COUNT: sum, "unexpected_count": sum, "filtered_row_count": sum, SUM_METRIC: sum, COUNT_METRIC: sum}


class AuditEngine(SparkDFExecutionEngine):
    """Waits until nothing is left that costs no job, then computes every aggregate that is ready together."""

    job: FusedJob
    extra: list[Figure]
    conditions: dict[Any, tuple[Column, dict[str, Any]]]

    def begin(self, partition: str | None, extra: list[Figure], fused: bool = True) -> None:
        """Group by that column; `extra` figures ride along with the first job.

        Not `fused`: every metric is resolved when GX asks for it, so that its own verdicts hold.
        """
        self.job, self.extra, self.conditions, self.fused = FusedJob(partition), list(extra), {}, fused
        self.awaited: list[MetricConfiguration] = []

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[MetricConfiguration],
        metrics: dict[Any, Any] | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> dict[Any, Any]:
        """Resolve one step: what needs no job; else all aggregates in one job; else what needs a query of its own."""
        wanted, known = list(metrics_to_resolve), metrics if metrics is not None else {}
        self.last_known = known
        free = [metric for metric in wanted if is_free(metric.metric_name)]
        if free:
            resolved: dict[Any, Any] = super().resolve_metrics(free, known, runtime_configuration)
            return self._remember(resolved)
        counts = [metric for metric in wanted if metric.metric_name == ROW_COUNT]
        if counts and self.fused:
            # GX makes every row condition wait for the row count, which would cost a job of its own.
            self.awaited += counts
            return {metric.id: None for metric in counts}
        figures = [metric for metric in wanted if is_figure(metric.metric_name, self)]
        if figures:
            return self._resolve_together(figures, known)
        alone: dict[Any, Any] = super().resolve_metrics(wanted, known, runtime_configuration)
        return alone

    def _remember(self, resolved: dict[Any, Any]) -> dict[Any, Any]:
        for key, value in resolved.items():
            if key[0].endswith(".condition"):
                condition, domain, accessors = value
                self.conditions[key] = condition, {**domain, **accessors}
        return resolved

    def finish(self) -> None:
        """Compute what was put off and has not come along with another job."""
        if self.awaited or self.extra:
            self._resolve_together([], self.last_known)

    def _resolve_together(self, metrics: list[MetricConfiguration], known: dict[Any, Any]) -> dict[Any, Any]:
        metrics, self.awaited = [*metrics, *self.awaited], []
        new = [metric for metric in metrics if metric.id not in self.job.values and metric.id not in self.job.broken]
        if new or self.extra:
            self.job.run([*(self._figure(metric, known) for metric in new), *self.extra])
            self.extra = []
        done = {metric.id: _plain(self.job.values[metric.id]) for metric in metrics if metric.id in self.job.values}
        if metrics and not done:
            failed = [metric for metric in metrics if metric.id in self.job.broken]
            raise MetricResolutionError(message="Spark could not compute it", failed_metrics=failed)
        return done

    def _figure(self, metric: MetricConfiguration, known: dict[Any, Any]) -> Figure:
        name, needs = metric.metric_name, metric.metric_dependencies
        combine = next((function for end, function in COMBINES.items() if name.endswith(end)), None)
        if "metric_partial_fn" in needs:
            column, domain, _ = known[needs["metric_partial_fn"].id]
            return Figure(metric.id, self.get_domain_records(domain), column, _scan(domain), combine)
        condition, domain, accessors = known[needs["unexpected_condition"].id]
        if name in UNIQUE_METRICS:
            keys = tuple(accessors.get("column_list") or (accessors["column"],))
            return Figure(metric.id, self.get_domain_records({**domain, **accessors}), keys=keys)
        kept = _kept({**domain, **accessors})
        domain = {key: value for key, value in domain.items() if key != "ignore_row_if"}
        counted = kept if name.endswith("filtered_row_count") else kept & condition
        column = F.sum(F.when(counted, 1).otherwise(0))
        return Figure(metric.id, self.get_domain_records(domain), column, _scan(domain), combine)


def _scan(domain: dict[str, Any]) -> str:
    """Empty for all rows of the frame, so that GX's figures and the `extra` ones stand in one aggregate."""
    filters = {key: domain[key] for key in ("row_condition", "filter_conditions") if domain.get(key)}
    return str(IDDict(domain).to_id()) if filters else ALL_ROWS


def _kept(domain: dict[str, Any]) -> Column:
    """The rows `ignore_row_if` leaves, as a condition: a filter would cost a scan of its own."""
    names = domain.get("column_list") or [domain[key] for key in ("column_A", "column_B") if key in domain]
    absent = [F.col(name).isNull() for name in names]
    if domain.get("ignore_row_if") in ("all_values_are_missing", "both_values_are_missing"):
        return ~reduce(and_, absent)
    if domain.get("ignore_row_if") in ("any_value_is_missing", "either_value_is_missing"):
        return ~reduce(or_, absent)
    return F.lit(True)


def is_free(name: str) -> bool:
    """Whether a metric costs no job: it builds an expression, or reads the schema."""
    return name in SCHEMA_METRICS or name.endswith((".condition", ".aggregate_fn", ".map"))


def is_figure(name: str, engine: SparkDFExecutionEngine) -> bool:
    """Whether a metric is an aggregate that can stand in a common job."""
    _, provider = get_metric_provider(name, engine)
    if provider is None or name in UNIQUE_METRICS or name.endswith("filtered_row_count"):
        return True
    return name.endswith("unexpected_count") and not _is_window(name, engine)


def _is_window(name: str, engine: SparkDFExecutionEngine) -> bool:
    """Whether the rows counted are found by a window over others (as in "increasing"), which cannot stand in an aggregate."""
    _, provider = get_metric_provider(name.replace("unexpected_count", "condition"), engine)
    return getattr(provider, "metric_fn_type", None) == MetricPartialFunctionTypes.WINDOW_CONDITION_FN


def _plain(values: Values) -> Any:
    """The total, as Great Expectations expects it; each partition's value is made plain in the same way."""
    values.by = {part: convert_to_json_serializable(value) for part, value in values.by.items()}
    return convert_to_json_serializable(values.total)


class AuditDatasource(SparkDatasource):
    """Spark frames of the session they come from, audited by `AuditEngine` and never cached by GX."""

    type: Literal["audit"] = "audit"  # type: ignore[assignment]
    execution_engine_override: ClassVar[Any] = AuditEngine

    def test_connection(self, test_assets: bool = True) -> None:
        """Nothing to test: the stock test would start a classic Spark session where none is set."""

    def audited_by(self, df: DataFrame) -> AuditEngine:
        """An engine in the frame's own session."""
        self._spark = df.sparkSession
        engine: AuditEngine = self.get_execution_engine()
        return engine
