"""The landing folder of a shop of any size that one process can carry (to about 100,000 shoppers). Beyond, see `at_scale`."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from examples.plantly.blocks import Day, block_numbers, live, warm_up_from
from examples.plantly.catalogue import Catalogue, build_catalogue
from examples.plantly.faults import deliver
from examples.plantly.lines import COLUMNS, ID, as_csv, events, header, text_rows
from examples.plantly.market import Offer, offers, products_file
from examples.plantly.rows import Rows, by_value, join, take
from examples.plantly.scenario import Scenario
from examples.plantly.truth import Truth


def simulate(folder: Path, scenario: Scenario, first_day: date, last_day: date, write_from: date | None = None) -> dict[str, Any]:
    """Write `folder/landing/<input>/<day>.csv.gz` for each day from first_day to last_day, and `folder/truth.json`.

    The shop opens on `first_day`: its files list everything known. The same scenario and first day give the same bytes, and
    a later last_day only adds files. With `write_from`, earlier days are lived through and not written: a shop goes on.
    Returns what truth.json holds (always of all days).
    """
    catalogue = build_catalogue(scenario)
    by_day = offers(scenario, catalogue, warm_up_from(first_day), last_day)
    truth, waiting = Truth(scenario, first_day, last_day), _Waiting()
    blocks = [live(scenario, catalogue, by_day, block, first_day) for block in block_numbers(scenario)]
    for todays in zip(*blocks, strict=True):
        day = todays[0].day
        for name, rows in _day_rows(scenario, catalogue, by_day, first_day, todays).items():
            due = waiting.exchange(name, rows, str(day))
            truth.note(name, due, ID[name])
            if write_from is None or day >= write_from:
                _write(folder / "landing" / name / f"{day}.csv.gz", name, due)
    truth.note_market(catalogue)
    return truth.write(folder)


def block_rows(scenario: Scenario, catalogue: Catalogue, block: int, today: Day) -> Iterator[tuple[str, Rows]]:
    """(input, text rows as delivered) of one block and day."""
    yield "customers", text_rows("customers", today.customers, today.day)
    for name, rows in events(today, catalogue).items():
        yield name, deliver(rows, name, scenario, block, today.day)


def product_rows(catalogue: Catalogue, by_day: dict[date, Offer], first_day: date, day: date) -> Rows:
    """The text rows of a day's products file."""
    days = list(by_day)
    yesterday = by_day[days[days.index(day) - 1]] if day > first_day else None
    return text_rows("products", products_file(catalogue, day, by_day[day], yesterday), day)


def _day_rows(
    scenario: Scenario, catalogue: Catalogue, by_day: dict[date, Offer], first_day: date, todays: tuple[Day, ...]
) -> dict[str, Rows]:
    parts: dict[str, list[Rows]] = {"products": [product_rows(catalogue, by_day, first_day, todays[0].day)]}
    for block, today in enumerate(todays):
        for name, rows in block_rows(scenario, catalogue, block, today):
            parts.setdefault(name, []).append(rows)
    return {name: join(parts[name]) for name in COLUMNS}


class _Waiting:
    """Rows that are delivered in a later day's file than their own."""

    def __init__(self) -> None:
        self._later: dict[tuple[str, str], list[Rows]] = defaultdict(list)

    def exchange(self, name: str, rows: Rows, day: str) -> Rows:
        """Keep what is for later days, and give what is due on this one, in the file's order."""
        later = take(rows, rows["file_day"] > day)
        for due, part in by_value(later, later["file_day"]):
            self._later[name, due].append(part)
        now = join([take(rows, rows["file_day"] == day), *self._later.pop((name, day), [])])
        return take(now, np.argsort(now["sort_key"], kind="stable"))


def _write(path: Path, name: str, rows: Rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join([header(name), *as_csv(name, rows), ""])
    path.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))
