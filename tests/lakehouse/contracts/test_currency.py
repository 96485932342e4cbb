"""Currencies by ISO 4217, amounts as people read them, and what a source file may call one."""

from decimal import Decimal

import pytest

from lakehouse.contracts.currency import Currency
from lakehouse.errors import SourceError


@pytest.mark.parametrize(("code", "digits", "smallest"), [("JPY", 0, "1"), ("USD", 2, "0.01"), ("KWD", 3, "0.001"), ("CLF", 4, "0.0001")])
def test_the_smallest_coin_has_the_digits_of_the_standard(code, digits, smallest):
    currency = Currency(code)
    assert (currency.minor_units, currency.smallest, currency.spark_type) == (digits, smallest, f"decimal(18,{digits})")


def test_an_amount_is_said_in_its_currency():
    assert Currency("JPY").said(Decimal(1234567)) == "1,234,567 JPY"
    assert Currency("USD").said(Decimal("1234.5")) == "1,234.50 USD"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("usd", "usd is no currency of ISO 4217; write USD"),
        ("EURO", "EURO is no currency of ISO 4217; write it as GBP, USD or JPY"),
        ("XAU", "XAU has no smallest coin in ISO 4217; a shop's prices are in a currency that has"),
        ("12", "12 is no currency of ISO 4217; write it as GBP, USD or JPY"),
    ],
)
def test_what_is_no_currency_is_refused_with_its_line(corner, written, told):
    text = (corner.folder / "source.yaml").read_text()
    with pytest.raises(SourceError) as caught:
        corner.reload(f"currency: {written}\n{text}")
    assert caught.value.message.endswith(f"source.yaml:1: currency: {told}")


def test_a_shop_without_a_word_on_it_sells_in_pounds_and_any_other_in_its_own(corner):
    text = (corner.folder / "source.yaml").read_text()
    assert corner.lake.contract("kpis.daily_sales").column("net_revenue").unit == "GBP"
    corner.reload(f"currency: JPY\n{text}")
    column = corner.lake.contract("kpis.daily_sales").column("net_revenue")
    assert (column.unit, column.spark_type) == ("JPY", "decimal(18,0)")
    assert {c.unit for contract in corner.lake.contracts.values() for c in contract.columns} >= {"JPY"}
    assert not {"GBP", "currency"} & {c.unit for contract in corner.lake.contracts.values() for c in contract.columns}
