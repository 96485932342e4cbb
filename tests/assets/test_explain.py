"""From a version of a table back to the publishes that made it, and on to all that these read."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake

from assets.explain import PREDICTIONS, _chain, _checks, _publish_of_day, made_of
from lakehouse.errors import LakeError
from lakehouse.publishing.publish_ledgers import CHECKS
from lakehouse.tables import ledger
from lakehouse.tables.commit_record import CommitRecord, Published
from tests.lakehouse.corner_shop import CornerShop

TABLES = {
    "predictions.recommendations": [(8, {"features.customer_daily": 7}, [], "2011-03-26"), (5, {"features.customer_daily": 2}, [], "2011-03-25")],
    "features.customer_daily": [
        (7, {"silver.orders": 4}, ["orders_7d"], "2011-03-26"), (6, {"silver.orders": 3}, ["units_7d"], "2011-03-26"),
        (4, {"silver.orders": 3}, [], "2011-03-26"), (2, {"silver.orders": 1}, [], "2011-03-25"),
    ],
    "silver.orders": [(4, {}, [], "2011-03-26"), (3, {}, [], "2011-03-26"), (1, {}, [], "2011-03-25")],
}  # fmt: skip


def test_the_checks_of_a_publish_are_those_of_its_own_table(settings, tmp_path):
    lake = CornerShop(settings, None, tmp_path).lake
    same = {
        "run_id": "r", "table_version": 1, "published": True, "severity": "error", "column_name": None, "rows": 1, "failing_rows": 0,
        "failing_days": "[]", "observed": None, "first_day": date(2011, 3, 25), "last_day": date(2011, 3, 25),
        "checked_at": datetime(2011, 4, 1, tzinfo=UTC), "check_name": "a check",
    }  # fmt: skip
    told = [("p", "silver.orders", True), ("p", "silver.orders", False), ("p", "quarantine.orders", True), ("q", "silver.orders", True)]
    ledger.append(lake, CHECKS, [{**same, "publish_id": of, "table_name": table, "passed": passed} for of, table, passed in told])
    assert _checks(lake, "p", "silver.orders") == (1, 2)


class Lake:
    """Publishes, newest first, and no ledger of checks."""

    def publishes(self, table):
        for version, inputs, only, day in TABLES[table]:
            yield Published(version, CommitRecord((day,), f"{table} {version}", inputs=inputs, only_columns=tuple(only)))

    def exists(self, table):
        return False


def versions(publishes):
    return [(each.table.partition(".")[0], each.version) for each in publishes]


def test_some_columns_alone_stand_on_the_publishes_before_back_to_one_of_all():
    assert versions(made_of(Lake(), "features.customer_daily", 7)) == [("features", 7), ("features", 6), ("features", 4)]
    assert versions(made_of(Lake(), "features.customer_daily", 5)) == [("features", 4)], "the newest at or before that version"
    assert versions(made_of(Lake(), "features.customer_daily", 3)) == [("features", 2)]


def test_the_chain_holds_all_that_was_read_each_once_and_nearest_first():
    chain = _chain(Lake(), 8)
    assert versions(chain) == [("predictions", 8), ("features", 7), ("features", 6), ("features", 4), ("silver", 4), ("silver", 3)]


def test_a_days_publish_is_the_newest_of_that_day():
    assert _publish_of_day(Lake(), "features.customer_daily", date(2011, 3, 25)) == 2
    assert _publish_of_day(Lake(), "features.customer_daily", date(2011, 3, 26)) == 7
    with pytest.raises(LakeError, match="no publish of 2011-03-27 stands"):
        _publish_of_day(Lake(), "features.customer_daily", date(2011, 3, 27))


def test_a_publish_that_was_undone_is_not_told_of_its_day(settings, tmp_path):
    lake = CornerShop(settings, None, tmp_path).lake

    def publish(day, publish_id):
        told = CommitProperties(custom_metadata={"userMetadata": CommitRecord((day,), publish_id).as_json()})
        write_deltalake(lake.path(PREDICTIONS), pa.table({"n": [1]}), mode="append", commit_properties=told)

    publish("2011-03-25", "first")
    publish("2011-03-26", "second")
    publish("2011-03-25", "undone: its proof failed")
    lake.delta(PREDICTIONS).restore(1)
    (told, *_) = made_of(lake, PREDICTIONS, _publish_of_day(lake, PREDICTIONS, date(2011, 3, 25)))
    assert told.publish_id == "first"
