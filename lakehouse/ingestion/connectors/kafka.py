"""Pulls a Kafka topic into its spool: Structured Streaming up to what is there now, each record once.

The stream's offsets stand in its checkpoint, and each of its commits to the spool names the batch it wrote: a pull that is killed anywhere is
taken up where it was cut off. Records are JSON objects; one that is not is kept whole, for quarantine.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lakehouse.engine.travelling import travelling
from lakehouse.errors import PullError
from lakehouse.ingestion.connectors import spool
from lakehouse.ingestion.connectors.connections import Connection, connection, escaped
from lakehouse.ingestion.connectors.dating import Dating
from lakehouse.ingestion.files import json_lines, text_lines
from lakehouse.ingestion.files.json_lines import records
from lakehouse.shop import layout
from lakehouse.shop.inputs import PLACE
from lakehouse.shop.layout import Layout

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.errors import PySparkException
    from pyspark.sql import DataFrame
    from pyspark.sql.streaming.query import StreamingQuery

    from lakehouse.shop.inputs import Input, KafkaTopic
    from lakehouse.tables.lake import Lake

BY_VALUE = (json_lines, layout, text_lines)
STREAM = "stream"
RECORDS_A_BATCH = 500_000
BEGINNING = -2  # of a partition, in Kafka's own words
# A broker that does not answer is told within a minute, not after Kafka's own two.
PATIENCE = {"kafka.default.api.timeout.ms": "20000", "kafka.request.timeout.ms": "15000", "fetchOffset.numRetries": "1"}


def pull(lake: Lake, name: str, dating: Dating, before: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Bring in every record there is. Returns the kind of pull and when it was. Raises PullError."""
    begins = _after_landed(lake, name, _topic(lake.shop.inputs[name]))
    try:
        _stream(lake, name, dating, begins)
    except _Unnamed as unnamed:
        _stream(lake, name, dating, {partition: begins.get(partition, BEGINNING) for partition in unnamed.partitions})
    return STREAM, {"pulled_at": datetime.now(UTC).isoformat()}


class _Unnamed(PullError):
    """Kafka wants to be told where each partition begins, also of those of which nothing was landed; these are all."""

    def __init__(self, message: str, partitions: Sequence[str]) -> None:
        super().__init__(message)
        self.partitions = partitions


def _stream(lake: Lake, name: str, dating: Dating, begins: dict[str, int]) -> None:
    entry = lake.shop.inputs[name]
    topic = _topic(entry)
    broker = connection(lake.settings, topic.connection, "kafka")
    records = _records(lake, topic, broker, begins)
    writer = _spooled(records, entry, dating).writeStream.format("delta").partitionBy("file_day").queryName(f"pull of {name}")
    writer = writer.option("checkpointLocation", spool.checkpoint(lake, name)).trigger(availableNow=True)
    query = writer.start(lake.path(spool.table(name)))
    _await(query, topic, broker, name)


def _topic(entry: Input) -> KafkaTopic:
    assert entry.kafka is not None
    return entry.kafka


def _records(lake: Lake, topic: KafkaTopic, broker: Connection, begins: dict[str, int]) -> DataFrame:
    reader = lake.spark.readStream.format("kafka").options(**PATIENCE, **_security(broker))
    reader = reader.option("kafka.bootstrap.servers", broker.hosts).option("subscribe", topic.topic)
    reader = reader.option("startingOffsets", json.dumps({topic.topic: begins}) if begins else "earliest")
    reader = reader.option("maxOffsetsPerTrigger", RECORDS_A_BATCH)
    return reader.option("failOnDataLoss", str(topic.lost_records == "stop").lower()).load()


def _security(broker: Connection) -> dict[str, str]:
    """Kafka's own options, as they stand behind the question mark, and the login where the URL names a user."""
    options = {f"kafka.{name}": value for name, value in broker.options.items()}
    if broker.user:
        options |= {
            "kafka.security.protocol": "SASL_SSL",
            "kafka.sasl.mechanism": "PLAIN",
            **options,
            "kafka.sasl.jaas.config": _login(broker),
        }
    return options


