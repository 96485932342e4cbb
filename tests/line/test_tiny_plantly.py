"""The whole line on a tiny plantly with every fault a shop delivers, through the Dagster jobs, on the test session's engine."""

import json
import os
import shlex
import subprocess
from dataclasses import replace
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from assets.backtest import lake_as_of, result, steps
from assets.open_lake import contracts_only_lake, written_contracts
from cli.__main__ import app
from cli.sql import query_lake
from examples.gallery import returning_customers
from examples.gallery.basket_size import BASKET_SIZE
from examples.gallery.basket_size import NAME as NAME_OF_KPI
from examples.plantly.scenario import Scenario, parse_injection
from expectations.audit import audit
from lakehouse.contracts.model import Rule
from lakehouse.contracts.odcs import load_contract
from lakehouse.days import DayRange
from lakehouse.errors import AuditFailed, RunFailed
from lakehouse.publishing.publish import publish
from lakehouse.settings import REPOSITORY
from lakehouse.tables.run import RunInfo
from models import alias_log
from models.feature_list import Feature, FeatureList
from models.known_before import KNOWN_BEFORE
from models.pins import pins
from models.purchase import BASELINE, FEATURES, NAME
from models.registry import version_of_alias
from orchestration.runs import TableSelection
from tests.conftest import environment_as_it_was
from tests.readme import TRIED_IN_CI

DAYS = DayRange(date(2025, 1, 1), date(2025, 4, 28))
FAULTS = ("duplicates=2025-03-01,days=5", "late_events=2025-03-10,days=5", "bad_rows=2025-03-20,days=2,size=0.01")


@pytest.fixture(scope="module")
def line(plantly, tmp_path_factory):
    """The shop's line after every day was run."""
    with environment_as_it_was():
        line = plantly(tmp_path_factory.mktemp("plantly"), Scenario(120, injections=tuple(map(parse_injection, FAULTS))), DAYS)
        line.run_days(DAYS, asked_by="a test")
    return line


@pytest.fixture
def home(line):
    return line.settings


@pytest.fixture
def truth(line):
    return line.truth


@pytest.fixture
def ask(home):
    lake = contracts_only_lake(home)
    return lambda query: query_lake(lake, query)[1]


def greenhouse(home, *arguments):
    """A command line in that home, in a process of its own."""
    command = [str(REPOSITORY / "greenhouse"), *arguments]
    return subprocess.run(command, env={**os.environ, **home.environment()}, capture_output=True, text=True, check=False)


def test_every_line_of_every_input_is_accounted_for(home, truth):
    said = greenhouse(home, "reconcile")
    assert said.returncode == 0, said.stdout + said.stderr
    assert f"All {sum(truth['lines'].values()):,} landed lines are accounted for." in said.stdout


@pytest.mark.parametrize("command", TRIED_IN_CI)
def test_a_quick_command_of_the_readme_runs(home, monkeypatch, command):
    for name, value in home.environment().items():
        monkeypatch.setenv(name, value)
    said = CliRunner().invoke(app, shlex.split(command))
    assert said.exit_code == 0, said.output
    assert said.output


def test_duplicates_are_counted_and_late_events_stand_on_their_own_day(truth, ask):
    injected = {entry["kind"]: entry for entry in truth["injections"]}
    twice = sum(injected["duplicates"]["counts"]["orders"].values())
    assert ask("SELECT count(*) FROM quarantine.orders WHERE outcome = 'duplicate'") == [(twice,)]
    late = sum(injected["late_events"]["counts"]["orders"].values())
    assert ask("SELECT count(*) FROM silver.orders WHERE known_day > day") == [(late,)]


def test_people_stand_in_one_table_only(ask):
    personal = {name for name, contract in written_contracts().items() if any(c.classification == "pii" for c in contract.columns)}
    assert personal == {"silver.customer_identity"}
    assert ask("SELECT count(*) = count(DISTINCT customer_key) FROM silver.customer_identity") == [(True,)]


