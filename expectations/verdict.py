"""From figures by partition value to the outcome of a check. Importing this module takes seconds: import it late.

Every partition must pass on its own. A figure that is not there is a failed check. Computing figures belongs in
`expectations.spark_engine`, examples in `expectations.examples`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from expectations.fused_job import WHOLE, Values
from expectations.spark_engine import ROW_COUNT
from expectations.suite import Check, count_metric, is_row_by_row
from expectations.validation import COUNTS, Fused, Request


@dataclass(frozen=True)
class Outcome:
    """What was found: failing rows, the partitions that do not pass, a figure; or the reason there is none.

    `metric` identifies the count of failing rows, for fetching examples.
    """

    failing_rows: int = 0
    failed: tuple[str, ...] = ()
    observed: Any = None
    reason: str | Exception | None = None
    metric: Any = field(default=None, compare=False)

    @property
    def passed(self) -> bool:
        return not self.failed and self.reason is None


def judge(check: Check, run: Fused, rows: Values, expected: tuple[str, ...]) -> Outcome:
    """The outcome of a check whose figures the common job computed.

    `rows` are the frame's rows by partition; `expected` partitions without any row have 0 for rules that judge the number of rows.
    """
    request, job = run.requests[check.rule.name], run.engine.job
    keys = request.needs.values()
    reason = next((job.broken[key] for key in keys if key in job.broken), None) or run.reasons.get(check.rule.name)
    if reason or any(key not in job.values for key in keys):
        return Outcome(reason=reason or "no figure came back")
    if is_row_by_row(request.expectation):
        return _judge_rows(check, run, request, rows)
    parts = sorted({*rows.by, *(expected if _counts_rows(request) else ())}) or [WHOLE]
    return _judge_figures(run, request, parts)


def _counts_rows(request: Request) -> bool:
    """Whether it judges the number of rows alone, which is 0 where there are none; any other figure of no rows is no figure."""
    return {key[0] for key in request.needs.values()} == {ROW_COUNT}  # type: ignore[index]


def allows(check: Check, failing: int, rows: int) -> bool:
    """Whether that many failing rows of a partition are within the rule's share (exact: 0.29 of 100 is 29)."""
    return failing <= Fraction(str(check.rule.allowed_share)) * rows


def _judge_rows(check: Check, run: Fused, request: Request, rows: Values) -> Outcome:
    metric = request.needs[count_metric(request.expectation)]
    failing = {part: value for part, value in run.engine.job.values[metric].by.items() if value != 0}
    if None in failing.values():
        return Outcome(reason="a count came back empty", metric=metric)
    # `mostly` of a native expectation is judged by GX itself, which leaves rows without a value out of the share.
    by_gx = check.rule.kind == "gx" and not check.rule.allowed_share
    passes = {part: _success(run, request, part) if by_gx else allows(check, count, rows.by[part]) for part, count in failing.items()}
    failed, total = tuple(sorted(part for part in failing if not passes[part])), sum(failing.values())
    return Outcome(total, failed, total / rows.total if rows.total else 0.0, metric=metric)


def _judge_figures(run: Fused, request: Request, parts: list[str]) -> Outcome:
    failed = tuple(part for part in parts if not _success(run, request, part))
    total = _metrics(run, request, WHOLE)
    if None in total.values():
        return Outcome(0, failed, reason="there is no value to judge")
    return Outcome(0, failed, (_verdict(run, request, total)["result"] or {}).get("observed_value"))


def _success(run: Fused, request: Request, part: str) -> bool:
    metrics = _metrics(run, request, part)
    # GX takes an absent figure for "nothing to complain about" (vacuously true); here it is a failure.
    return None not in metrics.values() and bool(_verdict(run, request, metrics)["success"])


def _verdict(run: Fused, request: Request, metrics: dict[str, Any]) -> Mapping[str, Any]:
    """GX's own judgement over figures. `_validate` is what an expectation overrides; the public way recomputes its needs."""
    judged: Mapping[str, Any] = request.expectation._validate(metrics, dict(COUNTS), run.engine)
    return judged


def _metrics(run: Fused, request: Request, part: str) -> dict[str, Any]:
    """The figures of one partition (WHOLE: of all rows) under the names GX looks for. Counts of no rows are 0."""
    found = {}
    for name, key in request.needs.items():
        values = run.engine.job.values[key]
        value = values.total if part == WHOLE else values.by.get(part)
        found[name] = 0 if value is None and part not in values.by and name.endswith("count") else value
    return found
