"""What the engine says is told by its first line; what it could not say any more, in our words."""

from __future__ import annotations

import grpc
import pytest
from pyspark.errors import AnalysisException
from pyspark.errors.exceptions.connect import SparkConnectGrpcException
from pyspark.sql import SparkSession

from lakehouse.engine import calls
from lakehouse.engine.session import remote_endpoint
from lakehouse.errors import engine_said


def test_a_plan_is_left_out(spark: SparkSession) -> None:
    with pytest.raises(AnalysisException) as caught:
        spark.sql("SELECT id FROM range(3)").select("nothing").schema  # noqa: B018 - asked for, it is analysed
    assert "Project" in str(caught.value), "the plan stands there"
    said = engine_said(caught.value)
    assert said is not None and "`nothing` cannot be resolved" in said
    assert "Project" not in said


def test_an_engine_that_is_gone_is_said_in_our_words() -> None:
    with pytest.raises(grpc.RpcError) as caught, calls.peer(remote_endpoint("sc://localhost:1/;token=x"), "a session", "a user") as peer:
        calls.spark_version(peer, 2.0)
    assert "ended while it worked" in str(engine_said(SparkConnectGrpcException(message=str(caught.value))))


def test_another_error_is_no_engines() -> None:
    assert engine_said(ValueError("nothing")) is None
