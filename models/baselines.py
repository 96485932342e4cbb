"""The simple rankings that a version must beat: what a GROUP BY could recommend. How they are fitted stands in `estimators`.

All of them are fitted at each training; the best on the held-out weeks is the baseline of that training, and serves where no version does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.purchase import POPULARITY

BUYERS, AGAIN, SINCE = "product_buyers_30d", "pair_orders_90d", "pair_days_since_last_order"


@dataclass(frozen=True)
class Baseline:
    """The features that a simple ranking is made of: its chance never falls with those that `rise`, nor rises with those that `fall`."""

    rise: tuple[str, ...] = ()
    fall: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return *self.rise, *self.fall


BASELINES: Mapping[str, Baseline] = {
    "popularity": Baseline(fall=(POPULARITY,)),
    "buyers": Baseline(rise=(BUYERS,)),
    # What this customer bought most often in 90 days, the latest first; beyond that, what most people buy.
    "again": Baseline(rise=(AGAIN, BUYERS), fall=(SINCE,)),
}