def test_nobody_without_consent_is_learnt_from(ask):
    assert ask(
        "SELECT count(*) FROM training.purchase_examples JOIN silver.customers USING (customer_key) WHERE is_current AND NOT consents_to_training"
    ) == [(0,)]
    assert ask("SELECT count(*) > 0 FROM training.purchase_examples") == [(True,)]


def test_the_training_set_knows_nothing_of_the_future(ask):
    ((examples,),) = ask("SELECT count(*) FROM training.purchase_examples")
    found = ask(
        f"SELECT passed, sum(rows) FROM monitoring.check_results WHERE check_name = '{KNOWN_BEFORE.name}' AND published GROUP BY passed"
    )
    assert found == [(True, examples)], "each example was judged, once"


def test_the_day_was_scored_and_watched(ask):
    assert ask("SELECT DISTINCT day FROM predictions.recommendations") == [(DAYS.last,)]
    assert ask("SELECT count(DISTINCT feature) > 10 FROM monitoring.drift") == [(True,)]
    assert ask("SELECT DISTINCT day, compared_rows, differing_rows FROM monitoring.parity") == [(DAYS.last, 50, 0)]
    assert ask("SELECT outcome, count(*) FROM monitoring.runs GROUP BY outcome") == [("success", 3)]


def test_every_published_table_was_checked(home, ask):
    checked = {name for (name,) in ask("SELECT DISTINCT table_name FROM monitoring.check_results WHERE published AND passed")}
    written = {name for name, contract in written_contracts().items() if contract.write != "ledger"}
    assert written <= checked


def test_a_recommendation_is_explained_down_to_the_files(line, home, ask):
    ((prediction, model, version),) = ask(
        "SELECT prediction_id, model_name, model_version FROM predictions.recommendations ORDER BY score DESC, prediction_id LIMIT 1"
    )
    said = greenhouse(home, "explain", prediction)
    assert said.returncode == 0, said.stderr
    for part in (
        f"model {model} version {version}",
        "mlflow_run_id",
        "artifact_sha256",
        "bronze.orders_raw",
        "silver.orders",
        "code_version",
    ):
        assert part in said.stdout
    table = line.lake.tables["features.customer_daily"]
    told = " ".join(said.stdout.split())
    assert f"orders_30d {table.versions(table, line.lake)['orders_30d']}" in told.replace("│ ", "")


def test_a_version_trained_again_comes_out_the_same(home):
    said = greenhouse(home, "reproduce", "1")
    assert said.returncode == 0, said.stderr
    assert "purchase 1 comes out the same" in said.stdout
    assert "purchase_baseline 1 comes out the same" in greenhouse(home, "reproduce", "1", "--name", "purchase_baseline").stdout
    unknown = greenhouse(home, "reproduce", "99")
    assert unknown.returncode == 1
    assert "there is no version 99 of purchase" in unknown.stderr


def test_tables_and_their_care_name_what_the_models_stand_on(home):
    said = greenhouse(home, "tables", "--detail")
    assert "purchase_baseline" in said.stdout, said.stderr
    rehearsed = greenhouse(home, "tend", "--dry-run")
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert "0.0 MB would be freed" in rehearsed.stdout


def aliases(lake):
    """The aliases of the lake's own model store, and the versions they name."""
    named = {"champion": "purchase", "baseline": "purchase_baseline"}
    found = {alias: version_of_alias(lake.settings.mlflow_tracking_uri, name, alias) for alias, name in named.items()}
    return {alias: version for alias, version in found.items() if version is not None}


