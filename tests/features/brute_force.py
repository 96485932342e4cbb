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
    quantity: float
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


@dataclass(frozen=True)
class Listing:
    """A version of a product, valid from a day until the next one's."""

    product_id: str
    valid_from: date
    pence: int | None
    stock_units: int | None = None
    light_need: str | None = None
    is_pet_safe: bool | None = None
    is_recommendable: bool = True


@dataclass(frozen=True)
class Person:
    """A version of a customer, valid from a day until the next one's."""

    customer_key: str
    valid_from: date
    region: str | None


SEASON_OF_MONTH = ["winter"] * 2 + ["spring"] * 3 + ["summer"] * 3 + ["autumn"] * 3 + ["winter"]
Rows = dict[tuple[Any, ...], dict[str, Any]]


def customer_rows(lines: list[Line], showings: list[Showing], day: date, listings: list[Listing], people: list[Person]) -> Rows:
    found = {}
    recent, shown = _recent_goods(lines, day), _within(showings, day, 90)
    for key in {row.customer_key for row in (*recent, *shown)} - {None}:
        mine, seen = _of(recent, customer_key=key), _of(shown, customer_key=key)
        row = _counts(mine, seen, day, "spend", (7, 30, 90))
        row |= {f"orders_{n}d": len({(line.order_id, line.day) for line in _bought(mine, day, n)}) for n in (7, 30, 90)}
        row["distinct_products_90d"] = len({line.product_id for line in _bought(mine, day, 90)})
        row["days_since_last_order"] = _since(mine, day)
        row |= _basket(_bought(mine, day, 90), row, listings) | _who(_of(people, customer_key=key), day)
        found[(day, key)] = row
    return found


def product_rows(lines: list[Line], showings: list[Showing], day: date, listings: list[Listing]) -> Rows:
    found = {}
    recent, shown = _recent_goods(lines, day), _within(showings, day, 90)
    for product in {row.product_id for row in (*recent, *shown)}:
        mine, seen = _of(recent, product_id=product), _of(shown, product_id=product)
        if not _bought(mine, day, 90) and not seen:
            continue
        row = _counts(mine, seen, day, "revenue", (7, 30, 90))
        row |= {f"buyers_{n}d": len({line.customer_key for line in _bought(mine, day, n)} - {None}) for n in (7, 30, 90)}
        row["days_since_last_sale"] = _since(mine, day)
        row["mean_price_30d"] = row["revenue_30d"] / row["units_30d"] if row["units_30d"] else None
        row["product_group"] = _group([*mine, *seen])
        row["units_trend_7d_over_30d"] = row["units_7d"] / row["units_30d"] * 30 / 7 if row["units_30d"] else None
        row |= _listed(_of(listings, product_id=product), day)
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
        row |= {f"orders_{n}d": len({(line.order_id, line.day) for line in _bought(mine, day, n)}) for n in (7, 30, 90)}
        found[(day, *pair)] = row | {"days_since_last_order": _since(mine, day), "product_group": _group(mine)}
    return found


def attribute_rows(lines: list[Line], day: date, listings: list[Listing]) -> Rows:
    units: dict[tuple[Any, ...], float] = {}
    for line in _bought(_recent_goods(lines, day), day, 90):
        listing = _valid(_of(listings, product_id=line.product_id), line.day)
        said = {"product_group": line.product_group}
        for attribute in ("product_group", "light_need", "is_pet_safe"):
            value = said.get(attribute, listing and getattr(listing, attribute, None))
            if line.customer_key and value is not None:
                key = (day, line.customer_key, attribute, str(value).lower() if value is True or value is False else value)
                units[key] = units.get(key, 0) + line.quantity
    sums = {key[:3]: sum(count for other, count in units.items() if other[:3] == key[:3]) for key in units}
    return {key: {"units_90d": count, "affinity_90d_share": count / sums[key[:3]]} for key, count in units.items()}


def _basket(bought: list[Line], row: dict[str, Any], listings: list[Listing]) -> dict[str, Any]:
    orders, spent, off = row["orders_90d"], sum(line.quantity * line.pence for line in bought), 0
    for line in bought:
        listing = _valid(_of(listings, product_id=line.product_id), line.day)
        if listing and listing.pence is not None:
            off += max(0, (listing.pence - line.pence) * line.quantity)
    units = {
        group: sum(line.quantity for line in bought if line.product_group == group) for group in {line.product_group for line in bought}
    }
    return {
        "top_group_90d_share": max((n for group, n in units.items() if group), default=0) / row["units_90d"]
        if set(units) - {None}
        else None,
        "distinct_groups_90d": len({line.product_group for line in bought} - {None}),
        "mean_basket_90d_units": row["units_90d"] / orders if orders else None,
        "mean_basket_90d_spend": row["spend_90d"] / orders if orders else None,
        "discount_90d_share": _pounds(off) / _pounds(off + spent) if off + spent else None,
    }


def _who(versions: list[Person], day: date) -> dict[str, Any]:
    now = _valid(versions, day)
    since = (day - min(each.valid_from for each in versions)).days if now else None
    return {"tenure_days": since, "region": now.region if now else None, "season": SEASON_OF_MONTH[day.month - 1]}


def _listed(versions: list[Listing], day: date) -> dict[str, Any]:
    now, before = _valid(versions, day), _valid(versions, day - timedelta(days=30))
    price, old = (each.pence if each else None for each in (now, before))
    in_turn = sorted((each for each in versions if each.valid_from <= day), key=lambda each: each.valid_from)
    rises = [b for a, b in zip([None, *in_turn], in_turn, strict=False) if (b.stock_units or 0) > ((a.stock_units or 0) if a else 0)]
    age = (day - rises[-1].valid_from).days if rises else None
    return {
        "list_price": None if price is None else _pounds(price),
        "list_price_change_30d_share": None if price is None or not old else _pounds(price - old) / _pounds(old),
        "is_recommendable": now.is_recommendable if now else True,
        "stock_age_days": age if age is not None and age < 90 else None,
    }


def _valid(versions: list[Any], day: date) -> Any:
    return max((each for each in versions if each.valid_from <= day), key=lambda each: each.valid_from, default=None)


def _pounds(pence: float) -> float:
    return float(Decimal(pence) / 100)


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
        row[f"{money}_{n}d"] = float(Decimal(sum(line.quantity * line.pence for line in bought)) / 100)
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
