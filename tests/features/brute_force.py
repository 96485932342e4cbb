"""The features once more, from their contracts' words alone: plain Python over plain rows, one day at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Line:
    """An order line."""

    day: date
    known_day: date
    order_id: str
    customer_key: str | None
    product_id: str
    quantity: int
    pence: int
    is_goods: bool
    hour: int
    product_group: str | None = None

    @property
    def is_return(self) -> bool:
        return self.quantity < 0


@dataclass(frozen=True)
class Showing:
    """An impression."""

    day: date
    known_day: date
    customer_key: str | None
    product_id: str
    is_clicked: bool
    hour: int
    product_group: str | None = None


Rows = dict[tuple[Any, ...], dict[str, Any]]


def customer_rows(lines: list[Line], showings: list[Showing], day: date) -> Rows:
    found = {}
    recent, shown = _recent_goods(lines, day), _within(showings, day, 90)
    for key in {row.customer_key for row in (*recent, *shown)} - {None}:
        mine, seen = _of(recent, customer_key=key), _of(shown, customer_key=key)
        row = _counts(mine, seen, day, "spend", (7, 30, 90))
        row |= {f"orders_{n}d": len({line.order_id for line in _bought(mine, day, n)}) for n in (7, 30, 90)}
        row["distinct_products_90d"] = len({line.product_id for line in _bought(mine, day, 90)})
        row["days_since_last_order"] = _since(mine, day)
        found[(day, key)] = row
    return found


def product_rows(lines: list[Line], showings: list[Showing], day: date) -> Rows:
    found = {}
    recent, shown = _recent_goods(lines, day), _within(showings, day, 90)
    for product in {row.product_id for row in (*recent, *shown)}:
        mine, seen = _of(recent, product_id=product), _of(shown, product_id=product)
        if not _bought(mine, day, 90) and not seen:
            continue
        row = _counts(mine, seen, day, "revenue", (7, 30, 90))
        row |= {f"buyers_{n}d": len({line.customer_key for line in _bought(mine, day, n)} - {None}) for n in (7, 30, 90)}
        row["days_since_last_sale"] = _since(mine, day)
        row["mean_price_30d_gbp"] = row["revenue_30d_gbp"] / row["units_30d"] if row["units_30d"] else None
        row["product_group"] = _group([*mine, *seen])
        month = _within(seen, day, 30)
        row["conversion_30d"] = sum(_converts(showing, mine) for showing in month) / len(month) if month else None
        found[(day, product)] = row
    sold = [row["units_30d"] for row in found.values()]
    for row in found.values():
        row["popularity_rank_30d"] = 1 + sum(units > row["units_30d"] for units in sold) if row["units_30d"] else None
    return found


def pair_rows(lines: list[Line], day: date) -> Rows:
    found = {}
    recent = _recent_goods(lines, day)
    for pair in {(line.customer_key, line.product_id) for line in recent if line.customer_key}:
        mine = _of(recent, customer_key=pair[0], product_id=pair[1])
        if not _bought(mine, day, 90):
            continue
        row = _counts(mine, [], day, "spend", (90,))
        row = {name: value for name, value in row.items() if not name.startswith(("impressions", "clicks"))}
        row |= {f"orders_{n}d": len({line.order_id for line in _bought(mine, day, n)}) for n in (7, 30, 90)}
        found[(day, *pair)] = row | {"days_since_last_order": _since(mine, day), "product_group": _group(mine)}
    return found


def _within(rows: list[Any], day: date, n: int) -> list[Any]:
    return [row for row in rows if row.known_day <= day and day - timedelta(days=n) < row.day <= day]


def _recent_goods(lines: list[Line], day: date) -> list[Line]:
    return [line for line in _within(lines, day, 90) if line.is_goods]


def _of(rows: list[Any], **keys: str) -> list[Any]:
    return [row for row in rows if all(getattr(row, name) == value for name, value in keys.items())]


def _bought(lines: list[Line], day: date, n: int) -> list[Line]:
    return [line for line in _within(lines, day, n) if not line.is_return]


def _counts(lines: list[Line], seen: list[Showing], day: date, money: str, windows: tuple[int, ...]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for n in windows:
        bought, shown = _bought(lines, day, n), _within(seen, day, n)
        row[f"units_{n}d"] = sum(line.quantity for line in bought)
        row[f"{money}_{n}d_gbp"] = float(Decimal(sum(line.quantity * line.pence for line in bought)) / 100)
        row[f"impressions_{n}d"], row[f"clicks_{n}d"] = len(shown), sum(showing.is_clicked for showing in shown)
        row[f"returned_units_{n}d"] = -sum(line.quantity for line in _within(lines, day, n) if line.is_return)
    return row


def _since(lines: list[Line], day: date) -> int | None:
    return min(((day - line.day).days for line in _bought(lines, day, 90)), default=None)


def _group(rows: list[Any]) -> str | None:
    named = [(row.day, row.product_group) for row in rows if row.product_group is not None]
    return max(named)[1] if named else None


def _converts(showing: Showing, lines: list[Line]) -> bool:
    return showing.customer_key is not None and any(
        not line.is_return and line.customer_key == showing.customer_key and line.day == showing.day and line.hour >= showing.hour
        for line in lines
    )
