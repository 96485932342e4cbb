"""A contract keeps what it promised until its major version changes: held against the promises written down in contracts.json.

After a change that is meant: ./greenhouse check --fix.
"""

import json
from pathlib import Path

import pytest

from assets.open_lake import written_contracts
from lakehouse.contracts.compatibility import broken_promises, promise
from tests.generated import is_as_generated

SNAPSHOT = Path(__file__).parent / "contracts.json"
NOW = {name: promise(contract) for name, contract in sorted(written_contracts().items())}
BEFORE = {"version": "1.2.0", "key": ["a"], "columns": {"a": {"type": "int", "required": True}, "b": {"type": "string", "required": False}}}


def test_no_contract_breaks_its_promises_without_a_new_major_version():
    before = json.loads(SNAPSHOT.read_text()) if SNAPSHOT.exists() else {}
    broken = {name: told for name in before if name in NOW and (told := broken_promises(before[name], NOW[name]))}
    assert broken == {}, "raise the major version of its contract"
    is_as_generated(SNAPSHOT, json.dumps(NOW, indent=1) + "\n")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, []),
        ({"columns": {**BEFORE["columns"], "c": {"type": "int", "required": True}}}, []),
        ({"columns": {"a": BEFORE["columns"]["a"]}}, ["column b is gone"]),
        ({"columns": {**BEFORE["columns"], "b": {"type": "int", "required": False}}}, ["column b was string, is int"]),
        ({"columns": {**BEFORE["columns"], "b": {"type": "string", "required": True}}}, []),
        ({"columns": {**BEFORE["columns"], "a": {"type": "int", "required": False}}}, ["column a may now be missing"]),
        ({"key": ["a", "b"]}, ["key ['a'] became ['a', 'b']"]),
        ({"key": ["b"], "columns": {}, "version": "2.0.0"}, []),
    ],
)
def test_what_breaks(change, told):
    assert broken_promises(BEFORE, {**BEFORE, **change}) == told
