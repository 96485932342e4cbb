"""Pulls under load: a PostgreSQL table that never stands still, and a Kafka topic while broker and run are killed.

A trial: `./greenhouse test -- -m trial tests/trials/test_pulls.py`; its results stand in docs/trials.md.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import duckdb
import pytest

from lakehouse.ingestion.reconcile import reconcile
from lakehouse.settings import REPOSITORY
from tests.lakehouse.ingestion.connectors import kafka_server, postgres_server
from tests.lakehouse.ingestion.connectors.shop import OWN, TODAY, WHOLE, PulledShop, source
from tests.lakehouse.ingestion.connectors.test_postgres import COLUMNS, COMPARED, TABLE, WATCHED

pytestmark = pytest.mark.trial

ROWS, PULLS, WRITERS, SEED = 200_000, 10, 3, 7
RECORDS, BAD_EVERY, KILLS = 1_000_000, 1000, 5


class Writer(threading.Thread):
    """Inserts, updates and deletes in transactions of its own until it is told to stop; some span savepoints, some are undone."""

    def __init__(self, server: postgres_server.PostgresServer, number: int) -> None:
        super().__init__(daemon=True)
        self.server, self.number, self.random, self.done = server, number, random.Random(SEED + number), threading.Event()
        self.next_line, self.committed = 10_000_000 * (number + 1), 0

    def run(self) -> None:
        with closing(self.server.connect(autocommit=False)) as one:
            while not self.done.is_set():
                self.transaction(one)
                time.sleep(self.random.uniform(0, 0.05))

    def transaction(self, one) -> None:
        cursor = one.cursor()
        cursor.execute("SELECT now()")  # the transaction has begun; what follows may come much later
        time.sleep(self.random.choice((0, 0, 0, 0.2)))
        for statement in self.statements():
            cursor.execute("SAVEPOINT a_step" if self.random.random() < 0.3 else "SELECT 1")
            cursor.execute(statement)
        if self.random.random() < 0.1:
            one.rollback()
        else:
            one.commit()
            self.committed += 1

    def statements(self) -> Iterator[str]:
        """Its own share of the rows, so that writers never wait for each other."""
        mine = f"line % {WRITERS} = {self.number} AND line BETWEEN {(at := self.random.randrange(ROWS))} AND {at + 60}"
        yield f"UPDATE lines SET quantity = quantity % 9 + 1, updated_at = now() WHERE {mine}"
        first, self.next_line = self.next_line, self.next_line + 20
        yield (
            "INSERT INTO lines (line, customer, product, quantity, price) "
            f"SELECT {WRITERS} * n + {self.number}, 'ben', 'ivy', 2, 3.50 FROM generate_series({first}, {first + 19}) n"
        )
        yield f"DELETE FROM lines WHERE line % {WRITERS} = {self.number} AND line = {self.random.randrange(ROWS)}"


@contextmanager
def open_across_pulls(server: postgres_server.PostgresServer, number: int) -> Iterator[None]:
    """A transaction that writes now and commits at the end."""
    with closing(server.connect(autocommit=False)) as one:
        one.cursor().execute(
            f"INSERT INTO lines (line, customer, product, quantity, price) VALUES ({-number - 1}, 'late', 'fern', 1, 1.00)"
        )
        yield
        one.commit()


def in_the_table(server: postgres_server.PostgresServer) -> set[tuple]:
    return set(server.rows(f"SELECT {', '.join(f'{name}::text' for name in COLUMNS)} FROM lines"))


def in_bronze(shop: PulledShop) -> set[tuple]:
    """The last version of each key that was not deleted, found without the pipeline's code."""
    bronze = shop.lake.delta("bronze.lines").to_pyarrow_dataset()  # noqa: F841 (DuckDB finds it by name)
    last = "SELECT * FROM bronze QUALIFY row_number() OVER (PARTITION BY line ORDER BY row_version::bigint DESC) = 1"
    return set(duckdb.sql(f"SELECT {', '.join(COLUMNS)} FROM ({last}) WHERE row_change = 'upsert'").fetchall())


