"""The columns of the landing files, and events as text rows of them. What goes wrong with a row belongs in `faults`."""

from __future__ import annotations

from datetime import date

import numpy as np

from examples.plantly.blocks import Day
from examples.plantly.catalogue import Catalogue
from examples.plantly.people import customer_ids
from examples.plantly.rows import Rows, count, texts

COLUMNS: dict[str, tuple[str, ...]] = {
    "customers": (
        "customer_id", "name", "email", "region", "climate_zone", "age_band",
        "has_pets", "has_children", "consents_to_training", "updated_at",
    ),
    "products": (
        "product_id", "name", "product_group", "light_need", "is_pet_safe", "hardiness_zone_min", "hardiness_zone_max",
        "price", "stock_units", "invasive_regions", "updated_at",
    ),
    "impressions": (
        "impression_id", "customer_id", "product_id", "product_group", "position", "channel", "shown_at", "is_clicked",
    ),
    "orders": (
        "order_id", "line_id", "customer_id", "product_id", "product_group", "quantity", "unit_price", "ordered_at", "kind",
    ),
}  # fmt: skip
ID = {"customers": "customer_id", "products": "product_id", "impressions": "impression_id", "orders": "line_id"}
AT = {"customers": "updated_at", "products": "updated_at", "impressions": "shown_at", "orders": "ordered_at"}


def text_rows(name: str, rows: Rows, file_day: date) -> Rows:
    """The rows of one input as text, with what later steps need besides.

    Added: file_day (ISO text), sort_key (rows of a file stand in its order), injected ('' or `n:what;m:what;`).
    """
    as_text = {column: _text(rows[column]) for column in COLUMNS[name]}
    as_text["sort_key"] = as_text[AT[name]] + " " + as_text[ID[name]]
    return {**as_text, "file_day": texts([str(file_day)] * count(rows)), "injected": texts([""] * count(rows))}


def events(today: Day, catalogue: Catalogue) -> dict[str, Rows]:
    """Impressions and orders of one block and day as text rows."""
    shown, ordered = today.impressions, today.orders
    shown = {**shown, **_product(shown, catalogue), "customer_id": customer_ids(shown["number"])}
    shown["shown_at"] = _wall_time(today.day, shown["second"])
    ordered = {**ordered, **_product(ordered, catalogue), "ordered_at": _wall_time(today.day, ordered["second"])}
    return {"impressions": text_rows("impressions", shown, today.day), "orders": text_rows("orders", ordered, today.day)}


def as_csv(name: str, rows: Rows) -> list[str]:
    """One CSV line a row, without line ends. No value holds a comma or a quote mark, which a test sees to."""
    return list(map(",".join, zip(*(rows[column].tolist() for column in COLUMNS[name]), strict=True)))


def header(name: str) -> str:
    """The first line of each file of an input."""
    return ",".join(COLUMNS[name])


def _product(rows: Rows, catalogue: Catalogue) -> Rows:
    return {column: catalogue.described[column][rows["product"]] for column in ("product_id", "product_group")}


def _wall_time(day: date, second: np.ndarray) -> np.ndarray:
    moments = np.datetime64(day, "s") + second.astype("timedelta64[s]")
    return texts(text.replace("T", " ") for text in np.datetime_as_string(moments).tolist())


def _text(values: np.ndarray) -> np.ndarray:
    if values.dtype == bool:
        return np.where(values, "true", "false").astype(object)
    if values.dtype == float:
        return texts(f"{value:.2f}" for value in values.tolist())
    return values if values.dtype == object else texts(map(str, values.tolist()))