def test_a_backtest_knows_nothing_later_and_leaves_the_live_tables_alone(line, home, ask):
    as_of = DAYS.last - timedelta(days=3)
    tables = ("models.model_versions", "training.purchase_examples", "predictions.recommendations", "monitoring.check_results")
    before = [line.lake.version(table) for table in tables]
    lake = lake_as_of(line.lake, as_of)
    judged = {}

    def audit_and_look(df, contract, owed):
        judged[contract.table] = aliases(lake)
        return audit(df, contract, owed)

    done = [publication.table for publication in steps(lake, audit_and_look)]
    assert done == ["training.purchase_examples", "models.model_versions", "predictions.recommendations"]
    assert judged["models.model_versions"] == {}, "no alias moves before the rows of a training are published"
    versions = {row["model_name"]: row for row in lake.arrow("models.model_versions").to_pylist()}
    champion = {"champion": versions["purchase"]["version"]} if versions["purchase"]["is_champion"] else {}
    assert aliases(lake) == {**champion, "baseline": versions["purchase_baseline"]["version"]}, "nor one that the gates refuse"
    assert [line.lake.version(table) for table in tables] == before
    examples = lake.arrow("training.purchase_examples", columns=["day"])["day"].to_pylist()
    assert max(examples) <= as_of - timedelta(days=6 + line.lake.shop.lateness_days)
    assert set(lake.arrow("predictions.recommendations", columns=["day"])["day"].to_pylist()) == {as_of}
    assert max(lake.arrow("silver.orders", columns=["known_day"])["known_day"].to_pylist()) == as_of
    found = result(line.lake, lake)
    assert found.recommended_customers > 0
    assert found.recall_at_10 is not None
    assert pins(line.lake)["silver.orders"][line.lake.version("silver.orders")]
    ((live_examples,),) = ask(f"SELECT count(*) FROM training.purchase_examples WHERE day <= DATE '{max(examples)}'")
    assert len(examples) == live_examples, "the examples that were mature then are the live ones"


def test_the_gallerys_training_set_holds_what_came_true_and_what_was_known_the_day_before(line, ask):
    made = returning_customers.training_set(line.lake).select("day", "customer_key", "returned", *returning_customers.COLUMNS).collect()
    wanted = ask(
        "WITH bought AS (SELECT DISTINCT day, customer_key FROM silver.orders WHERE is_goods AND quantity > 0 AND customer_key IS NOT NULL) "
        "SELECT day, customer_key, EXISTS (SELECT 1 FROM bought b WHERE b.customer_key = a.customer_key AND b.day > a.day AND b.day <= a.day + 30), "
        "orders_90d, spend_90d, days_since_last_order, distinct_products_90d FROM bought a LEFT JOIN "
        "(SELECT * REPLACE (CAST(day + 1 AS DATE) AS day) FROM features.customer_daily) f USING (day, customer_key) "
        "WHERE day + 30 <= (SELECT max(day) FROM bought)"
    )
    assert sorted(map(tuple, made), key=str) == sorted(wanted, key=str)
    assert {row.returned for row in made} == {True, False}
    assert any(row.orders_90d is None for row in made), "somebody came for the first time"


def test_the_gallerys_leakage_test_tells_a_join_that_slips_a_day_from_one_that_does_not(line):
    from pyspark.sql import functions as F

    known = line.lake.read("features.customer_daily").select("day", "customer_key", *returning_customers.COLUMNS)
    asked = returning_customers.examples(line.lake)
    day_before = known.withColumn("day", F.date_add("day", 1))
    returning_customers.refuse_leaks(line.lake, asked.join(day_before, ["day", "customer_key"], "left"))
    with pytest.raises(
        ValueError, match="not as they were known at as_of: days_since_last_order, distinct_products_90d, orders_90d, spend_90d"
    ):
        returning_customers.refuse_leaks(line.lake, asked.join(known, ["day", "customer_key"], "left"))


def test_the_gallerys_kpi_is_built_over_its_whole_history_by_one_publish(line, ask):
    contract = load_contract(REPOSITORY / "examples" / "gallery" / "basket_size.yaml")
    lake = replace(
        line.lake, tables={**line.lake.tables, NAME_OF_KPI: BASKET_SIZE}, contracts={**line.lake.contracts, NAME_OF_KPI: contract}
    )
    done = publish(lake, NAME_OF_KPI, DayRange(DAYS.last, DAYS.last), audit, RunInfo("a run", "a test", "test", catches_up=True))
    assert all(check.passed for check in done.checks)
    rows = sorted((row["day"], row["orders"], row["lines_per_order"]) for row in lake.arrow(NAME_OF_KPI).to_pylist())
    wanted = "SELECT day, count(DISTINCT order_id), count(*) / count(DISTINCT order_id) FROM silver.orders WHERE is_goods AND quantity > 0 GROUP BY day ORDER BY day"
    assert rows == ask(wanted)


