"""A home of before becomes today's or is refused by a sentence; one of later is refused."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lakehouse.errors import SourceError
from lakehouse.settings import Settings
from lakehouse.shop.home import adopt_shop, shop_of
from lakehouse.shop.home_version import HOME_VERSION, MIGRATIONS
from tests.lakehouse.corner_shop import lay_out


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    """The settings of a home that holds a corner shop."""
    own = Settings(home=tmp_path / "home", lake=str(tmp_path / "lake"), spark_remote=None)
    adopt_shop(own, lay_out(tmp_path / "corner"))
    return own


def record(own: Settings) -> dict[str, object]:
    return dict(json.loads((own.home / "shop.json").read_text()))


def write(own: Settings, **fields: object) -> None:
    """The home's record with those fields, and without those that are None."""
    said = {name: value for name, value in (record(own) | fields).items() if value is not None}
    (own.home / "shop.json").write_text(json.dumps(said))


def test_a_new_home_is_of_todays_version_which_every_one_of_before_can_become(own: Settings) -> None:
    assert record(own)["version"] == HOME_VERSION
    assert sorted(MIGRATIONS) == list(range(1, HOME_VERSION))


@pytest.mark.parametrize("opens", ["run", "anything else"])
def test_a_home_of_a_later_version_is_refused_and_left_as_it_is(own: Settings, opens: str) -> None:
    write(own, version=HOME_VERSION + 1, what_is_new="nobody here knows")
    before = (own.home / "shop.json").read_bytes()
    with pytest.raises(
        SourceError, match=rf"is a home of version {HOME_VERSION + 1}, and this Greenhouse knows homes up to {HOME_VERSION}: run"
    ):
        adopt_shop(own, own.home.parent / "corner" / "source.yaml") if opens == "run" else shop_of(own)
    assert (own.home / "shop.json").read_bytes() == before


def test_a_home_that_wrote_no_version_down_is_one_of_today_once_it_is_opened(own: Settings) -> None:
    write(own, version=None)
    write_deltalake(f"{own.lake}/silver/orders", pa.table({"amount": [1.0]}))
    assert shop_of(own).shop == "corner"
    assert record(own)["version"] == HOME_VERSION


@pytest.mark.parametrize("opens", ["run", "anything else"])
@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_home_that_holds_money_by_the_name_of_pounds_is_to_be_built_anew(own: Settings, opens: str, is_recorded: bool) -> None:
    if is_recorded:
        write(own, version=None, currency=None)
    else:
        (own.home / "shop.json").unlink()
    write_deltalake(f"{own.lake}/silver/orders", pa.table({"unit_price_gbp": [1.0]}))
    with pytest.raises(SourceError, match=r"was built when money was always in pounds.*: build the shop anew in an empty home"):
        adopt_shop(own, own.home.parent / "corner" / "source.yaml") if opens == "run" else shop_of(own)
    assert not is_recorded or "version" not in record(own)


def test_a_lake_that_cannot_be_read_is_a_sentence(own: Settings) -> None:
    write(own, version=None)
    (Path(own.lake) / "silver" / "orders" / "_delta_log").mkdir(parents=True)
    (Path(own.lake) / "silver" / "orders" / "_delta_log" / "00000000000000000000.json").write_text("no JSON")
    with pytest.raises(SourceError, match=r"the lake .*lake cannot be read to tell which version its home has"):
        shop_of(own)
