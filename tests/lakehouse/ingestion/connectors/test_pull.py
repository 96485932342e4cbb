"""What a pull reads again, what it closes and how it dates, told from the ledger and the database's own words; no server is asked."""

from __future__ import annotations

import json
from collections import namedtuple
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from deltalake import CommitProperties, write_deltalake

from lakehouse.errors import PullError
from lakehouse.ingestion.connectors import postgres, pull, spool, spooled_rows
from lakehouse.ingestion.connectors.postgres_table import COMPARABLE_TRANSACTIONS, Look, PostgresReader
from lakehouse.settings import Settings
from lakehouse.shop.inputs import Input
from lakehouse.tables import ledger
from tests.lakehouse.corner_shop import CornerShop

TOKYO = "Asia/Tokyo"
FIRST = date(2011, 3, 25)
COLUMNS = [{"name": "line", "description": "L."}, {"name": "changed", "from": "updated_at", "description": "W."}]
LATER = datetime(2011, 4, 1, 16, tzinfo=UTC)  # the second of April in Tokyo
BEFORE = {
    "pulled_at": "2011-04-01T00:00:00+00:00", "compared_at": "2999-01-01T00:00:00+00:00", "open_since": "2011-03-31 12:00:00+00:00",
    "oldest_transaction": 2**32 + 700,
}  # fmt: skip


def entry(**more: Any) -> Input:
    table = {"connection": "origin", "table": "lines", "key": ["line"], "watermark": "changed", **more}
    return Input.model_validate({"postgres": table, "columns": COLUMNS})


def look(**more: Any) -> Look:
    told = {"oldest_transaction": 2**32 + 900, "next_transaction": 2**32 + 950, "open_since": "2011-04-01 09:00:00+00:00"}
    return Look(**{**told, "has_prepared": False, "column_names": (), **more})


class Ledger:
    """A lake of one shop and its ledger of pulls."""

    def __init__(self, *rows: dict[str, Any], last_day: date | None = None) -> None:
        self.shop, self.rows = SimpleNamespace(time_zone=TOKYO, first_day=FIRST, last_day=last_day), rows

    def exists(self, table: str) -> bool:
        return table == pull.LEDGER

    def arrow(self, table: str, columns: list[str] | None = None, filter: Any = None) -> pa.Table:
        kinds = pa.schema([("input", pa.string()), ("closed_until", pa.date32()), ("state_json", pa.string())])
        return ds.dataset(pa.Table.from_pylist(list(self.rows), schema=kinds)).to_table(filter=filter)


def pulled(name: str, until: date, at: str = "") -> dict[str, Any]:
    return {"input": name, "closed_until": until, "state_json": json.dumps({"pulled_at": at})}


def test_the_last_day_that_a_pull_closed_is_the_last_of_its_own_input() -> None:
    lake = Ledger(pulled("lines", date(2011, 3, 28)), pulled("lines", date(2011, 3, 27)), pulled("other", date(2011, 3, 30)))
    assert pull.closed_until(lake, "lines") == date(2011, 3, 28)  # type: ignore[arg-type]
    assert pull.closed_until(lake, "new") is None  # type: ignore[arg-type]


def test_the_last_day_that_is_over_is_yesterday_in_the_shops_zone_and_within_its_days() -> None:
    yesterday = datetime.now(ZoneInfo(TOKYO)).date() - timedelta(days=1)
    assert pull.ready_until(Ledger()) == yesterday  # type: ignore[arg-type]
    assert pull.ready_until(Ledger(last_day=date(2011, 4, 2))) == date(2011, 4, 2)  # type: ignore[arg-type]
    unborn = Ledger()
    unborn.shop.first_day = yesterday + timedelta(days=9)
    assert pull.ready_until(unborn) == yesterday + timedelta(days=8)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("closed", "asked", "first_open", "building"),
    [
        (None, date(2011, 3, 26), FIRST, date(2011, 3, 26)),
        (date(2011, 3, 28), date(2011, 3, 29), date(2011, 3, 29), date(2011, 3, 29)),
        (date(2011, 3, 28), date(2011, 3, 26), date(2011, 3, 29), date(2011, 3, 29)),  # a closed day is asked for again
        (None, date(2011, 4, 9), FIRST, date(2011, 4, 2)),  # a day to come
    ],
)
def test_rows_are_dated_after_the_days_that_are_closed(closed: date | None, asked: date, first_open: date, building: date) -> None:
    rows = [pulled("lines", closed)] if closed else []
    run = SimpleNamespace(lake=Ledger(*rows), asked=SimpleNamespace(last=asked))
    dating = pull._dating(run, "lines", LATER)  # type: ignore[arg-type]
    assert (dating.first_open, dating.building, dating.today, dating.time_zone) == (first_open, building, date(2011, 4, 2), TOKYO)


def test_a_table_is_compared_when_it_is_due_and_where_changes_alone_would_not_tell() -> None:
    assert postgres._kind(entry(), {}, look()) == postgres.FIRST
    assert postgres._kind(entry(), BEFORE, look()) == postgres.CHANGES
    assert postgres._kind(entry(watermark=None), BEFORE, look()) == postgres.COMPARISON
    assert postgres._kind(entry(), BEFORE, look(next_transaction=2**32 + 699)) == postgres.COMPARISON, "another server, or one restored"
    days_ago = (datetime.now(UTC) - timedelta(days=7, minutes=1)).isoformat()
    assert postgres._kind(entry(), {**BEFORE, "compared_at": days_ago}, look()) == postgres.COMPARISON
    assert postgres._kind(entry(compare_every_days=8), {**BEFORE, "compared_at": days_ago}, look()) == postgres.CHANGES


