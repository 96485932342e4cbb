"""The few Spark Connect calls made below a session, each with a deadline and none retried by the client library.

Everything a table needs goes through a session instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lakehouse.engine.state import Endpoint

CALL_SECONDS = 10.0


@dataclass(frozen=True)
class Peer:
    """One session on a server, addressed below the client library."""

    stub: Any
    metadata: Any
    session_id: str
    user_id: str

    def call(self, method: str, request: Any, seconds: float = CALL_SECONDS) -> Any:
        """Make one call for this session; raises grpc.RpcError."""
        request.session_id = self.session_id
        request.user_context.user_id = self.user_id
        return getattr(self.stub, method)(request, metadata=self.metadata, timeout=seconds)


@contextmanager
def peer(endpoint: Endpoint, session_id: str, user_id: str) -> Iterator[Peer]:
    """A channel of its own to the server, closed at the end of the block."""
    silence_grpc()
    from pyspark.sql.connect.client import DefaultChannelBuilder
    from pyspark.sql.connect.proto.base_pb2_grpc import SparkConnectServiceStub

    builder = DefaultChannelBuilder(endpoint.url)
    channel = builder.toChannel()
    try:
        yield Peer(SparkConnectServiceStub(channel), builder.metadata(), session_id, user_id)
    finally:
        channel.close()


def spark_version(peer: Peer, seconds: float, server_session: str | None = None) -> str:
    """Ask for the server's version: the cheapest call that needs the token and a working session.

    `server_session`: what the server called this session before; a restarted server refuses it.
    """
    from pyspark.sql.connect.proto import base_pb2

    request = base_pb2.AnalyzePlanRequest(spark_version=base_pb2.AnalyzePlanRequest.SparkVersion())
    if server_session:
        request.client_observed_server_side_session_id = server_session
    return peer.call("AnalyzePlan", request, seconds).spark_version.version


def interrupt_all(peer: Peer) -> set[str]:
    """Interrupt everything the session runs; the ids of the operations that were not interrupted before."""
    from pyspark.sql.connect.proto import base_pb2

    everything = base_pb2.InterruptRequest.InterruptType.INTERRUPT_TYPE_ALL
    return set(peer.call("Interrupt", base_pb2.InterruptRequest(interrupt_type=everything)).interrupted_ids)


def unfinished(peer: Peer) -> set[str]:
    """The ids of the session's operations whose threads have not ended, or whose results nobody has fetched.

    Also those that their client let go of while they ran, which can no longer be attached to.
    """
    return _in_state(peer, "RUNNING", "TERMINATING", "UNKNOWN")


def terminating(peer: Peer) -> set[str]:
    """The ids of the operations that have an outcome and are not released: done and never fetched, or interrupted and still ending."""
    return _in_state(peer, "TERMINATING")


def cancelled(peer: Peer) -> set[str]:
    """The ids of the operations that were interrupted before they were done."""
    return _in_state(peer, "CANCELLED")


def release(peer: Peer, operation: str) -> None:
    """Let the server drop an operation's results."""
    from pyspark.sql.connect.proto import base_pb2

    request = base_pb2.ReleaseExecuteRequest(operation_id=operation)
    request.release_all.SetInParent()
    peer.call("ReleaseExecute", request)


def _in_state(peer: Peer, *names: str) -> set[str]:
    from pyspark.sql.connect.proto import base_pb2

    request = base_pb2.GetStatusRequest()
    request.operation_status.SetInParent()
    states = {base_pb2.GetStatusResponse.OperationStatus.OperationState.Value(f"OPERATION_STATE_{name}") for name in names}
    found = peer.call("GetStatus", request).operation_statuses
    return {operation.operation_id for operation in found if operation.state in states}


def release_session(peer: Peer) -> None:
    """Let the server forget the session; later calls in its name are refused."""
    from pyspark.sql.connect.proto import base_pb2

    peer.call("ReleaseSession", base_pb2.ReleaseSessionRequest())


def silence_grpc() -> None:
    """gRPC's C core writes to stderr on its own; must be said before its first import."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