@pytest.mark.parametrize("name", ["customer_daily", "product_daily", "customer_product_daily"])
def test_a_commit_of_features_records_their_versions(line, name):
    lake, table = line.lake, line.lake.tables[f"features.{name}"]
    newest = next(commit.record for commit in lake.commits(table.name) if commit.record)
    assert newest.column_versions == table.versions(table, lake)


def test_no_healthy_day_is_warned_of(ask):
    assert ask("SELECT table_name, check_name FROM monitoring.check_results WHERE NOT passed AND check_name LIKE '%as_expected'") == []


def test_a_feature_that_bronze_does_not_give_is_refused_and_named(line):
    lake, day, table = line.lake, DAYS.last, "features.customer_daily"
    before = lake.version(table)
    lake.spark.sql(f"UPDATE delta.`{lake.path(table)}` SET orders_30d = orders_30d + 1000 WHERE day = date'{day}'").collect()
    try:
        with pytest.raises(AuditFailed, match=f"recomputed_features_are_the_same failed on {day}") as refused:
            publish(lake, "monitoring.parity", DayRange(day, day), audit, RunInfo("a test run", "a test", "test"))
    finally:
        lake.spark.sql(f"RESTORE delta.`{lake.path(table)}` TO VERSION AS OF {before}").collect()
    (check,) = refused.value.report.failed_errors
    assert "customer_orders_30d" in check.examples[0]


def test_one_feature_is_backfilled_beside_the_others(line, ask):
    table = "features.customer_daily"
    before = line.lake.arrow(table).sort_by([("day", "ascending"), ("customer_key", "ascending")])
    line.job("build_history", DAYS, "Compute one feature again", "a test", TableSelection(table, ("orders_7d",)))
    assert line.lake.arrow(table).sort_by([("day", "ascending"), ("customer_key", "ascending")]) == before
    newest = next(line.lake.publishes(table)).record
    assert tuple(newest.column_versions) == newest.only_columns == ("orders_7d",)
    judged = {name for (name,) in ask(f"SELECT check_name FROM monitoring.check_results WHERE publish_id = '{newest.publish_id}'")}
    assert "orders_7d_is_present" in judged
    assert "units_7d_is_present" not in judged, "the result that stands is told, not judged again"


def test_a_version_that_failed_a_gate_is_not_let_serve_by_hand(home, ask):
    (gates,) = ask("SELECT gates_json FROM models.model_versions WHERE model_name = 'purchase' AND version = 1")[0]
    failed = [gate["name"] for gate in json.loads(gates) if not gate["passed"]]
    said = greenhouse(home, "promote", "1", "--why", "I like it")
    assert (said.returncode, said.stdout) == (1, "")
    assert (
        said.stderr
        == f"greenhouse: purchase 1 did not pass {', '.join(failed)}, so it does not serve; ./greenhouse train makes another version\n"
    )


@pytest.fixture
def championed(line):
    """The shop whose first version serves; the last tests of this file, so it may stay so."""
    alias_log.say(line.lake, [alias_log.Change("champion", 1, "a test wants it so")], "a test")
    return line.lake


def test_a_feature_added_to_the_code_leaves_the_nights_of_the_champion_as_they_were(championed, monkeypatch):
    scored = publish_night(championed)
    for reader in ("models.versions", "monitoring.parity"):
        monkeypatch.setattr(f"{reader}.FEATURES", FeatureList((Feature("customer", "units_7d"), *FEATURES)))
    again = publish_night(championed)
    assert again == scored
    names, rows, watched = again
    assert names == {(NAME, 1, False)}
    assert len(rows) > 100
    assert {feature for feature, _ in watched} == {*FEATURES.names, "score"}
    done = publish(championed, "monitoring.parity", LAST, audit, RunInfo("a night", "a test", "test"))
    assert done.rows == len(FEATURES)


