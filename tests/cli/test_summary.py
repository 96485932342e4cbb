"""What a finished build shows of its KPIs: in the shop's currency, also where nothing was sold."""

from decimal import Decimal

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from cli.summary import _show_kpis
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
