"""The versions that live models were trained from are pinned: of what serves, what it would go back to, and the last two winners and baselines."""

import json
from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

from models import alias_log
from models.alias_log import Change
from models.pins import pins
from tests.models.small_lake import SmallLake


def row(name, version, is_champion=False, **versions):
    kind = "popularity" if name == "purchase_baseline" else "gradient_boosting"
    return {"model_name": name, "version": version, "is_champion": is_champion, "kind": kind, "input_versions_json": json.dumps(versions)}


class Lake:
    """Rows of the one table that is asked for, in a home without backtests."""

    def __init__(self, rows):
        self.rows, self.settings = rows, self
        self.home = Path("nowhere")

    def exists(self, table):
        return table == "models.model_versions" and bool(self.rows)

    def arrow(self, table):
        return self

    def to_pylist(self):
        return self.rows


def test_the_last_two_that_could_serve_pin_what_they_learnt_from():
    rows = [
        row("purchase", 1, True, orders=3),
        row("purchase", 2, True, orders=5, customers=1),
        row("purchase", 3, False, orders=7),
        row("purchase", 4, True, orders=9, customers=1),
        row("purchase_baseline", 1, False, orders=2),
    ]
    assert pins(Lake(rows)) == {"orders": {5: "purchase 2", 9: "purchase 4", 2: "purchase_baseline 1"}, "customers": {1: "purchase 4"}}


def test_what_the_ledger_names_is_pinned_however_old_and_what_it_would_go_back_to(tmp_path):
    """Versions 3 and 4 passed and wait for approval; 2 serves, and 1 did before."""
    lake = SmallLake(tmp_path)
    lake.rows = [row("purchase", n, True, orders=n) for n in (1, 2, 3, 4)] + [row("purchase_baseline", n, orders=10 * n) for n in (1, 2, 3)]
    alias_log.say(lake, [Change("champion", n, "a test") for n in (1, 2)] + [Change("baseline", 1, "a test")], "a test")
    assert pins(lake) == {"orders": {n: f"purchase {n}" for n in (1, 2, 3, 4)} | {10 * n: f"purchase_baseline {n}" for n in (1, 2, 3)}}
    alias_log.say(lake, [Change("champion", None, "it was bad")], "a test")
    assert set(pins(lake)["orders"]) == {3, 4, 10, 20, 30}


def test_without_models_nothing_is_pinned():
    assert pins(Lake([])) == {}


def test_a_backtest_whose_folder_stands_pins_what_it_read_but_for_its_own_training_set(tmp_path):
    lake = Lake([row("purchase", 1, True, orders=3)])
    lake.home = tmp_path
    made = [{"input_versions_json": json.dumps({"silver.orders": 7, "training.purchase_examples": 1, "orders": 3})}]
    write_deltalake(str(tmp_path / "backtests" / "2011-06-01-ab" / "models" / "model_versions"), pa.Table.from_pylist(made))
    (tmp_path / "backtests" / "2011-06-02-cut off").mkdir()
    assert pins(lake) == {"orders": {3: "purchase 1"}, "silver.orders": {7: "backtest 2011-06-01-ab"}}
