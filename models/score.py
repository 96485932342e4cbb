"""Scores rows in Spark's workers. What is scored and what becomes of it belongs in `assets/` and `monitoring/`.

Everything a worker needs travels by value: the model as bytes, the code with the query. A worker that lives for
weeks never runs yesterday's code, and needs scikit-learn and skops only, nothing of this repository.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lakehouse.engine.travelling import travelling as by_value
from models import artifact, binning, matrix
from models.artifact import TRUSTED_TYPES, sha256

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from models.feature_list import FeatureList

BY_VALUE = (artifact, binning, matrix)


def scored(df: DataFrame, data: bytes, features: FeatureList, keep: Sequence[str]) -> DataFrame:
    """The columns `keep` of each row, and `score`: the model's chance that it is bought. `df` holds every one of its features."""
    columns = [*keep, *(name for name in features.names if name not in keep)]
    kinds = dict(df.dtypes)
    schema = ", ".join(f"`{name}` {kinds[name]}" for name in keep) + ", score double"
    return df.select(*columns).mapInArrow(travelling(_scorer(data, features, tuple(keep))), schema)


def travelling(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, with our modules that it uses pickled whole rather than by name."""
    return by_value(function, *BY_VALUE, __name__)


def pipeline_of(data: bytes, digest: str, trusted: Sequence[str]) -> Any:
    """The pipeline in the bytes, built once in each worker process and kept under its hash.

    Only scikit-learn's objects are kept, never code of ours, so there is nothing to grow stale.
    """
    import sklearn
    import skops.io

    kept: dict[str, Any] = sklearn.__dict__.setdefault("_greenhouse_pipelines", {})
    if digest not in kept:
        if set(skops.io.get_untrusted_types(data=data)) - set(trusted):
            raise ValueError("the model holds types that are not on the allow-list")
        kept.clear()
        kept[digest] = skops.io.loads(data, trusted=list(trusted))
    return kept[digest]


def _scorer(data: bytes, features: FeatureList, keep: tuple[str, ...]) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    names, categories, trusted, digest = features.names, features.categories, TRUSTED_TYPES, sha256(data)
    to_matrix, load = matrix.matrix, pipeline_of

    def score(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow
        from threadpoolctl import threadpool_limits

        pipeline = load(data, digest, trusted)
        for batch in (batch for batch in batches if batch.num_rows):
            with threadpool_limits(1):  # Spark runs a worker on each core already
                chance = pipeline.predict_proba(to_matrix(batch, names, categories))[:, 1]
            columns = [*(batch.column(name) for name in keep), pyarrow.array(chance)]
            yield pyarrow.RecordBatch.from_arrays(columns, [*keep, "score"])

    return score
