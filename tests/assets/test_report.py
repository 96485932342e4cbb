"""A report says what a version's row says and what follows from it, and is one page that needs no other."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from playwright.sync_api import sync_playwright
from typer.testing import CliRunner

from assets.report import report_of
from cli.__main__ import app
from cli.report import decision, page
from lakehouse.errors import GreenhouseError
from models import alias_log, artifact_store
from models.alias_log import Change
from models.artifact import sha256_of_files
from models.diagnostics import Bin, Diagnostics
from models.errors import ModelError
from models.purchase import BASELINE, FEATURES, NAME
from models.registry import Registered
from tests.models.small_lake import SmallLake

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FIGURES = {
    "ndcg_at_10": 0.3412, "recall_at_10": 0.2101, "log_loss": 0.1021, "pr_auc": 0.3055, "baseline_ndcg_at_10": 0.3331, "baseline_recall_at_10": 0.2044, "champion_version": 1.0,
    "baseline_log_loss": 0.1055, "baseline_pr_auc": 0.2888, "ndcg_gain": 0.0081, "ndcg_gain_lower_bound": 0.0035, "ndcg_gain_upper_bound": 0.0127,
    "popularity_ndcg_at_10": 0.1081, "popularity_recall_at_10": 0.0531, "buyers_ndcg_at_10": 0.1362, "buyers_recall_at_10": 0.0663,
    "again_ndcg_at_10": 0.3331, "again_recall_at_10": 0.2044, "champion_ndcg_at_10": 0.3400, "champion_recall_at_10": 0.2099,
    "customers": 1234.0, "test_examples": 5678.0, "test_bought": 91.0, "occasional_customers": 1000.0, "occasional_ndcg_gain": -0.0012,
    "frequent_customers": 234.0, "frequent_ndcg_gain": 0.02,
}  # fmt: skip
DIAGNOSTICS = Diagnostics((Bin(0.01, 0.02, 0.5), Bin(0.2, 0.25, 0.5)), {"pair_orders_90d": 0.01, "customer_orders_7d": -0.0001})
GATES = [
    {"name": "ndcg_beats_the_best_baseline", "passed": True, "value": 0.0035, "threshold": 0.0, "reason": "ndcg_gain_lower_bound is 0.0035; it has to be above 0"},
    {"name": "ndcg_of_occasional_customers_is_not_worse", "passed": False, "value": -0.0012, "threshold": 0.0, "reason": "<b>-0.0012</b>"},
]  # fmt: skip


def publish(lake: SmallLake, version: int, *, won: bool, **more: Any) -> None:
    days = dict(
        zip(
            ("train_first_day", "train_last_day", "test_first_day", "test_last_day"),
            (date(2011, 3, n) for n in (1, 20, 28, 31)),
            strict=True,
        )
    )
    row = {
        "trained_at": datetime(2011, 4, 8, 3, version, tzinfo=UTC), "asked_by": "the sensor <train_on_drift>", "seed": 7,
        "mlflow_run_id": f"mlflow-{version}", "train_examples": 43210, "metrics_json": json.dumps(FIGURES),
        "gates_json": json.dumps(GATES[:1] if won else GATES), "diagnostics_json": DIAGNOSTICS.as_json(),
        "input_versions_json": json.dumps({"silver.orders": version, "features.customer_daily": 4}), **days, **more,
    }  # fmt: skip
    for name, kind in ((NAME, "gradient_boosting"), (BASELINE, "again")):
        files = {"model.skops": f"{name} {version}".encode()}
        made = Registered(name, version, f"mlflow-{version}", sha256_of_files(files), datetime(2011, 4, 8, tzinfo=UTC), files)
        artifact_store.keep(lake, made.sha256, files)
        lake.publish(made, f"r{version}", won and name == NAME, **{**row, "kind": kind})


@pytest.fixture
def lake(tmp_path: Path) -> SmallLake:
    """Version 1 serves; 2 won, 3 lost, neither serves."""
    lake = SmallLake(tmp_path)
    for version, won in ((1, True), (2, True), (3, False)):
        publish(lake, version, won=won)
    alias_log.say(lake, [Change("champion", 1, "it passed every gate")], "a training")
    return lake


def row_of(lake: SmallLake, version: int) -> dict[str, Any]:
    (found,) = [row for row in lake.rows if (row["model_name"], row["version"]) == (NAME, version)]
    return found


def is_green(html: str) -> bool:
    return '<header class="good">' in html


def text(html: str) -> str:
    """What a reader sees of it."""
    seen = re.sub(r"<style>.*?</style>|<svg.*?</svg>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", seen)).split())


def test_the_decision_stands_first(lake: SmallLake) -> None:
    said = [decision(report_of(lake, version)) for version in (1, 2, 3)]
    assert re.fullmatch(r"purchase 1 serves since \d{4}-\d\d-\d\d \d\d:\d\d UTC: it passed every gate \(a training\)", said[0])
    assert said[1] == "purchase 2 passed every gate and does not serve: ./greenhouse promote 2 --why … lets it"
    assert said[2] == "purchase 3 may not serve: it did not pass ndcg_of_occasional_customers_is_not_worse"
    alias_log.say(lake, [Change("champion", 2, "better")], "ann")
    assert re.fullmatch(r"purchase 1 served until .* UTC: better \(ann\)", decision(report_of(lake, 1)))
    for version, said_first in ((1, "purchase 1 served until"), (3, "purchase 3 may not serve")):
        assert text(page(report_of(lake, version)).partition("<body>")[2]).startswith(said_first)


def test_green_is_what_serves_or_may_and_nothing_else(lake: SmallLake) -> None:
    assert [is_green(page(report_of(lake, version))) for version in (1, 2, 3)] == [True, True, False]
    alias_log.say(lake, [Change("champion", 2, "better")], "ann")
    assert [is_green(page(report_of(lake, version))) for version in (1, 2, 3)] == [False, True, False]


def test_what_cannot_serve_now_is_said_first_whatever_the_ledger_says(lake: SmallLake) -> None:
    lake.take_away("features.customer_daily", "orders_7d")
    for version in (1, 2):
        html = page(report_of(lake, version))
        assert f"It cannot serve now: purchase {version} needs customer_orders_7d" in text(html) and not is_green(html)
    assert "It cannot serve now" not in text(page(report_of(lake, 3))), "it may not anyway"


def test_a_version_of_before_there_were_three_rankings_is_shown_beside_the_one_there_was(lake: SmallLake) -> None:
    kinds = [name for name in FIGURES if name.startswith(("popularity", "buyers", "again"))]
    row_of(lake, 3)["metrics_json"] = json.dumps({name: value for name, value in FIGURES.items() if name not in kinds})
    for row in lake.rows:
        row["kind"] = "popularity" if row["model_name"] == BASELINE else row["kind"]
    seen = text(page(report_of(lake, 3)))
    assert "popularity, which it was judged against 0.3331 0.2044 0.1055 0.2888 the champion of then" in seen


def test_what_is_new_is_told_against_what_served_last_also_once_nothing_serves(lake: SmallLake) -> None:
    alias_log.say(lake, [Change("champion", 2, "better")], "ann")
    alias_log.say(lake, [Change("champion", None, "all are bad")], "ann")
    assert [news.than if (news := report_of(lake, version).news) else None for version in (1, 2, 3)] == [2, 1, 2]


def test_a_version_whose_features_nobody_can_tell_hides_nothing_else(lake: SmallLake) -> None:
    row_of(lake, 1).update(features_json=None, reference_profile_json=json.dumps({"features": {"a_feature_of_old": {}}}))
    seen = text(page(report_of(lake, 2)))
    assert "Which features changed nobody can say" in seen and "silver.orders 1 2" in seen


def test_each_figure_of_each_side_is_the_rows_own(lake: SmallLake) -> None:
    seen = text(page(report_of(lake, 3)))
    for row in (
        "this version (gradient_boosting) 0.3412 0.2101 0.1021 0.3055", "popularity 0.1081 0.0531 – –", "buyers 0.1362 0.0663 – –",
        "again, which it was judged against 0.3331 0.2044 0.1055 0.2888", "the champion of then, version 1 0.3400 0.2099 – –", "occasional 1,000 -0.0012",
        "frequent 234 +0.0200", "a gain of +0.0081, of which nine of ten draws of customers lie between +0.0035 and +0.0127",
        "Learnt from 2011-03-01 to 2011-03-20, held against 2011-03-28 to 2011-03-31", "1,234 customers' weeks", "5,678 examples held out, 91 of them bought",
        "Gates: 1 of 2 passed", "failed ndcg_of_occasional_customers_is_not_worse <b>-0.0012</b> passed ndcg_beats",
        "error 0.0300", "pair_orders_90d 0.01000 customer_orders_7d -0.00010", "asked by: the sensor <train_on_drift>",
    ):  # fmt: skip
        assert row in seen, row


def test_what_is_new_is_told_against_what_serves(lake: SmallLake) -> None:
    row_of(lake, 2)["features_json"] = FEATURES.needing("customer_orders_7d").to_json()
    seen = text(page(report_of(lake, 2)))
    assert "Against version 1, commit c0ffee" in seen
    assert "silver.orders 1 2" in seen and "features.customer_daily 4" not in seen
    row_of(lake, 1)["features_json"] = type(FEATURES)(
        tuple(feature for feature in FEATURES if feature.name != "customer_orders_7d")
    ).to_json()
    news = report_of(lake, 2).news
    assert news and (news.gained, news.lost) == (("customer_orders_7d",), ())
    assert report_of(lake, 1).news is None, "nothing served before it"


def test_the_newest_day_held_against_it_is_shown_worst_first(lake: SmallLake) -> None:
    assert report_of(lake, 1).drift == ()
    rows = [(date(2011, 4, day), name, psi, 0.05, version) for day, name, psi, version in (
        (9, "score", 9.0, 1), (10, "score", 0.1, 1), (10, "customer_orders_7d", 0.3, 1), (11, "score", 7.0, 2),
    )]  # fmt: skip
    columns = dict(zip(("day", "feature", "psi", "psi_noise", "model_version"), map(list, zip(*rows, strict=True)), strict=True))
    write_deltalake(lake.path("monitoring.drift"), pa.table({**columns, "model_name": [NAME] * len(rows)}))
    found = report_of(lake, 1)
    assert (found.drift_day, found.drift) == ("2011-04-10", (("customer_orders_7d", 0.3, 0.05), ("score", 0.1, 0.05)))
    assert "The population of" not in text(page(report_of(lake, 3)))


def test_a_version_of_before_diagnostics_were_taken_has_a_report_and_an_unknown_one_has_none(lake: SmallLake) -> None:
    for row in lake.rows:
        row["diagnostics_json"] = None
    few = {name: value for name, value in FIGURES.items() if name not in ("ndcg_gain", "ndcg_gain_upper_bound")}
    row_of(lake, 3)["metrics_json"] = json.dumps(few)
    assert "a gain of +0.0081, of which nine of ten draws of customers lie above +0.0035 (nineteen of twenty)" in text(
        page(report_of(lake, 3))
    )
    row_of(lake, 3)["metrics_json"] = json.dumps({})
    row_of(lake, 3)["diagnostics_json"] = Diagnostics((), {}).as_json()
    assert "Nobody could be ranked on the held-out weeks" in text(page(report_of(lake, 3)))
    with pytest.raises(ModelError, match="there is no version 9 of purchase"):
        report_of(lake, 9)


def test_the_page_needs_no_other_and_runs_nothing(lake: SmallLake) -> None:
    html = page(report_of(lake, 3))
    assert "<script" not in html and "http" not in html and "url(" not in html and "@import" not in html
    assert "&lt;train_on_drift&gt;" in html


@pytest.mark.trial
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt install chromium)")
@pytest.mark.parametrize("width", [360, 1200])
def test_it_is_no_wider_than_what_it_is_read_on(lake: SmallLake, tmp_path: Path, width: int) -> None:
    (tmp_path / "report.html").write_text(page(report_of(lake, 3)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        seen = browser.new_page(viewport={"width": width, "height": 800})
        seen.goto((tmp_path / "report.html").as_uri())
        assert seen.evaluate("document.documentElement.scrollWidth") == width
        browser.close()


def test_a_place_that_cannot_be_written_is_a_sentence(lake: SmallLake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("assets.open_lake.contracts_only_lake", lambda _: lake)
    said = CliRunner().invoke(app, ["report", "2", "--out", str(tmp_path)])
    assert isinstance(said.exception, GreenhouseError)
    assert str(said.exception) == f"the report cannot be written to {tmp_path}: Is a directory; --out names another file"


def test_by_the_command_line_it_lies_in_the_home_or_where_it_is_asked_for(
    lake: SmallLake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("assets.open_lake.contracts_only_lake", lambda _: lake)
    monkeypatch.setenv("GREENHOUSE_HOME", str(tmp_path / "home"))
    said = CliRunner().invoke(app, ["report", "2"])
    assert said.exit_code == 0, said.output
    written = tmp_path / "home" / "reports" / "purchase_2.html"
    assert " ".join(said.output.split()).startswith("purchase 2 passed every gate and does not serve")
    assert written.read_text() == page(report_of(lake, 2))
    assert CliRunner().invoke(app, ["report", "3", "--out", str(tmp_path / "mine.html")]).exit_code == 0
    assert (tmp_path / "mine.html").read_text() == page(report_of(lake, 3))


def test_of_a_version_that_served_twice_the_last_word_against_it_is_told(lake: SmallLake) -> None:
    for version, why in ((2, "better"), (1, "2 was bad"), (2, "mended")):
        alias_log.say(lake, [Change("champion", version, why)], "ann")
    told = report_of(lake, 1).served_until
    assert told and (told.why, told.version) == ("mended", 2)
