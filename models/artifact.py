"""A model as bytes: skops with an allow-list of our own, never pickle. Where the bytes are kept belongs in `registry`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from models.errors import ModelError

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

TRUSTED_TYPES = (
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.model_selection._split.StratifiedKFold",
    "numpy.dtype",
)
"""Types beyond skops' defaults that a model of ours may hold. A list stored inside a model proves nothing about it."""


def to_bytes(pipeline: Pipeline) -> bytes:
    """The pipeline in skops' format. Raises ModelError where it holds a type that is not allowed."""
    import skops.io

    data: bytes = skops.io.dumps(pipeline)
    _refuse_untrusted(data)
    return data


def from_bytes(data: bytes, expected_sha256: str) -> Pipeline:
    """The pipeline in those bytes, whose hash and types are checked before anything in them is built.

    Raises ModelError where either is not as expected.
    """
    import skops.io

    if (found := sha256(data)) != expected_sha256:
        raise ModelError(
            f"the model's bytes have SHA-256 {found[:12]}…, {expected_sha256[:12]}… was registered: it was changed since; it is not loaded"
        )
    _refuse_untrusted(data)
    return skops.io.loads(data, trusted=list(TRUSTED_TYPES))


def sha256(data: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_files(files: Mapping[str, bytes]) -> str:
    """One SHA-256 over named files: of the sorted lines `<sha256>  <name>`, as `sha256sum` prints them."""
    lines = "".join(f"{sha256(files[name])}  {name}\n" for name in sorted(files))
    return sha256(lines.encode())


def _refuse_untrusted(data: bytes) -> None:
    import skops.io

    unknown = set(skops.io.get_untrusted_types(data=data)) - set(TRUSTED_TYPES)
    if unknown:
        raise ModelError(f"the model holds types that are not on the allow-list in models/artifact.py: {', '.join(sorted(unknown))}")
