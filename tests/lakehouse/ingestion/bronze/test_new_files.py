"""What lies there and was not taken yet: days still to come, what is told of it, and how far every input is whole. No engine is asked."""

from datetime import date
from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from assets.bronze_tables import _holds, landed_again
from lakehouse.errors import LandingError
from lakehouse.ingestion.bronze.new_files import Arrivals, arrived
from lakehouse.ingestion.bronze.ready import ready_until
from lakehouse.ingestion.bronze.unlanded import Unlanded, unlanded
from lakehouse.ingestion.files.delivery_ledger import FILES, Known
from lakehouse.ingestion.files.file_inspection import sha256_of
from lakehouse.shop.location import Location
from lakehouse.tables import ledger
from tests.lakehouse.corner_shop import HEADER, CornerShop, line
from tests.lakehouse.ingestion.files.test_delivery_ledger import landed

D25, D26, D27, D28, D29 = (date(2011, 3, day) for day in range(25, 30))


@pytest.fixture
def shop(settings, tmp_path):
    """A corner shop without an engine."""
    return CornerShop(settings, None, tmp_path)


def test_days_still_to_come_are_those_before_the_first_asked_for_and_five_are_named():
    found = Arrivals("lines", [], {}, Known(True, days={D25, D29}), {}, [], [])
    entry = SimpleNamespace(pulled=None, delivers_every_day=True)
    shop = SimpleNamespace(inputs={"lines": entry}, open_days=list)
    waits = "what looks back there waits for it"
    assert found.earlier_missing(shop, D28) == [f"input lines still has no file for {D26}, {D27}: {waits}"]
    told = "2011-03-26, 2011-03-27, 2011-03-28, 2011-03-30, 2011-03-31"
    assert found.earlier_missing(shop, date(2011, 4, 1)) == [f"input lines still has no file for {told}: {waits}"]
    assert found.earlier_missing(shop, date(2011, 4, 3)) == [f"input lines still has no file for {told} and 2 more days: {waits}"]
    assert found.earlier_missing(shop, D25) == found.earlier_missing(shop, D26) == []


def test_a_new_column_is_told_by_the_first_file_that_has_it(shop):
    for number, day in enumerate((D25, D26)):
        shop.deliver(str(day), [f"{line(number, str(day))},red"], header=f"{HEADER},colour")
    assert arrived(shop.lake, "lines").new_columns["colour"].startswith(f"lines/{D25}.csv: column colour is not in ")


def test_files_are_read_only_when_the_youngest_was_left_alone_for_as_long_as_the_setting_says(shop, monkeypatch):
    waited = []
    monkeypatch.setattr("time.sleep", waited.append)
    shop.deliver(str(D25), [line(1, str(D25))])
    shop.configure(landing_quiet_seconds=600)
    assert len(arrived(shop.lake, "lines").deliveries) == 1
    assert waited == [pytest.approx(600, abs=60)]


def test_nothing_is_ready_where_the_first_day_cannot_be_read(shop):
    path = shop.deliver(str(D25), [])
    path.write_bytes(b"")
    with pytest.raises(LandingError, match=f"{path}: the file is empty"):
        ready_until(shop.lake)
    shop.deliver(str(D25), [line(1, str(D25))])
    shop.deliver(str(D26), []).write_bytes(b"")
    ready, why = ready_until(shop.lake)
    assert (ready, "the file is empty" in why) == (D25, True)


def test_where_a_home_began_later_nothing_before_holds_it_up(shop):
    ledger.append(shop.lake, FILES, [landed("2011-03-27", "1", 0) | {"file_day": D27}])
    shop.deliver(str(D28), [line(1, str(D28))])
    assert ready_until(shop.lake) == (D28, None)


@pytest.mark.parametrize(("is_events", "left"), [(True, [("2", D25)]), (False, [("1", D26), ("2", D25)])])
def test_a_landing_taken_up_again_replaces_the_same_contents_and_where_they_are_no_events_those_of_the_same_day_alone(is_events, left):
    shop = SimpleNamespace(holds_events=lambda name: is_events)
    files = [SimpleNamespace(sha256="1", day=D25)]
    run = SimpleNamespace(landing=SimpleNamespace(files=files), lake=SimpleNamespace(shop=shop), table=SimpleNamespace(name="bronze.lines"))
    with duckdb.connect() as own:
        own.execute("CREATE TABLE rows AS SELECT * FROM (VALUES ('1', DATE '2011-03-25'), ('1', DATE '2011-03-26'), ('2', DATE '2011-03-25')) r(file_sha256, file_day)")  # fmt: skip
        own.execute(f"DELETE FROM rows WHERE {landed_again(run)}")
        assert own.execute("SELECT * FROM rows ORDER BY ALL").fetchall() == left


def test_a_landing_stands_whole_in_bronze_where_its_files_do_whatever_they_repeat(shop):
    lines = pa.table({"file_day": [D25, D25, D26], "file_sha256": ["1", "1", "2"]})
    write_deltalake(shop.lake.path("bronze.lines"), lines)
    run = SimpleNamespace(lake=shop.lake, table=SimpleNamespace(name="bronze.lines"))
    first, other, again = ({"file_day": day, "sha256": sha, "rows": rows, "outcome": "landed"} for day, sha, rows in ((D25, "1", 2), (D26, "2", 1), (D26, "1", 2)))  # fmt: skip
    again["outcome"] = "repeated"
    assert _holds(run, [first, other, again])
    assert not _holds(run, [first, {**other, "rows": 2}, again])


def test_what_could_land_is_told_apart_from_what_cannot_and_from_what_says_nothing_new(shop):
    assert unlanded(shop.lake) == [Unlanded("lines", (), (), False)]
    first = shop.deliver(str(D25), [line(1, str(D25))])
    ledger.append(shop.lake, FILES, [landed("2011-03-24", sha256_of(Location(str(first))), 0)])
    shop.deliver(str(D26), [line(2, str(D26))])
    shop.deliver(str(D27), []).write_bytes(b"")
    (found,) = unlanded(shop.lake)
    assert (found.waiting, len(found.refused), found.has_landed) == ((f"lines/{D26}.csv",), 1, True), "the first repeats what landed"
    shop.deliver("2011-02-01", [])
    (found,) = unlanded(shop.lake)
    assert (found.waiting, "outside the shop's days" in found.refused[0], found.has_landed) == ((), True, True)
