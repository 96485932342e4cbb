"""One day of a year's backfill is mostly bad: nothing of it is published, and the sentence says how to go on.

A trial (a minute): `./greenhouse test -- -m trial tests/line/test_one_bad_day.py`. A range of days is refused whole in tests/lakehouse/publishing/test_publish.py.
"""

import re
from datetime import date, timedelta

import pytest

from cli.pipeline import Pipeline
from cli.progress import Progress
from lakehouse.days import DayRange
from lakehouse.errors import RunFailed
from orchestration.definitions import definitions_of
from orchestration.instance import instance_of
from tests.lakehouse.corner_shop import CornerShop, line

pytestmark = pytest.mark.trial

YEAR = DayRange(date(2011, 3, 25), date(2012, 3, 23))
BAD = date(2011, 9, 14)


@pytest.fixture
def year(settings, spark, tmp_path):
    """A corner shop whose files of a year are delivered; on one day six lines of ten have a price that is no price."""
    shop = CornerShop(settings, spark, tmp_path, last_day=YEAR.last)
    for day in YEAR:
        shop.deliver(str(day), [line(n, str(day), price="-1" if day == BAD and n < 6 else "2.50") for n in range(10)])
    return shop


def test_the_published_version_stands_and_the_days_before_are_named(year, settings, tmp_path, _own_environment):
    before = DayRange(YEAR.first, YEAR.first + timedelta(days=4))
    year.build(str(before))
    version, files = year.lake.version("silver.orders"), sorted(year.lake.delta("silver.orders").file_uris())
    own = year.lake.settings.model_copy(update={"dagster_home": tmp_path / "dagster"})
    whole = Pipeline(own, year.lake, instance_of(own), definitions_of(year.lake), Progress())

    with pytest.raises(RunFailed) as refused:
        whole.job("build_history", YEAR, "a year", asked_by="a test")

    said = refused.value.message
    assert f"at_most_5_percent_of_rows_are_quarantined failed on {BAD}" in said
    assert year.lake.version("silver.orders") == version
    assert sorted(year.lake.delta("silver.orders").file_uris()) == files
    assert not year.lake.exists("kpis.daily_sales")
    commands = re.findall(r"\./greenhouse run --from (\S+) --to (\S+)", said)
    assert commands == [(str(YEAR.first), str(BAD - timedelta(days=1)))], "what comes after would look back over a hole"
    year.publish("silver.orders", f"{commands[0][0]}..{commands[0][1]}")
    assert {row["day"] for row in year.rows("silver.orders", ["day"])} == set(DayRange(YEAR.first, BAD - timedelta(days=1)))
