"""What a finished build shows of its KPIs: in the shop's currency, also where nothing was sold."""

from decimal import Decimal

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from cli.summary import _show_kpis, model_rows, show_model
from tests.lakehouse.corner_shop import CornerShop


@pytest.mark.parametrize(
    ("sold", "orders", "told"),
    [
        (1235, 5, ["net revenue 1,111 JPY over 1 trading days", "orders 5, of 222 JPY each", "returned share of sales 10.0%"]),
        (0, 0, ["net revenue 0 JPY over 1 trading days", "orders 0", "returned share of sales nothing sold"]),
    ],
)
def test_kpis_are_shown_in_the_currency_of_the_shop(settings, tmp_path, capsys, sold, orders, told):
    shop = CornerShop(settings, None, tmp_path)
    shop.reload("currency: JPY\n" + (tmp_path / "source.yaml").read_text())
    money = [("sold_amount", sold), ("returned_amount", sold // 10), ("net_revenue", sold - sold // 10 - (sold > 0))]
    columns = {name: pa.array([Decimal(amount)], pa.decimal128(18, 0)) for name, amount in money} | {"orders": pa.array([orders])}
    write_deltalake(shop.lake.path("kpis.daily_sales"), pa.table(columns))
    _show_kpis(shop.lake)
    shown = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert [line for line in shown if line.startswith(("net", "orders", "returned"))] == told


def test_the_newest_version_of_each_model_is_shown_and_that_none_serves(settings, tmp_path, capsys):
    lake = CornerShop(settings, None, tmp_path).lake
    figures = dict.fromkeys(("ndcg_at_10", "recall_at_10", "log_loss", "pr_auc"), 0.5)
    made = [("purchase", 9, False), ("purchase", 10, False), ("purchase_baseline", 2, False)]
    rows = [{"model_name": name, "version": version, "kind": "k", "is_champion": serves, "gates_json": None, **figures} for name, version, serves in made]  # fmt: skip
    write_deltalake(lake.path("models.model_versions"), pa.Table.from_pylist(rows, schema=pa.schema([*[(name, pa.string()) for name in ("model_name", "kind", "gates_json")], ("version", pa.int32()), ("is_champion", pa.bool_()), *[(name, pa.float64()) for name in figures]])))  # fmt: skip
    found = model_rows(lake)
    assert {row["model_name"]: row["version"] for row in found} == {"purchase": 10, "purchase_baseline": 2}
    show_model(found)
    assert "No version has won: the best baseline serves" in capsys.readouterr().out
    show_model([{**row, "is_champion": row["version"] == 10} for row in found])
    said = capsys.readouterr().out
    assert "No version has won" not in said
    assert ["purchase", "10", "k", "0.5", "0.5", "0.5", "0.5", "yes"] in [line.split() for line in said.splitlines()]
