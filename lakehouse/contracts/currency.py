"""The currency of a shop: what it is called, and how many digits its smallest coin has. Contracts say which columns are money."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property


@dataclass(frozen=True)
class Currency:
    """A currency of ISO 4217 by its code. `minor_units`: digits after the point (GBP 2, JPY 0, KWD 3).

    Raises ValueError for what is none, and for what has no coins (gold, say).
    """

    code: str

    def __post_init__(self) -> None:
        _ = self.minor_units

    @cached_property
    def minor_units(self) -> int:
        from iso4217 import Currency as Known

        try:
            found = Known(self.code).exponent
        except ValueError:
            near = [each.code for each in Known if each.code == self.code.upper()]
            raise ValueError(
                f"{self.code} is no currency of ISO 4217; {f'write {near[0]}' if near else 'write it as GBP, USD or JPY'}"
            ) from None
        if found is None:
            raise ValueError(f"{self.code} has no smallest coin in ISO 4217; a shop's prices are in a currency that has")
        return int(found)

    @property
    def spark_type(self) -> str:
        """The type of an amount to the smallest coin."""
        return f"decimal(18,{self.minor_units})"

    @property
    def smallest(self) -> str:
        """The smallest amount, as text: 0.01 for GBP, 1 for JPY."""
        return f"{10**-self.minor_units:.{self.minor_units}f}"

    def said(self, amount: Decimal | int) -> str:
        """An amount for people: 1,234.50 GBP."""
        return f"{amount:,.{self.minor_units}f} {self.code}"
