"""The simulated shop's files: the same for a seed, complete, and true to each other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from examples.plantly.__main__ import main
from examples.plantly.genera import REGIONS
from examples.plantly.landing import simulate
from examples.plantly.lines import COLUMNS
from examples.plantly.scenario import Scenario, injection, parse_injection

FIRST, LAST = date(2025, 1, 1), date(2025, 1, 20)
Read = Callable[[Path, str], pd.DataFrame]


def _simulate(folder: Path, last: date = LAST, **settings: object) -> Path:
    simulate(folder, Scenario(**{"customers": 300, **settings}), FIRST, last)  # type: ignore[arg-type]
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small shop in which nothing goes wrong."""
    return _simulate(tmp_path_factory.mktemp("shop"))


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.gz"))}


def test_the_same_seed_gives_the_same_bytes(shop: Path, tmp_path: Path) -> None:
    assert _bytes(_simulate(tmp_path)) == _bytes(shop)


def test_another_seed_gives_other_orders(shop: Path, tmp_path: Path, read_input: Read) -> None:
    other = _simulate(tmp_path, seed=8)
    assert read_input(other, "orders")["line_id"].tolist() != read_input(shop, "orders")["line_id"].tolist()


def test_a_later_end_only_adds_files(shop: Path, tmp_path: Path) -> None:
    longer, earlier = _bytes(_simulate(tmp_path, date(2025, 1, 23))), _bytes(shop)
    assert {name: longer[name] for name in earlier} == earlier
    assert len(longer) - len(earlier) == 3 * len(COLUMNS)


def test_a_shop_can_go_on_where_it_stopped(shop: Path, tmp_path: Path) -> None:
    simulate(tmp_path, Scenario(customers=300), FIRST, LAST, write_from=date(2025, 1, 19))
    assert len(_bytes(tmp_path)) == 2 * len(COLUMNS)
    assert _bytes(tmp_path).items() <= _bytes(shop).items()


def test_every_input_has_a_file_for_every_day(shop: Path, unzipped: Callable[[Path], dict[str, bytes]]) -> None:
    files = unzipped(shop)
    days = [str(day.date()) for day in pd.date_range(FIRST, LAST)]
    assert set(files) == {f"{name}/{day}.csv.gz" for name in COLUMNS for day in days}
    for path, content in files.items():
        header = ",".join(COLUMNS[path.partition("/")[0]])
        assert content.decode().splitlines()[0] == header and b'"' not in content


def test_a_day_without_events_has_files_with_a_header_alone(tmp_path: Path, read_input: Read) -> None:
    _simulate(tmp_path, customers=1, visits=1e-9)
    assert len(list((tmp_path / "landing" / "orders").iterdir())) == 20
    assert len(read_input(tmp_path, "impressions")) == 0


def test_ids_are_unique(shop: Path, read_input: Read) -> None:
    assert read_input(shop, "orders")["line_id"].is_unique
    assert read_input(shop, "impressions")["impression_id"].is_unique
    for name, key in (("customers", "customer_id"), ("products", "product_id")):
        assert not read_input(shop, name).duplicated([key, "file_day"]).any()


def test_events_name_customers_and_products_known_by_their_day(tmp_path: Path, read_input: Read) -> None:
    shop = _simulate(tmp_path, replaced_customers=0.05)
    for name in ("orders", "impressions"):
        events = read_input(shop, name)
        for other, key in (("customers", "customer_id"), ("products", "product_id")):
            known = read_input(shop, other).groupby(key)["file_day"].min()
            assert (events[key].map(known) <= events["file_day"]).all()


def test_events_carry_their_products_group_and_their_own_day(shop: Path, read_input: Read) -> None:
    group = read_input(shop, "products").groupby("product_id")["product_group"].first()
    for name, at in (("orders", "ordered_at"), ("impressions", "shown_at")):
        events = read_input(shop, name)
        assert (events["product_id"].map(group) == events["product_group"]).all()
        assert (events[at].str[:10] == events["file_day"]).all()


def test_a_return_takes_back_a_line_sold_before(shop: Path, read_input: Read) -> None:
    orders = read_input(shop, "orders")
    returned = orders[(orders["kind"] == "return") & ~orders["order_id"].str.startswith("O2412")]
    sold = orders[orders["kind"] == "sale"].set_index("line_id").loc[returned["line_id"].str.removesuffix("R")]
    assert len(returned) and (returned["quantity"].astype(int).to_numpy() == -sold["quantity"].astype(int).to_numpy()).all()
    days = pd.to_datetime(returned["file_day"]).to_numpy() - pd.to_datetime(sold["file_day"]).to_numpy()
    assert days.min() >= pd.Timedelta(days=3) and days.max() <= pd.Timedelta(days=14)


def test_the_catalogue_is_truthful(shop: Path, read_input: Read) -> None:
    products = read_input(shop, "products").drop_duplicates("product_id").set_index("name")
    assert 140 <= len(products) <= 170
    assert (products.loc[products["product_group"] == "Lilium", "is_pet_safe"] == "false").all()
    assert (products.loc[products["product_group"] == "Calathea", "is_pet_safe"] == "true").all()
    south = [region for region in REGIONS if region not in ("Scotland", "Northern Ireland")]
    assert products.loc["Rosa rugosa 'Alba'", "invasive_regions"].split(";") == south
    zones = products[products["hardiness_zone_min"] != ""]
    assert (zones["hardiness_zone_min"].astype(int) < zones["hardiness_zone_max"].astype(int)).all() and len(zones) > 40


def test_an_injection_that_cannot_be_is_refused() -> None:
    for wrong in ("earthquake=2025-01-01", "duplicates=2025-01-01,size=1.5", "late_events=2025-01-01,hours=2"):
        with pytest.raises(ValueError, match=r"earthquake|share|hours"):
            parse_injection(wrong)
    assert parse_injection("bad_rows=2025-01-05,days=2,size=0.1") == injection("bad_rows", date(2025, 1, 5), 2, 0.1)


def test_the_command_line_writes_the_same_files(shop: Path, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(main)
    said = CliRunner().invoke(app, ["--customers", "300", "--from", str(FIRST), "--to", str(LAST), "--out", str(tmp_path)])
    assert said.exit_code == 0 and "lines of orders" in said.output
    assert _bytes(tmp_path) == _bytes(shop)
