"""Reads contracts (Open Data Contract Standard v3, YAML) strictly: whatever it does not know stops with file, line and reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import open_data_contract_standard.model as odcs
import yaml
from pydantic import ValidationError

from lakehouse.contracts.expected_figures import expected_of
from lakehouse.contracts.model import HISTORY_COLUMNS, VALID_FROM, Column, Contract, WriteMode
from lakehouse.contracts.rules import rules_of
from lakehouse.days import GRAINS
from lakehouse.errors import ContractError

LINE = "__line__"
TABLE_PROPERTIES = {"write", "subjectKey", "quarantine_share"}
WRITE_MODES: tuple[str, ...] = get_args(WriteMode)
COLUMN_PROPERTIES = {"unit", "enum", "merge", "expected"}
CLASSIFICATIONS = ("public", "internal", "pii", "sensitive")


class _LineLoader(yaml.SafeLoader):
    """Safe YAML whose mappings know the line they began on."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep=True)
        mapping[LINE] = node.start_mark.line + 1
        return mapping


def _mapping(loader: _LineLoader, node: Any) -> dict[Any, Any]:
    return loader.construct_mapping(node)


_LineLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_contracts(folder: Path) -> dict[str, Contract]:
    """Every contract below `folder`, by table name. Raises ContractError on the first broken one."""
    contracts: dict[str, Contract] = {}
    for path in sorted(folder.glob("*/*.yaml")):
        contract = load_contract(path)
        if contract.table != f"{path.parent.name}.{path.stem}":
            raise ContractError(f"{path}: the contract is named {contract.table}; its place says {path.parent.name}.{path.stem}")
        contracts[contract.table] = contract
    return contracts


