"""A Parquet value as the text that says exactly it: no number passes through a double that was none, no time loses a digit or its day.

Times are told in UTC where they have a zone, and as they stand where they have none. Doubles are told by the shortest text that is read as
the same number, a whole one without its point.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

Texts = list[str | None]
# Below these every whole number has a value of its own (IEEE 754); this one is also what the next is rounded to.
WHOLE_BELOW = {"halffloat": 2**11, "float": 2**24, "double": 2**53}


def refusal(kind: pa.DataType) -> str | None:
    """Why values of a type have no exact text; None where they have."""
    import pyarrow.types as is_

    kind = _storage(kind)
    if _is_bytes(kind):
        return "holds bytes; write it as text"
    if is_.is_duration(kind):
        return f"is of type {kind}; write it as a number, with its unit in the name"
    if is_.is_struct(kind):
        if len({field.name for field in kind}) < kind.num_fields:
            return "holds a field twice; write each once"
        return next((told for field in kind if (told := refusal(field.type))), None)
    if is_.is_map(kind):
        return refusal(kind.key_type) or refusal(kind.item_type)
    return refusal(kind.value_type) if _is_list(kind) or is_.is_dictionary(kind) else None


def is_rounded(values: pa.Array) -> bool:
    """Whether a column of doubles holds a whole number beyond those that all have a value of their own: an id, it may be another one."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as is_

    exact = values.cast(pa.float32()) if is_.is_float16(values.type) else values
    sizes = pc.abs(exact).filter(pc.is_finite(exact))
    largest = pc.max(sizes).as_py()
    return largest is not None and largest >= WHOLE_BELOW[str(values.type)]


def texts(values: pa.Array) -> Texts:
    """The text of each value; a nested one is JSON."""
    import pyarrow.types as is_

    values = _plain(values)
    if _is_nested(values.type):
        return _nested(values)
    if is_.is_floating(values.type):
        return _of_doubles(values)
    if is_.is_timestamp(values.type) or is_.is_time(values.type):
        return _times(values)
    return _cast(values)


def _plain(values: pa.Array) -> pa.Array:
    """Without the dictionary or extension that it is stored by; a UUID as text."""
    import pyarrow as pa
    import pyarrow.types as is_

    if isinstance(values.type, pa.UuidType):
        return pa.array([None if value is None else str(value) for value in values.to_pylist()], pa.string())
    if isinstance(values, pa.ExtensionArray):
        return _plain(values.storage)
    if is_.is_fixed_size_list(values.type):
        return values.cast(pa.list_(values.type.value_type))
    return _plain(values.dictionary_decode()) if is_.is_dictionary(values.type) else values


def _storage(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    if isinstance(kind, pa.UuidType):
        return pa.string()
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def _is_bytes(kind: pa.DataType) -> bool:
    import pyarrow.types as is_

    return is_.is_binary(kind) or is_.is_large_binary(kind) or is_.is_fixed_size_binary(kind) or is_.is_binary_view(kind)


def _is_list(kind: pa.DataType) -> bool:
    import pyarrow.types as is_

    return is_.is_list(kind) or is_.is_large_list(kind) or is_.is_fixed_size_list(kind)


def _is_nested(kind: pa.DataType) -> bool:
    import pyarrow.types as is_

    return is_.is_struct(kind) or is_.is_map(kind) or _is_list(kind)


def _cast(values: pa.Array) -> Texts:
    import pyarrow as pa

    found: Texts = values.cast(pa.string()).to_pylist()
    return found


def _of_doubles(values: pa.Array) -> Texts:
    """No number is null, as pandas means it."""
    import numpy as np

    found = values.to_numpy(zero_copy_only=False)
    numbers = (None if value is None or value != value else value for value in found)
    return [None if each is None else str(int(each)) if np.isfinite(each) and each == int(each) else str(each) for each in numbers]


def _times(values: pa.Array) -> Texts:
    """Days and times; of nanoseconds all nine digits, of coarser units those that are not zero."""
    import pyarrow as pa
    import pyarrow.types as is_

    kind = values.type
    found = _cast(values.cast(pa.timestamp(kind.unit)) if is_.is_timestamp(kind) else values)  # in UTC where it had a zone
    return found if kind.unit == "ns" else [text and _without_zeros(text) for text in found]


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def texts_of_int96(microseconds: pa.Array, nanoseconds: pa.Array) -> Texts:
    """The text of times that Arrow reads by microsecond, of any year, and by nanosecond, from 1677 to 2262: with the digits that both tell."""
    import pyarrow as pa

    coarse, exact = (values.cast(pa.int64()).to_pylist() for values in (microseconds, nanoseconds))
    beyond = [fine % 1000 if fine is not None and fine // 1000 == whole else 0 for fine, whole in zip(exact, coarse, strict=True)]
    return [
        f"{text.partition('.')[0]}.{whole % 1_000_000:06}{digits:03}" if text and digits else text
        for text, whole, digits in zip(_times(microseconds), coarse, beyond, strict=True)
    ]


def _nested(values: pa.Array) -> Texts:
    """As JSON: numbers and booleans as they are, all else as text; in an object, what is null is left out."""
    import pyarrow.types as is_

    kind = values.type
    if is_.is_struct(kind):
        fields = {field.name: _as_json(child) for field, child in zip(kind, values.flatten(), strict=True)}
        rows = [_object(zip(fields, row, strict=True)) for row in zip(*fields.values(), strict=True)] or ["{}"] * len(values)
    elif is_.is_map(kind):
        keys, items = texts(values.keys), _as_json(values.items)
        rows = [_object(zip(keys[a:b], items[a:b], strict=True)) for a, b in pairwise(values.offsets.to_pylist())]
    else:
        items = _as_json(values.values)
        rows = ["[" + ",".join(each or "null" for each in items[a:b]) + "]" for a, b in pairwise(values.offsets.to_pylist())]
    return [row if is_there else None for row, is_there in zip(rows, values.is_valid().to_pylist(), strict=True)]


def _object(pairs: Iterable[tuple[str | None, str | None]]) -> str:
    return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{text}" for key, text in pairs if text is not None) + "}"


def _as_json(values: pa.Array) -> Texts:
    import pyarrow.types as is_

    plain = _plain(values)
    kind, found = plain.type, texts(plain)
    if _is_nested(kind) or is_.is_boolean(kind) or is_.is_integer(kind) or is_.is_floating(kind) or is_.is_decimal(kind):
        return found
    return [None if text is None else json.dumps(text, ensure_ascii=False) for text in found]
