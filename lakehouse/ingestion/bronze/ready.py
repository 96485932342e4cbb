"""Up to which day a shop's files are there and whole, and what lacks of a range of days: of all inputs at once, and without an engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeVar

from lakehouse.days import DayRange
from lakehouse.errors import LandingError
from lakehouse.ingestion.bronze.new_files import arrived
from lakehouse.ingestion.connectors import pull
from lakehouse.ingestion.files.delivery_ledger import known_deliveries
from lakehouse.ingestion.files.strangers import strangers

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake

Answer = TypeVar("Answer")


def ready_until(lake: Lake) -> tuple[date, str | None]:
    """The last day up to which every input's files are there and whole; and why no further, where files of later days lie there.

    Raises LandingError where not even the shop's first open day is.
    """
    ends = _of_each(lake, lambda name: _whole_until(lake, name))
    last = min((day for day, _ in ends if day), default=_newest_delivered(lake))
    reason = "\n".join(why for _, why in ends if why) or None
    if last < lake.shop.first_day:
        raise LandingError(reason or _nothing_yet(lake))
    return last, reason


def refuse_gaps(lake: Lake, days: DayRange) -> None:
    """Look at the files of a range before anything starts. Raises LandingError with what lacks of its open days, and which days can be run."""
    gaps = [gap for gap in _of_each(lake, lambda name: arrived(lake, name, days).gap(lake.shop, days)) if gap]
    if gaps:
        before = days.clip(None, min(day for day, _ in gaps) - timedelta(days=1))
        raise LandingError("\n".join([*(why for _, why in gaps), *([_way_out(before)] if before else [])]))


def _way_out(before: DayRange) -> str:
    return f"The days before can be run with: ./greenhouse run --from {before.first} --to {before.last}"


def _of_each(lake: Lake, ask: Callable[[str], Answer]) -> list[Answer]:
    """The answer for each input; where some have none, LandingError with the reasons of all."""
    answers, wrong = [], []
    for name in lake.shop.inputs:
        try:
            answers.append(ask(name))
        except LandingError as error:
            wrong.append(error.message)
    if wrong:
        raise LandingError("\n".join(dict.fromkeys(wrong)))
    return answers


def _whole_until(lake: Lake, name: str) -> tuple[date | None, str | None]:
    """None where nothing holds the input up: it delivers only what changed."""
    shop = lake.shop
    if shop.inputs[name].pulled:
        return pull.ready_until(lake), None
    first = min(known_deliveries(lake, name).days, default=shop.first_day)
    found = arrived(lake, name)
    lying = max([*found.known.days, *found.known.repeats, *(file.day for file in found.problems)], default=first - timedelta(days=1))
    gap = found.gap(shop, DayRange(first, lying)) if lying >= first else None
    if gap:
        return gap[0] - timedelta(days=1), gap[1]
    return (lying if shop.inputs[name].delivers_every_day else None), None


def _newest_delivered(lake: Lake) -> date:
    days = [day for name in lake.shop.inputs for day in arrived(lake, name).known.days]
    return max(days, default=lake.shop.first_day - timedelta(days=1))


def _nothing_yet(lake: Lake) -> str:
    """Which inputs have no file at all."""
    shop = lake.shop
    waited = [name for name, entry in shop.inputs.items() if entry.delivers_every_day and not arrived(lake, name).known.days]
    inputs = ", ".join(
        f"input {name} as {shop.inputs[name].files}{strangers(shop, name)}" for name in waited or shop.inputs if shop.inputs[name].files
    )
    return f"{shop.landing_folder}: no files were delivered yet, of {inputs}; see `landing` in {shop.path}"
