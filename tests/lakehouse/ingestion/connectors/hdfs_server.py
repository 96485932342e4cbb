"""A real HDFS (a name node and a data node) from its Maven JARs, on loopback, in a folder of its own."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fsspec.core import url_to_fs

from lakehouse.engine.jars import spark_home
from lakehouse.engine.server import free_port
from lakehouse.shop.location import UNREADABLE
from tests.lakehouse.ingestion.connectors.java_program import jars, java

# Its clients come with Spark; the servers are Hadoop's of the same version.
SERVERS = "org.apache.hadoop:hadoop-client-minicluster"
CLIENTS = "org.apache.hadoop:hadoop-client-api,org.apache.hadoop:hadoop-client-runtime"
NAME_NODE, DATA_NODE = (f"org.apache.hadoop.hdfs.server.{name}" for name in ("namenode.NameNode", "datanode.DataNode"))
UP_SECONDS = 90
SETTINGS = {
    "fs.defaultFS": "hdfs://127.0.0.1:{port}", "dfs.namenode.http-address": "127.0.0.1:{web}",
    "dfs.namenode.name.dir": "{folder}/names", "dfs.datanode.data.dir": "{folder}/data",
    "dfs.datanode.address": "127.0.0.1:0", "dfs.datanode.http.address": "127.0.0.1:0", "dfs.datanode.ipc.address": "127.0.0.1:0",
    "dfs.datanode.hostname": "127.0.0.1", "dfs.replication": "1", "dfs.permissions.enabled": "false",
}  # fmt: skip


class HdfsServer:
    """A running HDFS; `url` names its root as Python (by hdfs-native) and Spark both read it."""

    def __init__(self, folder: Path) -> None:
        self.folder, port = folder, free_port()
        self.url = f"hdfs://127.0.0.1:{port}"
        told = {name: value.format(port=port, web=free_port(), folder=folder) for name, value in SETTINGS.items()}
        listed = "".join(f"<property><name>{name}</name><value>{value}</value></property>" for name, value in told.items())
        for file in ("core-site.xml", "hdfs-site.xml"):
            (folder / file).write_text(f"<configuration>{listed}</configuration>")

    def put(self, path: str, content: bytes) -> None:
        """Write a file, in place of one that is there."""
        hdfs, _ = url_to_fs(self.url)
        with hdfs.open(path, "wb", overwrite=True) as file:
            file.write(content)

    def has_room(self) -> bool:
        """Whether the data node has reported, so that files can be written."""
        try:
            self.put("/ready", b"yes")
        except UNREADABLE:
            return False
        return True


@contextmanager
def running(folder: Path) -> Iterator[HdfsServer]:
    """Start an empty HDFS; stop it at the end."""
    server = HdfsServer(folder)
    assert _java(folder, NAME_NODE, "-format", "-nonInteractive").wait(UP_SECONDS) == 0, _log(folder)
    nodes = [_java(folder, NAME_NODE), _java(folder, DATA_NODE)]
    try:
        _await(server, nodes)
        yield server
    finally:
        for node in nodes:
            node.kill()
            node.wait()


def _await(server: HdfsServer, nodes: list[subprocess.Popen]) -> None:
    until = time.monotonic() + UP_SECONDS
    while not server.has_room():
        assert time.monotonic() < until and all(node.poll() is None for node in nodes), _log(server.folder)
        time.sleep(0.5)


def _java(folder: Path, main: str, *arguments: str) -> subprocess.Popen:
    """A node; what it says goes to `log`."""
    (client,) = spark_home().glob("jars/hadoop-client-api-*.jar")
    servers = jars(f"{SERVERS}:{client.stem.rpartition('-')[2]}", without=CLIENTS)
    return java(folder, "256m", f"{folder}:{servers}/*:{spark_home()}/jars/*", main, *arguments)


def _log(folder: Path) -> str:
    return f"HDFS did not start: {(folder / 'log').read_text()[-2000:]}"
