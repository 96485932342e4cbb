"""Days that a command line asks for, held against the shop's own. How a day is written belongs in `screen`."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from lakehouse.days import DayRange
from lakehouse.errors import GreenhouseError

if TYPE_CHECKING:
    from lakehouse.shop.source import Shop


def shop_days(shop: Shop, first: date | None, last: date, option: str = "--to") -> DayRange:
    """The days from the first one (the shop's own where None) to the last, all of them the shop's and none to come; `option` gave the last.

    Raises typer.BadParameter where the last lies before the first, and GreenhouseError where any is none of the shop's.
    """
    begin, today = first or shop.first_day, datetime.now(ZoneInfo(shop.time_zone)).date()
    if last < begin:
        raise typer.BadParameter(f"{last} lies before {begin}{'' if first else ', the first day of the shop'}", param_hint=option)
    if begin < shop.first_day or last > (shop.last_day or today):
        raise GreenhouseError(
            f"{DayRange(begin, last)} lies outside the shop's days {shop.first_day}..{shop.last_day or f'{today} (today)'}"
        )
    return DayRange(begin, last)
