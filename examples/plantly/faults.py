"""What can go wrong between the shop and its files: outages, bad rows, repeats, lateness. What changes the shop belongs in `market`.

Each fault takes text rows (see `lines.text_rows`) and gives them back, saying in `injected` what it did. Faults draw from
streams of their own: with and without them, all other lines of a scenario are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from examples.plantly.rows import Rows, count, join, take, texts
from examples.plantly.scenario import Injection, Scenario
from examples.plantly.streams import stream

MOST_DAYS_LATE = 3  # source.yaml allows as many
OUTAGE_MISSES_CUSTOMER = 0.3
# What is wrong with a bad row: input -> what -> (column, the text found there).
BAD = {
    "orders": {
        "unparseable_date": ("ordered_at", "31/02/2025 25:61"), "negative_price": ("unit_price", "-9.99"),
        "unknown_product": ("product_id", "P9999"), "unparseable_quantity": ("quantity", "two"),
    },
    "impressions": {
        "unparseable_date": ("shown_at", "yesterday"), "unknown_product": ("product_id", "P9999"),
        "negative_position": ("position", "-1"),
    },
}  # fmt: skip


def deliver(rows: Rows, name: str, scenario: Scenario, block: int, day: date) -> Rows:
    """The day's rows of one block as delivered, after every fault that acts on the day."""
    for kind, fault in FAULTS.items():
        for n, injected in enumerate(scenario.injections):
            if injected.kind == kind and injected.covers(day):
                rng = stream(scenario.seed, f"fault {n} {name}", block, day.toordinal())
                rows = fault(rng, rows, name, n, injected)
    return rows


def _outage(rng: np.random.Generator, rows: Rows, name: str, n: int, injected: Injection) -> Rows:
    if name != "impressions":
        return rows
    hit = _hit(rng, rows, injected)
    unknown = hit & (rng.random(count(rows)) < OUTAGE_MISSES_CUSTOMER)
    rows = _mark(rows, hit, n, np.where(unknown, "tracking_and_customer_missing", "tracking_missing"))
    emptied = {column: np.where(hit, "", rows[column]) for column in ("position", "channel", "is_clicked")}
    return {**rows, **emptied, "customer_id": np.where(unknown, "", rows["customer_id"])}


def _bad_rows(rng: np.random.Generator, rows: Rows, name: str, n: int, injected: Injection) -> Rows:
    hit, kinds = _hit(rng, rows, injected), list(BAD[name])
    which = rng.integers(0, len(kinds), count(rows))
    rows = _mark(rows, hit, n, np.array(kinds)[which])
    for k, what in enumerate(kinds):
        column, text = BAD[name][what]
        rows[column] = np.where(hit & (which == k), text, rows[column])
    return rows


def _late(rng: np.random.Generator, rows: Rows, name: str, n: int, injected: Injection) -> Rows:
    hit, days = _hit(rng, rows, injected), rng.integers(1, MOST_DAYS_LATE + 1, count(rows))
    return _postponed(_mark(rows, hit, n, texts(f"{d}_days_late" for d in days.tolist())), days * hit)


def _duplicates(rng: np.random.Generator, rows: Rows, name: str, n: int, injected: Injection) -> Rows:
    # Rows that another fault touched are not repeated, so that truth.json can count each fault by itself.
    hit = _hit(rng, rows, injected) & (rows["injected"] == "")
    next_day = rng.random(count(rows)) < 0.5
    again = _mark(rows, hit, n, np.where(next_day, "in_the_next_file", "in_the_same_file"))
    return join([rows, take(_postponed(again, next_day.astype(int)), hit)])


def _hit(rng: np.random.Generator, rows: Rows, injected: Injection) -> np.ndarray:
    return rng.random(count(rows)) < injected.size


def _mark(rows: Rows, hit: np.ndarray, n: int, what: np.ndarray) -> Rows:
    marks = np.where(hit, texts(f"{n}:{text};" for text in what.tolist()), "")
    return {**rows, "injected": rows["injected"] + marks}


def _postponed(rows: Rows, days: np.ndarray) -> Rows:
    moved = zip(rows["file_day"].tolist(), days.tolist(), strict=True)
    return {**rows, "file_day": texts(str(date.fromisoformat(day) + timedelta(days=by)) if by else day for day, by in moved)}


FAULTS: dict[str, Callable[[np.random.Generator, Rows, str, int, Injection], Rows]] = {
    "tracking_outage": _outage,
    "bad_rows": _bad_rows,
    "late_events": _late,
    "duplicates": _duplicates,
}
