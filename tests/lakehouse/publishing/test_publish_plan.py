"""What a publish decides before the engine is asked: what its commit says, which rows it replaces, how many may be set aside."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest

from lakehouse.contracts.model import WriteMode
from lakehouse.days import DayRange
from lakehouse.publishing.commit_audited import record_of
from lakehouse.publishing.publication import QuarantineAt
from lakehouse.publishing.quarantine import quarantine_contract, share_rule
from lakehouse.publishing.rows_to_write import SHUFFLED_FROM_DAYS, is_shuffled
from lakehouse.publishing.write_modes import MODES, mode_of
from lakehouse.shop.landed_file import LandedFile
from lakehouse.shop.location import Location
from lakehouse.tables.run import Landing, Run, RunInfo, Served
from tests.lakehouse.corner_shop import CornerShop

D25, D27 = date(2011, 3, 25), date(2011, 3, 27)


@pytest.fixture
def lake(settings, tmp_path):
    return CornerShop(settings, None, tmp_path).lake


def run_of(lake, table, **more):
    info = RunInfo("a run", "ann", "abc123", only_columns=more.pop("only", ()))
    return Run(lake, lake.tables[table], DayRange(D25, D27), info, "a publish", **more)


def test_a_commit_says_who_asked_which_code_and_contract_and_what_it_was_made_of(lake):
    run = run_of(lake, "silver.orders", written=(D25, D27), built=frozenset({date(2011, 3, 24)}), unfinished=frozenset({D25}))
    run.input_versions["bronze.lines"] = 7
    run.notes.append("not for the log")
    assert json.loads(record_of(run, QuarantineAt(0, 0)).as_json()) == {
        "publish_id": "a publish", "run_id": "a run", "asked_by": "ann", "code_version": "abc123",
        "contract_version": lake.contract("silver.orders").version, "days": ["2011-03-25", "2011-03-27"],
        "inputs": {"bronze.lines": 7}, "built": ["2011-03-24", "2011-03-27"], "quarantine_version": 0, "quarantined": 0,
    }  # fmt: skip
    landed = Landing([], [{"file_name": "a"}], [], datetime(2011, 4, 1, tzinfo=UTC))
    said = record_of(run_of(lake, "bronze.lines", landing=landed))
    assert (said.landed, said.built) == (({"file_name": "a"},), None), "what is landed stands in the ledger of files"
    assert record_of(run_of(lake, "kpis.daily_sales", only=("orders",))).only_columns == ("orders",)
    assert record_of(run_of(lake, "kpis.daily_sales", serving=Served("purchase", 3))).model_version == 3


def test_each_write_mode_of_a_contract_but_the_ledgers_is_known():
    assert {*MODES, "ledger"} == set(get_args(WriteMode))


def replaced(run):
    contract = run.lake.contract(run.table.name)
    return mode_of(contract).replaced(run, contract)


def test_days_replace_days_what_is_made_anew_replaces_all_and_a_landing_its_own_files_alone(lake, monkeypatch):
    days = "day in (date'2011-03-25', date'2011-03-27')"
    assert replaced(run_of(lake, "kpis.daily_sales", written=(D25, D27))) == days
    landed = Landing([LandedFile("a.csv", Location("a.csv"), D25, sha256="abc")], [], [], datetime(2011, 4, 1, tzinfo=UTC))
    landing = run_of(lake, "bronze.lines", written=(D25, D27), landing=landed)
    assert replaced(landing) == f"file_{days} and file_sha256 in ('abc')"
    assert replaced(run_of(lake, "silver.customers")) == "true"
    for table, is_rebuild, merged in (
        ("silver.customers", False, True),
        ("silver.customers", True, False),
        ("silver.orders", False, False),
    ):
        done = []
        monkeypatch.setattr("lakehouse.publishing.commit.replace", lambda *_, done=done: done.append("replaced"))
        monkeypatch.setattr("lakehouse.publishing.commit.merge_rows", lambda *_, done=done: done.append("merged"))
        contract = lake.contract(table)
        mode_of(contract).commit(run_of(lake, table, is_rebuild=is_rebuild), None, contract, None, None)
        assert done == ["merged" if merged else "replaced"]


@pytest.mark.parametrize(
    ("table", "days", "shuffled"), [("kpis.daily_sales", 7, False), ("kpis.daily_sales", 8, True), ("silver.customers", 8, False)]
)
def test_many_days_written_together_are_laid_out_by_day_and_a_night_is_not(lake, table, days, shuffled):
    assert SHUFFLED_FROM_DAYS == 8
    written = tuple(D25 + timedelta(days=n) for n in range(days))
    assert is_shuffled(run_of(lake, table, written=written), lake.contract(table)) is shuffled


@pytest.mark.parametrize(
    ("share", "percent", "allowed"), [(None, "5", 0.05), (0.0, "0", 0.0), (0.005, "0_point_5", 0.005), (1.0, "100", 1.0)]
)
def test_the_share_that_may_be_set_aside_is_said_by_its_rule(lake, share, percent, allowed):
    rule = share_rule(replace(lake.contract("silver.orders"), quarantine_share=share))
    assert (rule.name, rule.allowed_share, rule.severity) == (f"at_most_{percent}_percent_of_rows_are_quarantined", allowed, "error")


@pytest.mark.parametrize(("classification", "shown"), [("pii", "pii"), ("sensitive", "pii"), ("internal", "internal")])
def test_what_is_set_aside_is_as_personal_as_the_table_it_was_meant_for(lake, classification, shown):
    silver = lake.contract("silver.customer_identity")
    columns = tuple(replace(column, classification=classification if column.is_personal else "internal") for column in silver.columns)
    beside = quarantine_contract(replace(silver, columns=columns))
    assert beside.column("row_json").classification == shown
    assert (beside.table, beside.layer, beside.partition, beside.write) == (
        "quarantine.customer_identity",
        "quarantine",
        "day",
        "replace_days",
    )
    assert (beside.primary_key, beside.subject_key) == (("source_file", "source_sha256", "source_row"), None)
