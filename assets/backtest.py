"""A backtest: trains and scores as if on a past day, from what was known then, and leaves the live tables alone.

Its training set, models, predictions and ledgers stand in a folder of their own, with a model store of their own; features and silver
are the live ones, read at fixed versions and only as far as they were known by the end of that day. Consent alone is read as it stands
now: who has withdrawn it since is not learnt from again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakehouse.code_version import code_version
from lakehouse.days import DayRange
from lakehouse.errors import LakeError
from lakehouse.publishing.built_days import BuiltDays
from lakehouse.publishing.publication import Publication
from lakehouse.publishing.publish import publish
from lakehouse.tables.lake import Lake
from lakehouse.tables.run import RunInfo
from models.held_out import bought, products_by_customer
from models.pins import BACKTESTS

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from lakehouse.tables.audit_report import Auditor

# The ledger of landed files is the live one; what a publish writes down of itself is the backtest's own.
OWN_LAYERS = ("training", "models", "predictions", "monitoring")
LIVE_LEDGERS = ("monitoring.landed_files", "monitoring.settled_files")
# A row was known by the end of such a day, or belongs to it.
DATED_BY = ("known_day", "file_day", "day")
STEPS = ("training.purchase_examples", "models.model_versions", "predictions.recommendations")


@dataclass
class LakeAsOf(Lake):
    """A lake as it was known at the end of a day; what is made in it stands in `folder`."""

    folder: Path = Path()
    as_of: date = date.max
    newest_live: date | None = None

    @property
    def retention_counts_from(self) -> date | None:
        """The live lake's newest day: what retention has passed by now was there then, and is gone all the same."""
        return self.newest_live

    def path(self, table: str) -> str:
        layer, _, name = table.partition(".")
        is_own = layer in OWN_LAYERS and table not in LIVE_LEDGERS
        return str(self.folder / layer / name) if is_own else super().path(table)

    def read_here(self, table: str, version: int | None = None, days: DayRange | Sequence[date] | None = None) -> pa.Table | None:
        import pyarrow.compute as pc

        here = super().read_here(table, version, days)
        if here is None:
            return None
        for column in self._dated_by(table):
            here = here.filter(pc.field(column) <= self.as_of)
        return here

    def scan(self, table: str, version: int | None = None, days: DayRange | Sequence[date] | None = None) -> DataFrame:
        df = super().scan(table, version, days)
        for column in self._dated_by(table):
            df = df.where(f"{column} <= date'{self.as_of}'")
        return df

    def arrow(self, table: str, version: int | None = None, columns: list[str] | None = None, filter: Any = None) -> pa.Table:
        import pyarrow.dataset as ds

        for column in self._dated_by(table):
            known = ds.field(column) <= self.as_of
            filter = known if filter is None else filter & known
        return super().arrow(table, version, columns, filter)

    def partition_days(self, table: str, version: int | None = None) -> set[date]:
        return {day for day in super().partition_days(table, version) if day <= self.as_of}

    def _dated_by(self, table: str) -> list[str]:
        return [column for column in DATED_BY if column in self.contract(table).column_names]


@dataclass(frozen=True)
class Backtest:
    """What a backtest left: its folder, the rows of its models, and how its recommendations did, where the week after is known.

    `recall_at_10`: of what the customers recommended to bought in the seven days after, the share that was among their ten.
    """

    folder: Path
    models: tuple[dict[str, Any], ...]
    recommended_customers: int
    recall_at_10: float | None


def lake_as_of(live: Lake, as_of: date) -> LakeAsOf:
    """The live lake as it was known at the end of that day. Raises LakeError where no features were made of it."""
    if as_of not in live.partition_days("features.customer_daily"):
        raise LakeError(f"features.customer_daily holds no rows of {as_of}; choose a day that was built")
    folder = live.settings.home / BACKTESTS / f"{as_of}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    own_settings = {"mlflow_tracking_uri": f"sqlite:///{folder / 'mlflow.db'}", "promotion": "automatic"}
    settings = live.settings.model_copy(update=own_settings)
    own = {field.name: getattr(live, field.name) for field in fields(Lake)}
    return LakeAsOf(**{**own, "settings": settings}, folder=folder, as_of=as_of, newest_live=BuiltDays(live).newest_landed)


def steps(lake: LakeAsOf, auditor: Auditor) -> Iterator[Publication]:
    """Make the training set, train and judge, and score the day: the live functions, audited as ever, in the backtest's folder."""
    info = RunInfo(f"backtest {lake.folder.name}", "a backtest", code_version())
    first = lake.shop.first_day
    for table in STEPS:
        days = DayRange(first, lake.as_of) if table.startswith("training") else DayRange(lake.as_of, lake.as_of)
        yield publish(lake, table, days, auditor, info)


def result(live: Lake, lake: LakeAsOf) -> Backtest:
    """What the backtest found."""
    recommended = products_by_customer(lake.arrow(STEPS[-1], columns=["customer_key", "product_id"]))
    models = tuple(lake.arrow(STEPS[1]).to_pylist())
    return Backtest(lake.folder, models, len(recommended), _recall(recommended, bought(live, lake.as_of + timedelta(days=1))))


def _recall(recommended: dict[str, set[str]], truth: dict[str, set[str]]) -> float | None:
    shares = [len(truth[customer] & ten) / len(truth[customer]) for customer, ten in recommended.items() if customer in truth]
    return sum(shares) / len(shares) if shares else None
