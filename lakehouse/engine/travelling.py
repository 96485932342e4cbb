"""Code that travels to the engine's workers with the query, so that they need nothing of this repository and never run yesterday's code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import TypeVar

Function = TypeVar("Function", bound=Callable[..., object])


def travelling(function: Function, *modules: ModuleType | str) -> Function:
    """The same function, with those modules of ours that it uses pickled whole rather than by name."""
    from pyspark import cloudpickle

    for module in modules:
        cloudpickle.register_pickle_by_value(sys.modules[module] if isinstance(module, str) else module)
    return function
