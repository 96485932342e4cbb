"""Which shop lives in a home, also after the home, or its source file, was copied or moved."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lakehouse.errors import SourceError
from lakehouse.settings import Settings
from lakehouse.shop.home import DEFAULT_SOURCE, adopt_shop, shop_of
from tests.lakehouse.corner_shop import lay_out


def settings_of(home: Path) -> Settings:
    return Settings(home=home, lake=str(home / "lake"), spark_remote=None)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose shop's source and files lie in it."""
    adopt_shop(settings_of(tmp_path / "home"), lay_out(tmp_path / "home" / "corner"))
    return tmp_path / "home"


def write_as_before(home: Path, source: Path) -> None:
    """The record as homes held it on 2026-11-25."""
    home.joinpath("shop.json").write_text(json.dumps({"source": str(source)}))


@pytest.mark.parametrize("as_before", [False, True])
@pytest.mark.parametrize("is_moved", [False, True])
def test_a_source_in_the_home_follows_it(home: Path, as_before: bool, is_moved: bool) -> None:
    if as_before:
        write_as_before(home, home / "corner" / "source.yaml")
    other = home.with_name("other")
    shutil.move(home, other) if is_moved else shutil.copytree(home, other)
    assert shop_of(settings_of(other)).path == other / "corner" / "source.yaml"
    if not is_moved:
        (home / "corner" / "source.yaml").write_text("not even YAML: [")
        assert shop_of(settings_of(other)).shop == "corner"


def test_another_file_of_that_name_in_a_home_of_before_is_not_its_source(tmp_path: Path) -> None:
    source = lay_out(tmp_path / "outside")
    other = lay_out(tmp_path / "home")
    other.write_text(other.read_text().replace("shop: corner", "shop: another"))
    write_as_before(tmp_path / "home", source)
    assert shop_of(settings_of(tmp_path / "home")).shop == "corner"


def test_a_source_outside_stays_where_it_is(tmp_path: Path) -> None:
    source = lay_out(tmp_path / "outside")
    adopt_shop(settings_of(tmp_path / "home"), source)
    shutil.copytree(tmp_path / "home", tmp_path / "other")
    assert shop_of(settings_of(tmp_path / "other")).path == source


def test_the_example_is_found_in_another_checkout(tmp_path: Path) -> None:
    tmp_path.joinpath("home").mkdir()
    write_as_before(tmp_path / "home", Path("/gone/examples/online_retail/source.yaml"))
    assert shop_of(settings_of(tmp_path / "home")).path == DEFAULT_SOURCE


def test_a_moved_source_is_asked_for_and_taken(tmp_path: Path) -> None:
    own = settings_of(tmp_path / "home")
    adopt_shop(own, lay_out(tmp_path / "before"))
    (tmp_path / "before").rename(tmp_path / "after")
    with pytest.raises(SourceError, match=r"before/source.yaml is gone.*run --source FILE"):
        shop_of(own)
    adopt_shop(own, tmp_path / "after" / "source.yaml")
    assert shop_of(own).path == tmp_path / "after" / "source.yaml"


def test_another_shop_is_refused_even_where_the_source_is_gone(tmp_path: Path, home: Path) -> None:
    another = lay_out(tmp_path / "another")
    another.write_text(another.read_text().replace("shop: corner", "shop: another"))
    with pytest.raises(
        SourceError, match=r"already holds the shop corner of .*; .* is another, another; choose another home with GREENHOUSE_HOME"
    ):
        adopt_shop(settings_of(home), another)
    (home / "corner" / "source.yaml").unlink()
    with pytest.raises(
        SourceError, match=r"corner of .* that file is gone, so if .* is the same shop, let it say shop: corner as before; else choose"
    ):
        adopt_shop(settings_of(home), another)


def test_a_source_beside_the_former_one_is_taken_once_that_is_moved_away(home: Path) -> None:
    former = home / "corner" / "source.yaml"
    renamed = Path(shutil.copy(former, former.with_name("shop.yaml")))
    with pytest.raises(SourceError, match=r"if .*shop.yaml is to take its place, move that one away first; else choose another home"):
        adopt_shop(settings_of(home), renamed)
    former.rename(former.with_suffix(".old"))
    assert adopt_shop(settings_of(home), renamed).path == renamed


def test_the_currency_of_a_home_does_not_change(tmp_path: Path) -> None:
    own, source = settings_of(tmp_path / "home"), lay_out(tmp_path / "outside")
    adopt_shop(own, source)
    pounds = source.read_text()
    source.write_text(f"currency: JPY\n{pounds}")
    for opens in (lambda: shop_of(own), lambda: adopt_shop(own, source)):
        with pytest.raises(SourceError, match=r"currency: it is JPY, and the figures of .*home are in GBP, as it was at the first run"):
            opens()
    source.write_text(f"currency: GBP\n{pounds}")
    assert shop_of(own).currency.code == "GBP"


def test_a_home_of_before_takes_the_currency_that_its_source_says(home: Path) -> None:
    write_as_before(home, home / "corner" / "source.yaml")
    assert shop_of(settings_of(home)).currency.code == "GBP"
    assert json.loads((home / "shop.json").read_text())["currency"] == "GBP"