def _login(broker: Connection) -> str:
    """The login as JAAS writes it: a mark that is not escaped would end the text, and what follows would be read (and told) as options."""
    if any(unicodedata.category(letter) == "Cc" for letter in broker.user + broker.password):
        raise PullError(f"{broker}: user or password holds a line break or another control character, which Kafka's login cannot carry")
    user, password = escaped(broker.user), escaped(broker.password)
    return f'org.apache.kafka.common.security.plain.PlainLoginModule required username="{user}" password="{password}";'


def _after_landed(lake: Lake, name: str, topic: KafkaTopic) -> dict[str, int]:
    """By partition, where a stream without a checkpoint begins: after what stands in bronze, should the checkpoint have been lost."""
    if not lake.exists(f"bronze.{name}"):
        return {}
    rows = lake.read(f"bronze.{name}").groupBy("file_name").agg({"file_row": "max"}).collect()
    return {row[0].rpartition("/")[2]: row[1] + 1 for row in rows if row[0].startswith(f"{topic.topic}/")}


def _spooled(records: DataFrame, entry: Input, dating: Dating) -> DataFrame:
    """The spool's columns: each named one as text, what else the object holds, or the whole record where it is none."""
    from pyspark.sql import functions as F

    when, place = F.col("timestamp"), F.concat_ws("/", "topic", F.col("partition").cast("string"))
    placed = {"record_at": when.cast("string"), "place_name": place, "place_row": F.col("offset"), "file_day": dating.day(when)}
    rows = records.select("value", *(column.alias(name) for name, column in placed.items()))
    own = Layout({column.name: entry.sources[column.name] for column in entry.columns})
    kinds = {**dict.fromkeys(own.names, "string"), "record_at": "string", **PLACE, "file_day": "date"}
    schema = ", ".join(f"`{name}` {kind}" for name, kind in kinds.items())
    read = travelling(_reader(own), *BY_VALUE, __name__)
    return rows.mapInArrow(read, schema).select(*spool.columns(entry), "file_day")


def _reader(layout: Layout) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow

        for given in batches:
            told = records(layout, given.column(0).to_pylist())
            yield pyarrow.record_batch([*told.columns, *given.columns[1:]], [*told.schema.names, *given.schema.names[1:]])

    return read


def _await(query: StreamingQuery, topic: KafkaTopic, broker: Connection, name: str) -> None:
    from pyspark.errors import PySparkException

    try:
        query.awaitTermination()
    except PySparkException as error:
        told, partitions = _format_error(error, topic, broker, name), _assigned(str(error))
        raise (_Unnamed(told, partitions) if partitions else PullError(told)) from None
    finally:
        query.stop()


def _assigned(text: str) -> list[str]:
    """The numbers of the partitions that there are, where Kafka's source stops because not all were named."""
    found = re.search(r"you must specify all TopicPartitions.*Assigned: \w+\(([^)]*)\)", text, re.DOTALL)
    return [partition.rpartition("-")[2] for partition in found[1].split(", ")] if found else []


def _format_error(error: PySparkException, topic: KafkaTopic, broker: Connection, name: str) -> str:
    from pyspark.errors.exceptions.connect import SparkConnectGrpcException

    # What a task met stands only among the causes, below "Task failed while writing rows".
    causes = error.getStackTrace() if isinstance(error, SparkConnectGrpcException) else None
    where, text = broker.place, f"{error}\n{causes or ''}"
    if re.search(r"UnknownTopicOrPartition|does not exist|UNKNOWN_TOPIC", text):
        return f"{where}: there is no topic {topic.topic}; create it, or correct inputs.{name}.kafka.topic"
    if re.search(r"DATA_LOSS|data loss|OffsetOutOfRange|Some data may have been lost", text, re.I):
        return (
            f"{where}: {topic.topic} no longer holds records that were never pulled (its retention passed over them); to go on with those "
            f"that are left, set inputs.{name}.kafka.lost_records: go_on"
        )
    if "SaslAuthenticationException" in text:
        return f"{where} refuses {broker.user}: check user and password"
    if re.search(r"TimeoutException|timed out|Timed out|No resolvable bootstrap|Failed to construct", text):
        return f"{where} does not answer; the next run goes on from where this one stopped"
    return f"{where}: {topic.topic} cannot be read: {broker.said(error)}"
