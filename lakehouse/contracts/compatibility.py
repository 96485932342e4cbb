"""What a change of a contract breaks for those who read the table. A breaking change needs a new major version (semantic versioning)."""

from __future__ import annotations

from typing import Any

from lakehouse.contracts.model import Contract

Promise = dict[str, Any]


def promise(contract: Contract) -> Promise:
    """What readers rely on: version, key, and each column's type and whether it is always there."""
    columns = {column.name: {"type": column.spark_type, "required": column.required} for column in contract.columns}
    return {"version": contract.version, "key": list(contract.primary_key), "columns": columns}


def broken_promises(before: Promise, after: Promise) -> list[str]:
    """A sentence for each promise that does not hold any more; none where the major version is a new one."""
    if _major(after) > _major(before):
        return []
    told = [f"key {before['key']} became {after['key']}"] if before["key"] != after["key"] else []
    for name, was in before["columns"].items():
        told += _broken(name, was, after["columns"].get(name))
    return told


def _broken(name: str, was: dict[str, Any], now: dict[str, Any] | None) -> list[str]:
    if now is None:
        return [f"column {name} is gone"]
    told = [f"column {name} was {was['type']}, is {now['type']}"] if was["type"] != now["type"] else []
    return [*told, f"column {name} may now be missing"] if was["required"] and not now["required"] else told


def _major(given: Promise) -> int:
    return int(given["version"].partition(".")[0])
