"""A table has one writer at a time, whatever kind it is: another waits until it is done or dead."""

import threading
import time

import pytest

from lakehouse.publishing.maintenance import tend
from tests.lakehouse.corner_shop import line

DAY, TABLE = "2011-03-25", "bronze.lines"
HOLD = f"""
import time
from lakehouse.publishing.table_lock import table_lock
from lakehouse.settings import load_settings
with table_lock(load_settings(), "{TABLE}"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("few", [0, 10_000])
def test_who_publishes_waits_for_the_writer_that_holds_the_table(corner, python, few):
    corner.configure(few_rows=few)
    corner.deliver(DAY, [line(1, DAY)])
    holder = python(HOLD, corner.lake.settings)
    assert holder.stdout.readline() == "held\n", holder.stderr.read()
    publishing = threading.Thread(target=corner.publish, args=(TABLE, DAY))
    publishing.start()
    time.sleep(5)
    killed_at = time.time() * 1000
    holder.kill()
    publishing.join()
    assert len(corner.rows(TABLE)) == 1, "a dead writer holds nothing up"
    assert corner.lake.commits(TABLE, 1)[0].timestamp >= killed_at


def test_who_tends_waits_as_well(corner, python):
    for day in (DAY, "2011-03-26"):
        corner.deliver(day, [line(1, day)])
        corner.publish(TABLE, day)
    holder = python(HOLD, corner.lake.settings)
    assert holder.stdout.readline() == "held\n", holder.stderr.read()
    done = []
    tending = threading.Thread(target=lambda: done.append(tend(corner.lake, TABLE, set())))
    tending.start()
    time.sleep(3)
    assert done == []
    holder.kill()
    tending.join()
    assert len(done) == 1