def load_contract(path: Path) -> Contract:
    """One contract. Raises ContractError naming file, line and reason."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_LineLoader)
    except yaml.YAMLError as error:
        raise ContractError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise ContractError(f"{path}:1: a contract is a mapping")
    return _contract(path, document)


def _contract(path: Path, document: dict[str, Any]) -> Contract:
    _refuse_unknown(path, document, {*odcs.OpenDataContractStandard.model_fields, "schema"})
    try:
        odcs.OpenDataContractStandard(**_without_lines(document))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ContractError(f"{path}:{_line_of(document, first['loc'])}: {where}: {first['msg']}") from error
    table = _only_table(path, document)
    columns = tuple(_column(path, node) for node in table.get("properties") or ())
    properties = _custom(path, document, TABLE_PROPERTIES)
    name = str(document.get("name"))
    contract = Contract(
        table=name,
        layer=name.partition(".")[0],
        name=name.partition(".")[2],
        description=str((document.get("description") or {}).get("purpose", "")).strip(),
        version=str(document.get("version", "")),
        owner=_owner(document),
        columns=columns,
        primary_key=_primary_key(table),
        partition=_partition(path, table),
        write=_one_of(path, document, properties.get("write", "replace_days"), WRITE_MODES),
        freshness_days=_sla_days(document, "frequency"),
        retention_days=_sla_days(document, "retention"),
        subject_key=properties.get("subjectKey"),
        quarantine_share=properties.get("quarantine_share"),
        path=path,
    )
    _refuse_incomplete(path, document, contract)
    return _with_rules(path, contract, table)


def _with_rules(path: Path, contract: Contract, table: dict[str, Any]) -> Contract:
    return replace(contract, rules=rules_of(path, contract, table))


def _only_table(path: Path, document: dict[str, Any]) -> dict[str, Any]:
    tables = document.get("schema") or []
    if len(tables) != 1:
        raise ContractError(f"{path}:{document[LINE]}: a contract describes one table, this one {len(tables)}")
    _refuse_unknown(path, tables[0], set(odcs.SchemaObject.model_fields))
    return dict(tables[0])


def _column(path: Path, node: dict[str, Any]) -> Column:
    _refuse_unknown(path, node, set(odcs.SchemaProperty.model_fields))
    own = _custom(path, node, COLUMN_PROPERTIES)
    options = node.get("logicalTypeOptions") or {}
    _refuse_unknown(path, options, {"minimum", "maximum", "pattern", "format"})
    if not node.get("physicalType") or not node.get("description"):
        raise ContractError(f"{path}:{node[LINE]}: column {node.get('name')} needs a physicalType and a description")
    column = Column(
        name=node["name"],
        spark_type=node["physicalType"],
        description=" ".join(str(node["description"]).split()),
        unit=own.get("unit"),
        required=bool(node.get("required") or node.get("primaryKey")),
        unique=bool(node.get("unique")),
        primary_key=bool(node.get("primaryKey")),
        enum=tuple(own.get("enum") or node.get("enum") or ()),
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        pattern=options.get("pattern"),
        classification=_one_of(path, node, node.get("classification", "internal"), CLASSIFICATIONS),
        merge=own.get("merge", "newest"),
    )
    return replace(column, expected=expected_of(path, node[LINE], column, own.get("expected")))


def _primary_key(table: dict[str, Any]) -> tuple[str, ...]:
    keys = [node for node in table.get("properties") or () if node.get("primaryKey")]
    return tuple(node["name"] for node in sorted(keys, key=lambda node: node.get("primaryKeyPosition") or 0))


def _partition(path: Path, table: dict[str, Any]) -> str | None:
    found = [node for node in table.get("properties") or () if node.get("partitioned")]
    if len(found) > 1:
        raise ContractError(f"{path}:{found[1][LINE]}: a table has one partition column")
    return found[0]["name"] if found else None


def _owner(document: dict[str, Any]) -> str:
    team = document.get("team") or []
    members = team.get("members", []) if isinstance(team, dict) else team
    return next((member["username"] for member in members if member.get("role") == "owner"), "")


def _sla_days(document: dict[str, Any], name: str) -> int | None:
    for node in document.get("slaProperties") or ():
        if node.get("property") == name:
            return int(node["value"])
    return None


def _custom(path: Path, node: dict[str, Any], known: set[str]) -> dict[str, Any]:
    found = {}
    for entry in node.get("customProperties") or ():
        if entry.get("property") not in known:
            raise ContractError(f"{path}:{entry[LINE]}: unknown custom property {entry.get('property')}; known: {', '.join(sorted(known))}")
        found[entry["property"]] = entry.get("value")
    return found


def _one_of(path: Path, node: dict[str, Any], value: Any, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise ContractError(f"{path}:{node[LINE]}: {value!r} is none of {', '.join(allowed)}")
    return value


def _refuse_unknown(path: Path, node: dict[str, Any], known: set[str]) -> None:
    for key in node:
        if key != LINE and key not in known:
            raise ContractError(f"{path}:{node.get(LINE, 1)}: unknown key {key!r}")


def _refuse_incomplete(path: Path, document: dict[str, Any], contract: Contract) -> None:
    line = document[LINE]
    if "." not in contract.table or not contract.description or not contract.owner or not contract.columns:
        raise ContractError(f"{path}:{line}: a contract needs name (layer.table), description.purpose, an owner in team, and columns")
    if contract.merges and not contract.entity_key:
        raise ContractError(f"{path}:{line}: a table that merges needs a primary key")
    if contract.keeps_history and not (VALID_FROM in contract.primary_key and set(HISTORY_COLUMNS) <= set(contract.column_names)):
        raise ContractError(
            f"{path}:{line}: a table that keeps history needs the columns {', '.join(HISTORY_COLUMNS)}, {VALID_FROM} in its primary key"
        )
    if contract.write == "replace_days" and contract.partition not in GRAINS:
        raise ContractError(f"{path}:{line}: a table that replaces days is partitioned by {', '.join(GRAINS)}")
    if contract.subject_key and contract.subject_key not in contract.column_names:
        raise ContractError(f"{path}:{line}: the subject key {contract.subject_key} is no column")


def _without_lines(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_lines(inner) for key, inner in value.items() if key != LINE}
    if isinstance(value, list):
        return [_without_lines(inner) for inner in value]
    return value


def _line_of(document: Any, location: tuple[Any, ...]) -> int:
    line, node = 1, document
    for part in location:
        line = node.get(LINE, line) if isinstance(node, dict) else line
        try:
            node = node["schema" if part == "schema_" else part]
        except (KeyError, IndexError, TypeError):
            break
    return node.get(LINE, line) if isinstance(node, dict) else line