def test_a_pull_leaves_behind_where_the_next_begins() -> None:
    after = postgres._state(BEFORE, look(), postgres.CHANGES)
    assert (after["open_since"], after["oldest_transaction"]) == ("2011-04-01 09:00:00+00:00", 2**32 + 900)
    assert after["compared_at"] == BEFORE["compared_at"], "changes are no comparison"
    assert postgres._state(BEFORE, look(), postgres.COMPARISON)["compared_at"] < BEFORE["compared_at"], "a comparison is of now"
    waits = postgres._state(BEFORE, look(has_prepared=True), postgres.CHANGES)
    assert waits["open_since"] == BEFORE["open_since"], "nobody tells when a prepared transaction began"
    assert postgres._state({}, look(has_prepared=True), postgres.FIRST)["open_since"] == postgres.LONG_AGO


def test_what_a_pull_may_have_missed_is_read_again_by_watermark_and_transaction() -> None:
    reader = PostgresReader(None, entry())  # type: ignore[arg-type]
    asked = reader.since(BEFORE, look())
    assert asked == ("(t.\"updated_at\" >= '2011-03-31 11:59:00+00:00' OR t.\"updated_at\" IS NULL) AND age(t.xmin) <= age('700'::xid)"), (
        "from a minute before the oldest transaction began, by the column's own name, its id as the server counts"
    )
    far = look(next_transaction=BEFORE["oldest_transaction"] + COMPARABLE_TRANSACTIONS)
    assert "age(" not in reader.since(BEFORE, far), "so far apart ids say nothing"
    assert "age(" in reader.since(BEFORE, look(next_transaction=far.next_transaction - 1))


def test_what_is_read_again_is_compared_with_what_came_since_the_day_before_west_of_greenwich_it_was_that_day() -> None:
    assert postgres._compared_since(BEFORE) == date(2011, 3, 30)


def test_a_row_of_the_spool_is_numbered_after_those_of_the_blocks_before_it_in_its_file() -> None:
    block = namedtuple("block", "uri block first rows")
    counted = [block("b", 0, 7, 2), block("a", 64, 0, 5), block("a", 0, 3, 4), block("a", 128, 9, 1)]
    assert list(spooled_rows._rows_before(counted)) == [("a", 0, 3, 0), ("a", 64, 0, 4), ("a", 128, 9, 9), ("b", 0, 7, 0)]


@pytest.mark.parametrize(
    ("is_replica", "sees_all", "said"), [(True, True, "is a replica"), (False, False, "GRANT pg_read_all_stats TO ann")]
)
def test_a_server_that_does_not_show_open_transactions_is_refused(is_replica: bool, sees_all: bool, said: str) -> None:
    reader = PostgresReader(None, entry())  # type: ignore[arg-type]
    reader.__dict__["connection"] = SimpleNamespace(user="ann")
    with pytest.raises(PullError, match=said):
        reader._refuse_blind(is_replica, sees_all)
    reader._refuse_blind(False, True)


def test_a_spool_is_emptied_of_the_days_whose_every_file_was_landed(settings: Settings, tmp_path: Path) -> None:
    lake = CornerShop(settings, None, tmp_path).lake
    for day in (25, 25, 26):
        rows = pa.table({"line": ["x"], "file_day": [date(2011, 3, day)]})
        write_deltalake(lake.path(spool.table("lines")), rows, mode="append", partition_by="file_day")
    first, second, whole = spool.files(lake, "lines")
    assert [(each.day.day, each.contents.rows) for each in (first, second, whole)] == [(25, 1), (25, 1), (26, 1)]
    spool.clear(lake, "lines", {first.name, whole.name})
    assert [each.name for each in spool.files(lake, "lines")] == [first.name, second.name], "the other file of the day waits"
    spool.clear(lake, "lines", {first.name, second.name})
    assert spool.files(lake, "lines") == []
    assert list((tmp_path / "lake" / "spool" / "lines").rglob("*.parquet")) == [], "nothing of it is left on the disk"


def test_a_pull_goes_on_from_the_newest_state_whether_a_commit_or_the_ledger_tells_it(settings: Settings, tmp_path: Path) -> None:
    lake = CornerShop(settings, None, tmp_path).lake
    rows = pa.table({"line": ["x"], "file_day": [FIRST]})
    told = CommitProperties(custom_metadata={"userMetadata": json.dumps({"pull": {"pulled_at": "2011-04-02", "of": "a commit"}})})
    write_deltalake(lake.path(spool.table("lines")), rows, commit_properties=told)
    assert spool.state(lake, "lines")["of"] == "a commit"
    assert pull._state(lake, "lines")["of"] == "a commit"
    same = {"input": "lines", "kind": "changes", "rows_brought": 0, "closed_until": FIRST, "run_id": "r"}
    for at in ("2011-04-01", "2011-04-03"):
        state = json.dumps({"pulled_at": at, "of": f"the ledger of {at}"})
        ledger.append(lake, pull.LEDGER, [{**same, "pulled_at": datetime.fromisoformat(f"{at}T00:00:00+00:00"), "state_json": state}])
    assert pull._state(lake, "lines")["of"] == "the ledger of 2011-04-03"