def test_no_committed_row_is_missed_while_a_table_changes(settings, spark, tmp_path):
    with postgres_server.running() as server:
        server.run(
            TABLE,
            f"INSERT INTO lines (line, customer, product, quantity, price) SELECT n, 'anna', 'fern', 1, 2.50 FROM generate_series(0, {ROWS - 1}) n",
        )
        shop = PulledShop(settings, spark, tmp_path, server.url, WATCHED, COLUMNS)
        shop.land()
        writers = [Writer(server, number) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        for number in range(0, PULLS, 2):
            with open_across_pulls(server, number):
                shop.land()
                shop.land()
        for writer in writers:
            writer.done.set()
            writer.join()
        assert sum(writer.committed for writer in writers) > 500, "the trial hardly tries it"
        shop.land()
        table = in_the_table(server)
        assert table <= in_bronze(shop), "incremental pulls alone find every committed row, in its last version"
        shop.reload(source(COMPARED, COLUMNS))
        shop.land()
        assert in_bronze(shop) == table, "and the comparison takes away what is gone"
        shop.publish("silver.orders", WHOLE)
        assert {int(row["order_id"]) for row in shop.rows("silver.orders", ["order_id"])} == {int(row[0]) for row in table}
        assert all(account.balances for account in reconcile(shop.lake))


def records() -> Iterator[str]:
    line = {"customer": "anna", "product": "fern", "quantity": 1, "price": "2.50", "sold_at": f"{TODAY} 00:00:00"}
    for number in range(RECORDS):
        text = json.dumps({"line": number, **line})
        yield text[:-2] if number % BAD_EVERY == 0 else text


LAND = """
import sys
from lakehouse.engine.session import session
from lakehouse.settings import load_settings
from lakehouse.shop.source import load_shop
from assets.open_lake import open_lake
from expectations.audit import audit
from lakehouse.days import DayRange
from lakehouse.publishing.publish import publish
from lakehouse.tables.run import RunInfo
from pathlib import Path
lake = open_lake(load_settings(), load_shop(Path(sys.argv[1])))
print("begun", flush=True)
publish(lake, "bronze.lines", DayRange.parse(sys.argv[2]), audit, RunInfo("a trial", "a trial", "test"))
"""


def land_and_die(shop: PulledShop, after_seconds: float) -> bool:
    """Land in a process that is killed so long after it began. Returns whether it was."""
    environment = {**os.environ, **shop.lake.settings.environment(), "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", LAND, str(shop.folder / "source.yaml"), WHOLE]
    process = subprocess.Popen(command, env=environment, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "begun\n"
    try:
        process.wait(after_seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    assert process.returncode == 0
    return False


def test_each_record_comes_once_though_broker_and_runs_are_killed(settings, tmp_path, request):
    from lakehouse.engine import server as engine
    from lakehouse.engine import session

    with kafka_server.running(tmp_path) as broker:
        broker.create("clicks", 6)
        own = settings.model_copy(update={"engine_memory": "3g"})
        shop = PulledShop(own, None, tmp_path / "shop", broker.url, "kafka: {connection: origin, topic: clicks}", OWN)
        request.addfinalizer(lambda: (session.close(), engine.stop(shop.lake.settings)))
        sender = threading.Thread(target=broker.send, args=("clicks", records()))
        sender.start()
        # The first pull waits for its engine; the later ones are cut off ever further into the pull and the landing.
        killed = [land_and_die(shop, after) for after in (20, 4, 8, 12, 18)]
        assert sum(killed) == KILLS
        sender.join()
        broker.stop()
        assert subprocess_fails(shop), "without a broker"
        broker.start()
        assert not land_and_die(shop, 600)
        bronze = shop.lake.delta("bronze.lines").to_pyarrow_dataset()  # noqa: F841 (DuckDB finds it by name)
        ((rows, places, lines, bad),) = duckdb.sql(
            "SELECT count(*), count(DISTINCT (file_name, file_row)), count(DISTINCT line), count(malformed_line) FROM bronze"
        ).fetchall()
        assert (rows, places, lines, bad) == (RECORDS, RECORDS, RECORDS - RECORDS // BAD_EVERY, RECORDS // BAD_EVERY)


def subprocess_fails(shop: PulledShop) -> bool:
    try:
        land_and_die(shop, 300)
    except AssertionError:
        return True
    return False
