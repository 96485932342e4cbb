"""A topic of a real Kafka broker: each record once, in bronze or with its place in quarantine; what fails is said and taken up again."""

import json
import shutil
import traceback
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from confluent_kafka.admin import AdminClient
from pyspark.errors.exceptions.connect import StreamingQueryException

from lakehouse.errors import PullError
from lakehouse.ingestion.connectors import kafka, spool
from lakehouse.ingestion.connectors.connections import Connection
from lakehouse.ingestion.reconcile import reconcile
from lakehouse.shop.inputs import KafkaTopic
from tests.lakehouse.ingestion.connectors import kafka_server
from tests.lakehouse.ingestion.connectors.shop import TODAY, WHOLE, PulledShop
from tests.leaks import files_with


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with kafka_server.running(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture
def topic(server, request):
    name = request.node.name.replace("[", "-").replace("]", "")[:60]
    server.create(name)
    return name


@pytest.fixture
def shop(settings, spark, server, topic, tmp_path):
    return PulledShop(settings, spark, tmp_path, server.url, f"kafka: {{connection: origin, topic: {topic}}}")


def record(number, **more):
    line = {"line": number, "customer": "anna", "product": "fern", "quantity": 1, "price": "2.50", "sold_at": f"{TODAY} 00:00:00"}
    return json.dumps({**line, **more})


def numbers(shop):
    return sorted(int(row["line"]) for row in shop.rows("bronze.lines") if row["line"])


def test_each_record_comes_once_and_only_new_ones_come_again(shop, server, topic):
    server.send(topic, [record(n) for n in range(50)])
    shop.land()
    server.send(topic, [record(n) for n in range(50, 60)])
    shop.land()
    assert shop.land().days == ()
    assert numbers(shop) == list(range(60))
    shop.publish("silver.orders", WHOLE)
    assert len(shop.rows("silver.orders")) == 60
    assert reconcile(shop.lake)[0].balances


def test_what_is_no_json_object_goes_to_quarantine_with_topic_partition_and_offset(shop, server, topic):
    bad = [b"\xff\xfe not text", "[1, 2]", "{cut off", "just words", None, '"text"']
    server.send(topic, [*(record(n) for n in range(200)), *bad])
    shop.land()
    shop.publish("silver.orders", WHOLE)
    assert len(shop.rows("silver.orders")) == 200
    lines = {
        (row["file_name"], row["file_row"]): row["malformed_line"] for row in shop.rows("bronze.lines") if row["malformed_line"] is not None
    }
    quarantined = {(row["source_file"], row["source_row"]) for row in shop.rows("quarantine.orders")}
    assert len(lines) == len(bad)
    assert quarantined == set(lines)
    assert all(name.rpartition("/")[0] == topic for name, _ in quarantined)
    assert set(lines.values()) == {"{cut off", "just words", "[1, 2]", '"text"', "", f"base64:{b64encode(bad[0]).decode()}"}


def test_fields_nobody_named_are_kept_and_told_once(shop, server, topic):
    server.send(topic, [record(1, gift={"to": "ben"}), record(2)])
    told = shop.land().notes
    assert [note for note in told if "column gift is not in" in note]
    server.send(topic, [record(3, gift=None)])
    assert shop.land().notes == ()
    kept = {int(row["line"]): row["_rescued"] for row in shop.rows("bronze.lines")}
    assert json.loads(kept[1])["gift"] == '{"to":"ben"}'
    assert kept[2] is None


def test_records_wait_for_their_day(shop, server, topic):
    yesterday = datetime.combine(TODAY - timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=12)
    server.send(topic, [record(1)], at_ms=int(yesterday.timestamp() * 1000))
    server.send(topic, [record(2)])
    shop.land(str(TODAY - timedelta(days=1)))
    assert numbers(shop) == [1]
    server.send(topic, [record(3)], at_ms=int(yesterday.timestamp() * 1000))
    shop.land(str(TODAY))
    days = {int(row["line"]): row["file_day"] for row in shop.rows("bronze.lines")}
    assert days == {1: TODAY - timedelta(days=1), 2: TODAY, 3: TODAY}, "a closed day gets no more"


@pytest.mark.parametrize("before", [30, 1])
def test_a_lost_checkpoint_brings_each_once(shop, server, topic, before):
    server.send(topic, [record(n) for n in range(before)])
    shop.land()
    shutil.rmtree(Path(spool.checkpoint(shop.lake, "lines")))
    server.send(topic, [record(n) for n in range(before, 31)])
    shop.land()
    assert numbers(shop) == list(range(31))


def closed_url(server, password=kafka_server.PASSWORD):
    user, secret = quote(kafka_server.USER, safe=""), quote(password, safe="")
    return f"kafka://{user}:{secret}@127.0.0.1:{server.closed_port}/?security.protocol=SASL_PLAINTEXT"


def test_any_user_and_password_is_carried_as_it_is(settings, spark, server, topic, tmp_path):
    login = {"sasl.mechanism": "PLAIN", "security.protocol": "SASL_PLAINTEXT", "log_level": 0}
    known = {**login, "sasl.username": kafka_server.USER, "sasl.password": kafka_server.PASSWORD}
    assert AdminClient({"bootstrap.servers": f"127.0.0.1:{server.closed_port}", **known}).list_topics(timeout=20).topics, (
        "another client's view"
    )
    server.send(topic, [record(n) for n in range(3)])
    shop = PulledShop(settings, spark, tmp_path, closed_url(server), f"kafka: {{connection: origin, topic: {topic}}}")
    shop.land()
    assert numbers(shop) == [0, 1, 2]


def test_a_wrong_password_is_said_without_it(settings, spark, server, topic, tmp_path):
    wrong = 'wr"ong; secret=\\'
    shop = PulledShop(settings, spark, tmp_path, closed_url(server, wrong), f"kafka: {{connection: origin, topic: {topic}}}")
    with pytest.raises(PullError, match="refuses o'ne") as caught:
        shop.land()
    said = "".join(traceback.format_exception(caught.value))
    assert "ong; secret" not in said
    assert files_with({"password": wrong.encode(), "right one": kafka_server.PASSWORD.encode()}, tmp_path) == {}


@pytest.mark.parametrize("letter", ["\n", "\r", "\t", "\x00", "\x7f"])
def test_a_login_that_kafka_cannot_carry_is_refused_without_a_secret(letter):
    broker = Connection("origin", urlsplit(f"kafka://anna:pa55{quote(letter)}word@127.0.0.1:9092"))
    with pytest.raises(PullError, match="connection origin: user or password holds a line break") as caught:
        kafka._security(broker)
    assert "pa55" not in caught.value.message


def test_a_password_goes_over_an_encrypted_line_unless_the_url_says_otherwise():
    asked = {"": "SASL_SSL", "?security.protocol=SASL_PLAINTEXT": "SASL_PLAINTEXT"}
    for said, protocol in asked.items():
        broker = Connection("app", urlsplit(f"kafka://ann:secret@broker:9092/{said}"))
        assert kafka._security(broker)["kafka.security.protocol"] == protocol
    assert kafka._security(Connection("app", urlsplit("kafka://broker:9092"))) == {}, "who needs no login is asked for none"


def test_a_topic_that_is_missing_is_said_and_pulled_once_it_is_there(settings, spark, server, tmp_path):
    shop = PulledShop(settings, spark, tmp_path, server.url, "kafka: {connection: origin, topic: not-yet}")
    with pytest.raises(PullError, match=r"there is no topic not-yet; create it, or correct inputs\.lines\.kafka\.topic"):
        shop.land()
    server.create("not-yet")
    server.send("not-yet", [record(1)])
    shop.land()
    assert numbers(shop) == [1]


def test_a_broker_that_is_gone_is_said_and_the_next_pull_goes_on(shop, server, topic):
    server.send(topic, [record(1)])
    shop.land()
    server.stop()
    try:
        with pytest.raises(PullError, match="does not answer; the next run goes on"):
            shop.land()
    finally:
        server.start()
    server.send(topic, [record(2)])
    shop.land()
    assert numbers(shop) == [1, 2]


def test_a_loss_that_only_a_task_met_is_told_as_one():
    failed = (
        "[STREAM_FAILED] Query [id = 1] terminated with exception: [TASK_WRITE_FAILED] Task failed while writing rows to file:/lake/spool"
    )
    cause = "org.apache.spark.SparkException: ...\n\tat ...\nCaused by: java.lang.IllegalStateException: ... Some data may have been lost because ..."
    error = StreamingQueryException(message=failed, server_stacktrace=cause)
    told = kafka._format_error(
        error, KafkaTopic(connection="origin", topic="clicks"), Connection("origin", urlsplit("kafka://127.0.0.1:9092")), "lines"
    )
    assert "clicks no longer holds records that were never pulled" in told


def test_records_lost_before_they_were_pulled_stop_the_pull_until_that_is_accepted(shop, server, topic):
    server.send(topic, [record(n) for n in range(30)])
    shop.land()
    server.send(topic, [record(n) for n in range(30, 60)])
    server.delete_records(topic)
    server.send(topic, [record(60)])
    with pytest.raises(PullError, match=r"set inputs\.lines\.kafka\.lost_records: go_on"):
        shop.land()
    source = (shop.folder / "source.yaml").read_text()
    shop.reload(source.replace(f"topic: {topic}", f"topic: {topic}, lost_records: go_on"))
    shop.land()
    assert numbers(shop) == [*range(30), 60]


def test_keys_of_any_spelling_are_kept_then_mapped_also_from_earlier_records(shop, server, topic):
    odd = {
        name: f"value {n}"
        for n, name in enumerate(("Customer ID", "price.net", "it's", "a`b", "", "Line", "record_at", "place_row", "_rescued"))
    }
    server.send(topic, [record(1, **odd)])
    shop.land()
    assert json.loads(shop.rows("bronze.lines")[0]["_rescued"]) == odd
    listed = "".join(f"      - {{name: odd{n}, from: {json.dumps(name)}, description: d}}\n" for n, name in enumerate(odd))
    told = f"concat_ws('|', {', '.join(f'odd{n}' for n in range(len(odd)))}) AS product_group"
    source = (shop.folder / "source.yaml").read_text().replace("    columns:\n", f"    columns:\n{listed}")
    shop.reload(source.replace("product AS product_group", told))
    server.send(topic, [record(2, **odd)])
    shop.land()
    shop.publish("silver.orders", WHOLE)
    assert {row["order_id"]: row["product_group"] for row in shop.rows("silver.orders")} == dict.fromkeys(
        ("1", "2"), "|".join(odd.values())
    )
    assert {row["line"]: row["_rescued"] for row in shop.rows("bronze.lines")}["2"] is None
