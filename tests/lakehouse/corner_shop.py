"""A corner shop written by hand: three columns of files a test can break at will, through the real silver and KPI tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from assets.open_lake import open_lake
from expectations.audit import audit
from lakehouse.days import DayRange
from lakehouse.publishing.publication import Publication
from lakehouse.publishing.publish import publish
from lakehouse.settings import Settings
from lakehouse.shop.source import load_shop
from lakehouse.tables.run import RunInfo

LAST_DAY = date(2011, 4, 5)
HEADER = "line,customer,product,quantity,price,sold_at"
# `sold_at` is read as the shop's files or its database write it.
TABLES = """\
tables:
  orders:
    accounts_for: lines
    select: |
      SELECT line AS order_id, customer AS customer_id, product AS product_id, product AS product_group,
        try_cast(quantity AS int) AS quantity, try_cast(price AS decimal(18,4)) AS unit_price, true AS is_goods,
        cast(null AS boolean) AS is_return,
        {event_at} AS event_at, lineage
      FROM lines
"""
SOURCE = """\
shop: corner
time_zone: Europe/London
first_day: 2011-03-25
last_day: {last_day}
lateness_days: {lateness}
consent_basis: a test
inputs:
  lines:
    files: "lines/{{day}}.csv"
    columns:
      - {{name: line, description: The line.}}
      - {{name: customer, description: Who., classification: pii}}
      - {{name: product, description: What.}}
      - {{name: quantity, description: How many.}}
      - {{name: price, description: For how much.}}
      - {{name: sold_at, description: When.}}
    duplicates: {{key: [line]}}
""" + TABLES.format(event_at="to_utc_timestamp(try_to_timestamp(sold_at, 'yyyy-MM-dd HH:mm:ss'), :time_zone)")


def lay_out(folder: Path, lateness: int = 0, last_day: date = LAST_DAY) -> Path:
    """An empty landing folder and the source file, whose path it returns."""
    (folder / "landing" / "lines").mkdir(parents=True)
    (folder / "source.yaml").write_text(SOURCE.format(lateness=lateness, last_day=last_day))
    return folder / "source.yaml"


def deliver(folder: Path, day: str, lines: Iterable[str], header: str = HEADER) -> Path:
    """Write the file of a day into the landing folder below."""
    path = folder / "landing" / "lines" / f"{day}.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def give_key(home: Path) -> Path:
    """The key of pseudonyms that every home has that is to be compared with another; returns the home."""
    (home / "secrets").mkdir(parents=True)
    (home / "secrets" / "customer_key").write_bytes(bytes(32))
    return home


class CornerShop:
    """One shop in a folder of its own; `publish` runs one table as the line would."""

    def __init__(self, settings: Settings, spark: object, folder: Path, lateness: int = 0, last_day: date = LAST_DAY) -> None:
        self._open(settings, spark, lay_out(folder, lateness, last_day))

    def _open(self, settings: Settings, spark: object, source: Path, **more: object) -> None:
        self.folder = source.parent
        own = settings.model_copy(update={"home": self.folder / "home", "lake": str(self.folder / "lake"), **more})
        self.lake = open_lake(own, load_shop(source), lambda _: spark)

    def reload(self, source: str) -> None:
        """Another source.yaml for the same shop and lake."""
        path = self.folder / "source.yaml"
        path.write_text(source)
        self.lake = open_lake(self.lake.settings, load_shop(path), self.lake.connect)

    def configure(self, **more: object) -> None:
        """Other settings for the same shop and lake."""
        self.lake.settings = self.lake.settings.model_copy(update=more)

    def deliver(self, day: str, lines: Iterable[str], header: str = HEADER) -> Path:
        """Write the file of a day."""
        return deliver(self.folder, day, lines, header)

    def publish(self, table: str, days: str, **how: bool) -> Publication:
        """Publish one table for days written A or A..B; `how` as `RunInfo` names it."""
        return publish(self.lake, table, DayRange.parse(days), audit, RunInfo("a test run", "a test", "test", **how))

    def build(self, days: str, *tables: str) -> None:
        """Land and clean those days, then the tables asked for."""
        for table in ("bronze.lines", "silver.orders", *tables):
            self.publish(table, days)

    def rows(self, table: str, columns: list[str] | None = None) -> list[dict]:
        """A table's rows, in no order."""
        return self.lake.arrow(table, columns=columns).to_pylist()


def line(number: int, day: str, quantity: object = 1, price: object = "2.50", customer: str = "anna", product: str = "fern") -> str:
    """One delivered line of a day, sold at noon."""
    return f"{number},{customer},{product},{quantity},{price},{day} 12:00:00"
