"""A simulated shop for benchmarks: files, lake and publishing on the home's engine, in a folder of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assets.open_lake import open_lake
from examples.plantly.landing import simulate
from examples.plantly.scenario import Scenario
from expectations.audit import audit
from lakehouse.days import DayRange
from lakehouse.publishing.publication import Publication
from lakehouse.publishing.publish import publish
from lakehouse.settings import REPOSITORY, load_settings
from lakehouse.shop.source import load_shop
from lakehouse.tables.lake import Lake
from lakehouse.tables.registry import in_order
from lakehouse.tables.run import RunInfo

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CUSTOMERS = 1000


def asked(only_columns: tuple[str, ...] = ()) -> RunInfo:
    """A benchmark as the one who asks; of one table's columns, or all."""
    return RunInfo("benchmark", "a benchmark", "benchmark", only_columns=only_columns)


def publish_audited(lake: Lake, table: str, days: DayRange, only_columns: tuple[str, ...] = ()) -> Publication:
    """Publish one table, or some columns of it, audited as in the line."""
    return publish(lake, table, days, audit, asked(only_columns))


@dataclass(frozen=True)
class SimulatedShop:
    """A lake of its own, published without Dagster."""

    lake: Lake

    def publish(self, table: str, days: DayRange) -> Publication:
        """As `publish_audited`."""
        return publish_audited(self.lake, table, days)

    def build_for(self, table: str, days: DayRange) -> None:
        """Publish every table that one stands on, and not the table itself."""
        below = self._below(table)
        for each in in_order(self.lake.tables, self.lake.shop):
            if each.name in below:
                self.publish(each.name, days)

    def _below(self, table: str) -> set[str]:
        upstreams = self.lake.tables[table].upstreams(self.lake.shop)
        return set(upstreams).union(*map(self._below, upstreams))

    def build(self, days: DayRange, layers: tuple[str, ...]) -> None:
        """Publish every table of those layers."""
        for table in in_order(self.lake.tables, self.lake.shop):
            if table.layer in layers:
                self.publish(table.name, days)


def simulated(spark: SparkSession, folder: Path, days: DayRange, customers: int = CUSTOMERS) -> SimulatedShop:
    """Write a shop's files for those days below `folder` and open an empty lake beside them."""
    simulate(folder, Scenario(customers), days.first, days.last)
    source = (REPOSITORY / "examples" / "plantly" / "source.yaml").read_text()
    (folder / "source.yaml").write_text(re.sub(r"^first_day: .*$", f"first_day: {days.first}", source, flags=re.MULTILINE))
    own = load_settings().model_copy(update={"home": folder / "home", "lake": str(folder / "lake")})
    shop = load_shop(folder / "source.yaml")
    return SimulatedShop(open_lake(own, shop, lambda _: spark))
