"""What lacks of a range of days is told of all files and inputs at once, before anything starts."""

import os
import subprocess
import sys

import pytest

from lakehouse.days import DayRange
from lakehouse.errors import LandingError
from lakehouse.ingestion.bronze.ready import ready_until, refuse_gaps
from lakehouse.settings import REPOSITORY
from tests.lakehouse.corner_shop import HEADER, CornerShop, line

DAYS = [f"2011-03-{day}" for day in range(25, 32)]


@pytest.fixture
def shop(settings, tmp_path):
    """Seven days of which three are bad and one is missing; a second input without any file. No engine."""
    shop = CornerShop(settings, None, tmp_path)
    for number, day in enumerate(DAYS):
        shop.deliver(day, [line(number, day)])
    shop.deliver(DAYS[1], ["1,2"], header="line,customer")
    shop.deliver(DAYS[4], ["1;2"], header=HEADER.replace(",", ";"))
    (tmp_path / "landing" / "lines" / f"{DAYS[5]}.csv").write_bytes(b"\xff\xfe" + HEADER.encode("utf-16-le"))
    (tmp_path / "landing" / "lines" / f"{DAYS[2]}.csv").unlink()
    return shop


def refused(shop, first, last):
    with pytest.raises(LandingError) as caught:
        refuse_gaps(shop.lake, DayRange.parse(first, last))
    return caught.value.message.splitlines()


def test_all_that_lacks_of_a_range_is_told_at_once(shop):
    bad, missing, semicolons, other_encoding, way_out = refused(shop, DAYS[0], DAYS[-1])
    assert f"{DAYS[1]}.csv: column product, quantity, price, sold_at is missing" in bad
    assert f"input lines has no file for {DAYS[2]}; deliver it" in missing
    assert (f"{DAYS[4]}.csv" in semicolons, "semicolon-separated" in semicolons) == (True, True)
    assert (f"{DAYS[5]}.csv" in other_encoding, "UTF-16" in other_encoding) == (True, True)
    assert way_out == f"The days before can be run with: ./greenhouse run --from {DAYS[0]} --to {DAYS[0]}"
    refuse_gaps(shop.lake, DayRange.parse(DAYS[3], DAYS[3]))


def test_of_many_bad_files_the_first_ten_are_told_and_how_many_more(settings, tmp_path):
    shop = CornerShop(settings, None, tmp_path)
    days = [str(day) for day in DayRange.parse("2011-03-25..2011-04-05")]
    for day in days:
        shop.deliver(day, ["1"], header="line")
    told = refused(shop, days[0], days[-1])
    assert [day in each for day, each in zip(days, told[:-1], strict=False)] == [True] * 10
    assert told[10:] == ["and 2 more"]


def test_files_of_no_day_of_the_shops_are_told_together_and_of_all_inputs(shop, tmp_path):
    goods = '  goods:\n    files: "goods/{day}.csv"\n    columns: [{name: code, description: C.}]\ntables:\n'
    products = "  products:\n    accounts_for: goods\n    select: SELECT code AS product_id, code AS name, code AS product_group, cast(null AS decimal(18,6)) AS price, true AS is_goods, lineage FROM goods\n"
    shop.reload((tmp_path / "source.yaml").read_text().replace("tables:\n", goods) + products)
    (tmp_path / "landing" / "goods").mkdir()
    for name in ("lines/2011-02-30.csv", "lines/2010-01-01.csv", "goods/2012-01-01.csv"):
        (tmp_path / "landing" / name).write_text("code\n1\n")
    told = refused(shop, DAYS[0], DAYS[0])
    assert [each.partition("landing/")[2][:20] for each in told] == ["lines/2010-01-01.csv", "lines/2011-02-30.csv", "goods/2012-01-01.csv"]


def test_why_a_run_ends_names_every_later_day_that_is_bad_and_an_input_without_files(shop, settings, tmp_path):
    last, reason = ready_until(shop.lake)
    assert str(last) == DAYS[0]
    assert [day in reason for day in DAYS] == [False, True, True, False, True, True, False]
    for path in (tmp_path / "landing" / "lines").iterdir():
        path.unlink()
    for name in ("2011-03-25.CSV", "20110325.csv", "2011-3-25.csv", "readme.txt", ".hidden.csv"):
        (tmp_path / "landing" / "lines" / name).touch()
    with pytest.raises(
        LandingError,
        match=r"no files were delivered yet, of input lines as lines/\{day\}\.csv; beside it lie 2011-03-25\.CSV, 2011-3-25\.csv, 20110325\.csv and 1 more, which are called otherwise",
    ):
        ready_until(shop.lake)
    shop.deliver(DAYS[0], [line(1, DAYS[0])])
    assert (
        "has no file for 2011-03-26; beside it lie 2011-03-25.CSV, 2011-3-25.csv, 20110325.csv and 1 more, which"
        in refused(shop, DAYS[0], DAYS[1])[0]
    )


def test_a_run_tells_it_without_an_engine(shop, tmp_path):
    environment = {**os.environ, "GREENHOUSE_HOME": str(tmp_path / "home"), "GREENHOUSE_LANDING_QUIET_SECONDS": "0"}
    command = [sys.executable, "-m", "cli", "run", "--source", str(tmp_path / "source.yaml"), "--from", DAYS[0], "--to", DAYS[2]]
    done = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert [day in done.stderr for day in DAYS[1:3]] == [True, True]
    assert "Starting" not in done.stderr
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["shop.json"]


@pytest.mark.parametrize(("lines", "goods"), [(2, 4), (4, 2)])
def test_the_days_before_end_before_the_first_gap_of_any_input(settings, tmp_path, lines, goods):
    shop = CornerShop(settings, None, tmp_path)
    more = '  goods:\n    files: "goods/{day}.csv"\n    columns: [{name: code, description: C.}]\ntables:\n'
    products = "  products:\n    accounts_for: goods\n    select: SELECT code AS product_id, code AS name, code AS product_group, cast(null AS decimal(18,6)) AS price, true AS is_goods, lineage FROM goods\n"
    shop.reload((tmp_path / "source.yaml").read_text().replace("tables:\n", more) + products)
    (tmp_path / "landing" / "goods").mkdir()
    for n, day in enumerate(DAYS):
        if n != lines:
            shop.deliver(day, [line(n, day)])
        if n != goods:
            (tmp_path / "landing" / "goods" / f"{day}.csv").write_text(f"code\n{n}\n")
    with pytest.raises(LandingError) as caught:
        refuse_gaps(shop.lake, DayRange.parse(DAYS[0], DAYS[-1]))
    way_out = caught.value.message.splitlines()[-1]
    assert way_out == f"The days before can be run with: ./greenhouse run --from {DAYS[0]} --to {DAYS[1]}"
