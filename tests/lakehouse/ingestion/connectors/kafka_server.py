"""A real Kafka broker (KRaft, one node) from its Maven JARs, on loopback, in a folder of its own."""

from __future__ import annotations

import base64
import subprocess
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import OFFSET_END, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from lakehouse.engine.jars import spark_home
from lakehouse.engine.server import free_port
from tests.lakehouse.ingestion.connectors.java_program import jars, java

COORDINATE = "org.apache.kafka:kafka_2.13:4.1.1"
UP_SECONDS, DOWN_SECONDS = 60, 15
# Who may use the closed port: each mark that JAAS takes for its own, and letters beyond ASCII.
USER, PASSWORD = """o'ne"; // two""", """a"b\\c;d'e=f // g /* h \\" é🌱 \\n"""
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},SASL_PLAINTEXT://127.0.0.1:{closed},CONTROLLER://127.0.0.1:{controller}
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config={users}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={logs}
offsets.topic.replication.factor=1
auto.create.topics.enable=false
"""


def _users() -> str:
    """The broker's own list of users: JAAS, in a file of Java's properties, which takes backslashes away once more and knows no UTF-8."""
    quoted = ["".join(f"\\{letter}" if letter in '\\"' else letter for letter in text) for text in (f"user_{USER}", PASSWORD)]
    jaas = f'org.apache.kafka.common.security.plain.PlainLoginModule required "{quoted[0]}"="{quoted[1]}";'
    units = jaas.replace("\\", "\\\\").encode("utf-16-be")
    letters = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return "".join(chr(letter) if letter < 128 else f"\\u{letter:04x}" for letter in letters)


class KafkaServer:
    """A broker that can be stopped and started again with what it holds."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.closed_port = folder, free_port(), free_port()
        self.url = f"kafka://127.0.0.1:{self.port}"
        self.properties = folder / "server.properties"
        self.properties.write_text(
            PROPERTIES.format(port=self.port, closed=self.closed_port, controller=free_port(), logs=folder / "logs", users=_users())
        )
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        _java(folder, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", f"--config={self.properties}").wait(UP_SECONDS)
        self.process: subprocess.Popen | None = None

    @property
    def admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": f"127.0.0.1:{self.port}", "log_level": 0})

    def start(self) -> None:
        self.process = _java(self.folder, "kafka.Kafka", self.properties)
        until = time.monotonic() + UP_SECONDS
        while not self._answers():
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError(f"the broker did not start: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        """A broker that is its own controller may wait for ever for it to agree: then it is killed, and what it holds stands."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(DOWN_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def create(self, topic: str, partitions: int = 3) -> None:
        admin = self.admin  # the answers end with it
        for done in admin.create_topics([NewTopic(topic, partitions, 1)]).values():
            done.result(UP_SECONDS)

    def send(self, topic: str, values: Iterable[str | bytes | None], at_ms: int | None = None) -> None:
        """Produce records in order, spread over the partitions."""
        producer = Producer({"bootstrap.servers": f"127.0.0.1:{self.port}", "linger.ms": 20, "queue.buffering.max.messages": 1_000_000})
        for value in values:
            producer.poll(0)
            producer.produce(topic, value, **({"timestamp": at_ms} if at_ms else {}))
        left = producer.flush(UP_SECONDS)
        assert not left, f"{left} records were not taken"

    def delete_records(self, topic: str) -> None:
        """Let the topic forget all it holds, as its retention would."""
        admin = self.admin
        partitions = admin.list_topics(topic).topics[topic].partitions
        ends = [TopicPartition(topic, number, OFFSET_END) for number in partitions]
        for done in admin.delete_records(ends).values():
            done.result(UP_SECONDS)

    def _answers(self) -> bool:
        try:
            return bool(self.admin.list_topics(timeout=1).brokers)
        except KafkaException:
            return False


@contextmanager
def running(folder: Path) -> Iterator[KafkaServer]:
    """Start a broker; stop it at the end."""
    server = KafkaServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _java(folder: Path, main: str, *arguments: object) -> subprocess.Popen:
    """A program of the broker's; what it says goes to `log`."""
    (scala,) = spark_home().glob("jars/scala-library-*.jar")  # the resolver leaves out what Spark ships
    return java(folder, "512m", f"{jars(COORDINATE)}/*:{scala}", main, *arguments)
