"""Where two tables of features differ: the feature, the row and the two values, and no more than a screen can hold."""

from collections.abc import Mapping
from typing import Any

SHOWN = 5


def differences(found: Mapping[Any, Mapping[str, Any]], expected: Mapping[Any, Mapping[str, Any]]) -> list[str]:
    """A sentence for each value that is not as expected, and for each row that one of the two lacks; the first few, and how many more."""
    told = [f"{at}: is there, and should not be" for at in found.keys() - expected.keys()]
    told += [f"{at}: is missing" for at in expected.keys() - found.keys()]
    for at in (each for each in found if each in expected):
        is_, should = found[at], expected[at]
        told += [
            f"{name} of {at} is {is_.get(name)!r}, expected {should.get(name)!r}"
            for name in {**should, **is_} if is_.get(name) != should.get(name) or (name in is_) != (name in should)
        ]  # fmt: skip
    return told if len(told) <= SHOWN else [*told[:SHOWN], f"and {len(told) - SHOWN} more"]
