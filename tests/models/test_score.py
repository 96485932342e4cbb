"""Scoring in Spark's workers: the same chances as in this process, whatever the batches."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from sklearn.pipeline import Pipeline

from models.artifact import sha256, to_bytes
from models.evaluate import Examples
from models.matrix import code
from models.purchase import CATEGORIES, FEATURE_NAMES, FEATURES
from models.score import pipeline_of, scored

TEXT = {code(text): text for text in ("fern", "palm", "moss")}


@pytest.fixture(scope="module")
def rows(examples: Examples) -> pa.Table:
    columns = {name: examples.features[:200, at] for at, name in enumerate(FEATURE_NAMES)}
    columns |= {name: [TEXT[value] for value in columns[name]] for name in CATEGORIES}
    columns |= {name: pa.array(values, from_pandas=True) for name, values in columns.items() if name not in CATEGORIES}
    return pa.table({"id": np.arange(200), **columns})


@pytest.fixture
def frame(spark: SparkSession, rows: pa.Table) -> DataFrame:
    return spark.createDataFrame(rows)


@pytest.mark.parametrize("partitions", [1, 5])
def test_workers_score_as_this_process_does(frame: DataFrame, trained: Pipeline, examples: Examples, partitions: int) -> None:
    found = scored(frame.repartition(partitions), to_bytes(trained), FEATURES, ["id"]).orderBy("id").toArrow()
    assert found.schema.names == ["id", "score"]
    np.testing.assert_array_equal(found["score"].to_numpy(), trained.predict_proba(examples.features[:200])[:, 1])


def test_another_model_is_not_mistaken_for_the_last_one(
    frame: DataFrame, trained: Pipeline, baseline: Pipeline, examples: Examples
) -> None:
    for pipeline in (trained, baseline, trained):
        found = scored(frame.coalesce(1), to_bytes(pipeline), FEATURES, ["id"]).orderBy("id").toArrow()
        np.testing.assert_array_equal(found["score"].to_numpy(), pipeline.predict_proba(examples.features[:200])[:, 1])


def test_workers_need_nothing_of_this_repository(trained: Pipeline, tmp_path) -> None:  # type: ignore[no-untyped-def]
    import subprocess
    import sys

    from pyspark import cloudpickle

    from models.score import _scorer, travelling

    (tmp_path / "function").write_bytes(cloudpickle.dumps(travelling(_scorer(to_bytes(trained), FEATURES, ("id",)))))
    ours = "[m for m in sys.modules if m.split('.')[0] in ('models', 'lakehouse')]"
    code = f"import pickle, sys; pickle.load(open('function', 'rb')); print({ours})"
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_workers_refuse_types_that_are_not_allowed(trained: Pipeline) -> None:
    data = to_bytes(trained)
    with pytest.raises(ValueError, match="allow-list"):
        pipeline_of(data, sha256(data + b"another"), trusted=())
