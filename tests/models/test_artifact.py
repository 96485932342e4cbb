"""Models as bytes: our own allow-list, checked before building."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from models import estimators
from models.artifact import from_bytes, sha256, sha256_of_files, to_bytes
from models.errors import ModelError
from models.evaluate import Examples


class Stranger:
    """A type that no allow-list names."""

    def __init__(self) -> None:
        self.payload = 1


@pytest.mark.parametrize("kind", ["gradient_boosting", "logistic_regression", "baseline"])
def test_every_pipeline_travels_as_skops(kind: str, examples: Examples) -> None:
    unfitted = estimators.baseline() if kind == "baseline" else estimators.model(kind)
    pipeline = estimators.fit(unfitted, examples.features, examples.labels, examples.weights)
    data = to_bytes(pipeline)
    back = from_bytes(data, sha256(data))
    np.testing.assert_array_equal(back.predict_proba(examples.features), pipeline.predict_proba(examples.features))


def test_an_unknown_type_is_refused_when_written() -> None:
    with pytest.raises(ModelError, match="Stranger"):
        to_bytes(Pipeline([("stranger", Stranger())]))


def test_an_unknown_type_is_refused_when_read() -> None:
    import skops.io

    data = skops.io.dumps(Pipeline([("stranger", Stranger())]))
    with pytest.raises(ModelError, match="allow-list"):
        from_bytes(data, sha256(data))


def test_other_bytes_are_refused(baseline: Pipeline) -> None:
    data = to_bytes(baseline)
    with pytest.raises(ModelError, match="changed since"):
        from_bytes(data + b" ", sha256(data))


def test_the_hash_of_files_is_that_of_sha256sum() -> None:
    one, two = hashlib.sha256(b"1").hexdigest(), hashlib.sha256(b"2").hexdigest()
    assert sha256_of_files({"b": b"2", "a": b"1"}) == hashlib.sha256(f"{one}  a\n{two}  b\n".encode()).hexdigest()
