"""What a table's log tells of its publishes, read without an engine."""

from datetime import date

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake

from lakehouse.errors import LakeError
from lakehouse.tables import lake as lakes
from lakehouse.tables.commit_record import CommitRecord
from models.labels import last_landed_day
from tests.lakehouse.corner_shop import CornerShop

TABLE = "silver.orders"


@pytest.fixture
def lake(settings, tmp_path):
    """A lake whose orders were published four times, and tended in between."""
    lake = CornerShop(settings, None, tmp_path).lake
    for said in ('{"publish_id": "a"}', '{"publish_id": "b"}', "no JSON", "[1]", '{"publish_id": "c"}', '{"publish_id": "d"}'):
        properties = CommitProperties(custom_metadata={"userMetadata": said})
        write_deltalake(lake.path(TABLE), pa.table({"n": [1]}), mode="append", commit_properties=properties)
    return lake


def test_each_publish_is_told_once_and_the_newest_first_however_far_back_the_log_is_read(lake, monkeypatch):
    monkeypatch.setattr(lakes, "COMMITS_READ", (1, 4, None))
    assert [published.record.publish_id for published in lake.publishes(TABLE)] == ["d", "c", "b", "a"]
    (newest,) = lake.commits(TABLE, 1)
    assert newest.record == CommitRecord((), "d")


def test_of_a_table_that_never_was_there_is_nothing_and_one_that_cannot_be_is_said(lake):
    assert list(lake.publishes("kpis.daily_sales")) == []
    with pytest.raises(LakeError, match=r"kpis\.daily_sales was never published; \./greenhouse run builds what was delivered"):
        lake.version("kpis.daily_sales")
    with pytest.raises(LakeError, match=r"there is no table kpis\.daily; `greenhouse tables` lists them"):
        lake.contract("kpis.daily")


class Training:
    """It fixed version 0 of orders; a night landed another day since."""

    def __init__(self, lake):
        self.lake = lake

    def version_of(self, table):
        return 0


def test_the_days_of_a_version_are_its_own(settings, tmp_path):
    lake, first, second = CornerShop(settings, None, tmp_path).lake, date(2011, 3, 25), date(2011, 3, 26)
    for day in (first, second):
        write_deltalake(lake.path("silver.orders"), pa.table({"day": [day], "n": [1]}), mode="append", partition_by=["day"])
    assert (lake.partition_days("silver.orders", 0), lake.partition_days("silver.orders")) == ({first}, {first, second})
    assert last_landed_day(Training(lake)) == first