def test_a_feature_taken_from_the_code_that_the_champion_needs_lets_the_baseline_serve_and_says_so_once(championed):
    contract = championed.contract("features.customer_daily")
    left = replace(contract, columns=tuple(c for c in contract.columns if c.name != "orders_7d"))
    lake = replace(championed, contracts={**championed.contracts, contract.table: left})
    info = RunInfo("a night", "a test", "test")
    done = [publish(lake, table, LAST, audit, info) for table in ("monitoring.drift", "predictions.recommendations", "monitoring.parity")]
    assert all(check.passed for publication in done for check in publication.checks)
    assert serving_of(lake) == {(BASELINE, 1, True)}
    (told,) = [note for publication in done for note in publication.notes if "orders_7d" in note]
    assert told.startswith(
        "purchase 1 needs customer_orders_7d (orders_7d of features.customer_daily), which today's code computes no more: the baseline"
    )
    watched = {row["feature"] for row in lake.arrow("monitoring.drift").to_pylist() if row["day"] == DAYS.last}
    assert watched == {*FEATURES.names, "score"} - {"customer_orders_7d"}


def test_a_version_that_is_taken_back_is_gone_with_its_predictions_in_one_command(championed, ask, monkeypatch):
    publish_night(championed)
    assert serving_of(championed) == {(NAME, 1, False)}
    monkeypatch.setattr("cli.serving._lake", lambda: championed)
    said = CliRunner().invoke(app, ["rollback", "--why", "it was bad", "--by", "ann"])
    assert said.exit_code == 0, said.output
    assert "purchase_baseline/1 serves from now on" in said.output
    assert f"The recommendations of {DAYS.last} are those of what serves now." in said.output
    assert serving_of(championed) == {(BASELINE, 1, True)}
    assert version_of_alias(championed.settings.mlflow_tracking_uri, NAME, "champion") is None
    assert ask("SELECT version, version_before, said_by, why FROM models.alias_log ORDER BY number DESC LIMIT 1") == [
        (None, 1, "ann", "it was bad")
    ]
    listed = CliRunner().invoke(app, ["serving"])
    assert "purchase_baseline/1 serves." in listed.output and "it was bad" in listed.output and "nobody" in listed.output
    nothing_passes = Rule("scores_are_above_one", "sql", "score", ("score",), {"query": "score > 1"})
    contract = replace(championed.contract("predictions.recommendations"), rules=(nothing_passes,))
    refusing = replace(championed, contracts={**championed.contracts, contract.table: contract})
    monkeypatch.setattr("cli.serving._lake", lambda: refusing)
    said = CliRunner().invoke(app, ["promote", "1", "--why", "it was not so bad", "--by", "ann"])
    assert isinstance(said.exception, RunFailed)
    way_out = f"What serves is changed all the same; ./greenhouse run --from {DAYS.last} --to {DAYS.last} scores the day with it"
    assert way_out in said.exception.rest and way_out in said.exception.message
    assert serving_of(championed) == {(BASELINE, 1, True)}


LAST = DayRange(DAYS.last, DAYS.last)


def publish_night(lake):
    """What scoring and watching the last day leave: who served, what was recommended, and the drift of each feature."""
    info = RunInfo("a night", "a test", "test")
    for table in ("predictions.recommendations", "monitoring.drift"):
        publish(lake, table, LAST, audit, info)
    rows = sorted((row["prediction_id"], row["score"]) for row in lake.arrow("predictions.recommendations").to_pylist())
    return serving_of(lake), rows, sorted((row["feature"], row["psi"]) for row in lake.arrow("monitoring.drift").to_pylist())


def serving_of(lake):
    rows = lake.arrow("predictions.recommendations").to_pylist()
    return {(row["model_name"], row["model_version"], row["is_baseline"]) for row in rows if row["day"] == DAYS.last}
