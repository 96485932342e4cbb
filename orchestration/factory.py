"""Turns registered tables into Dagster assets with checks, groups, owners, column schemas and links to their code."""

import inspect
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import dagster as dg

from lakehouse.contracts.model import Column, Contract
from lakehouse.errors import AuditFailed, GreenhouseError, engine_said
from lakehouse.publishing import conservation
from lakehouse.publishing.missing_history import CHECK, SENTENCE, is_checked
from lakehouse.publishing.publication import Publication
from lakehouse.publishing.publish import publish
from lakehouse.tables.audit_report import CheckResult
from lakehouse.tables.lake import Lake
from lakehouse.tables.registry import Table
from orchestration.keys import key_of
from orchestration.partition_status import report_built
from orchestration.partitions import days_of, mapping_of, shop_days
from orchestration.runs import info_of, listener

SEVERITY = {"error": dg.AssetCheckSeverity.ERROR, "warning": dg.AssetCheckSeverity.WARN}


def asset_of(table: Table, lake: Lake) -> dg.AssetsDefinition:
    """One table as one asset; a range of days is one run.

    A multi-asset of one that may be subset: of no other does Dagster take that a check has no result, where there was nothing to judge.
    """
    contract, key = lake.contract(table.name), key_of(table.name)
    spec = dg.AssetSpec(
        key,
        description=_description(table, contract),
        group_name=table.layer,
        owners=[f"team:{contract.owner}"],
        kinds=_kinds(table),
        tags={"layer": table.layer, "write": contract.write},
        metadata=_static_metadata(table, contract),
        partitions_def=shop_days(lake.shop),
        deps=_deps(table, lake),
        freshness_policy=_freshness(contract),
        skippable=True,
    )

    @dg.multi_asset(
        name=key.to_python_identifier(),
        specs=[spec],
        check_specs=_check_specs(table, contract, lake),
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    def materialise(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yield from _materialise(context, table, lake)

    return materialise


def _materialise(context: dg.AssetExecutionContext, table: Table, lake: Lake) -> Iterator[Any]:
    from expectations.audit import audit

    key, declared = key_of(table.name), {check.name for check in context.selected_asset_check_keys}
    if key not in context.selected_asset_keys:
        raise dg.Failure(f"{table.name}: its checks are judged where it is published; materialise the table", allow_retries=False)
    listener().started(table.name)
    try:
        done = publish(lake, table.name, days_of(context), audit, info_of(context, lake))
    except AuditFailed as refused:
        listener().failed(table.name, refused.message)
        own = refused.report.checks if refused.table == table.name else ()
        yield from (_check_result(key, check) for check in own if check.name in declared)
        raise dg.Failure(refused.message, metadata={"failing_days": _failing_days(refused)}, allow_retries=False) from refused
    except GreenhouseError as error:
        listener().failed(table.name, error.message)
        raise dg.Failure(error.message, allow_retries=False) from error
    except Exception as error:
        if (said := engine_said(error)) is None:
            raise
        listener().failed(table.name, f"{table.name}: {said}")
        raise dg.Failure(f"{table.name}: {said}") from None  # its other lines, the plan, are not for Dagster's log
    listener().ended(done)
    _refuse_unjudged(done, declared)
    yield from (_check_result(key, check) for check in done.checks if check.name in declared and check.has_judged)
    report_built(context, lake, done)
    yield dg.MaterializeResult(asset_key=key, metadata=_metadata(done))


def _check_specs(table: Table, contract: Contract, lake: Lake) -> list[dg.AssetCheckSpec]:
    """Of each check its name, what people read of it, and whether it blocks what is downstream."""
    rules = [*contract.rules, *(conservation.rules(table, contract, lake.shop) if table.layer == "silver" else ())]
    told = [
        *([(CHECK, SENTENCE, True)] if is_checked(table) else []),
        *((check.name, check.sentence, True) for check in table.checks),
        *((rule.name, str(rule.arguments.get("query") or "") or None, rule.severity == "error") for rule in rules),
    ]
    return [dg.AssetCheckSpec(name, asset=key_of(table.name), description=said, blocking=blocks) for name, said, blocks in told]


def _check_result(key: dg.AssetKey, check: CheckResult) -> dg.AssetCheckResult:
    metadata = {"rows": check.rows, "failing_rows": check.failing_rows, "failing_days": ", ".join(check.failing_days) or "none"}
    if check.examples:
        metadata["examples"] = ", ".join(check.examples)
    if check.observed is not None:
        metadata["observed"] = str(check.observed)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=check.name,
        passed=check.passed,
        severity=SEVERITY[check.severity],
        metadata=metadata,
        description=check.description,
    )


def _refuse_unjudged(done: Publication, declared: set[str]) -> None:
    """Without a result of a check the run goes on, and the UI shows it as skipped: right where there was nothing to judge, and only there."""
    unjudged = sorted(declared - {check.name for check in done.checks})
    if unjudged and done.days:
        raise dg.Failure(f"{done.table}: published, but nobody judged {', '.join(unjudged)}", allow_retries=False)


def _failing_days(refused: AuditFailed) -> str:
    return ", ".join(sorted({day for check in refused.report.failed_errors for day in check.failing_days}))


def _metadata(done: Publication) -> dict[str, Any]:
    found: dict[str, Any] = {
        "dagster/row_count": done.rows, "publish_id": done.publish_id, "days_written": len(done.days), "quarantined_rows": done.quarantined,
        "seconds": round(done.seconds, 2), "input_versions": dg.MetadataValue.json(done.input_versions),
    }  # fmt: skip
    if told := [*done.notes, *done.recomputed]:
        found["notes"] = "\n".join(told)
    return found if done.version is None else {**found, "delta_version": done.version}


def _static_metadata(table: Table, contract: Contract) -> dict[str, Any]:
    columns = [
        dg.TableColumn(
            name=c.name,
            type=c.spark_type,
            description=c.description,
            constraints=_constraints(c),
            tags={"classification": c.classification} | ({"unit": c.unit} if c.unit else {}),
        )
        for c in contract.columns
    ]
    found: dict[str, Any] = {"dagster/column_schema": dg.TableSchema(columns=columns), "contract": f"{contract.table} {contract.version}"}
    function = table.function.func if isinstance(table.function, partial) else table.function
    if path := inspect.getsourcefile(function):
        line = inspect.getsourcelines(function)[1]
        reference = dg.LocalFileCodeReference(file_path=path, line_number=line, label=function.__name__)
        found["dagster/code_references"] = dg.CodeReferencesMetadataValue(code_references=[reference])
    return found


def _constraints(column: Column) -> dg.TableColumnConstraints:
    return dg.TableColumnConstraints(nullable=not column.required, unique=column.unique)


def _description(table: Table, contract: Contract) -> str:
    return (
        f"{contract.description}\n\n{inspect.getdoc(table.function) or ''}"
        if not isinstance(table.function, partial)
        else contract.description
    )


def _kinds(table: Table) -> set[str]:
    extra = {"training": "dataset", "models": "scikitlearn", "predictions": "scikitlearn", "bronze": "csv"}.get(table.layer)
    return {"deltalake", "pyspark"} | ({extra} if extra else set())


def _deps(table: Table, lake: Lake) -> list[dg.AssetDep]:
    return [dg.AssetDep(key_of(name), partition_mapping=_widest(table, lake, name)) for name in table.upstreams(lake.shop)]


def _widest(table: Table, lake: Lake, upstream: str) -> dg.PartitionMapping:
    found = [mapping_of(part) for part in table.parts(lake.shop) if upstream in part.upstreams(lake.shop)]
    return min(found, key=lambda mapping: mapping.start_offset)  # type: ignore[attr-defined]


def _freshness(contract: Contract) -> dg.FreshnessPolicy | None:
    if contract.freshness_days is None:
        return None
    return dg.FreshnessPolicy.time_window(
        fail_window=timedelta(days=contract.freshness_days + 1), warn_window=timedelta(days=contract.freshness_days, hours=6)
    )
