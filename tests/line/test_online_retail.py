"""The whole line on the real shop: every line accounted for, KPIs to the penny, every figure explained, every command of the README."""

import shlex
import time
from decimal import Decimal

import duckdb
import pytest

from lakehouse.settings import REPOSITORY
from tests.readme import TRIED

pytestmark = pytest.mark.trial  # about a quarter of an hour on two cores

RAW = REPOSITORY / "examples" / "online_retail" / "landing" / "*.csv.gz"

# Written from the words of the contract of kpis.daily_sales, over the raw files; shares nothing with the pipeline.
LINES = f"""
WITH raw AS (
    SELECT InvoiceNo AS invoice, upper(trim(StockCode)) AS code, CAST(Quantity AS BIGINT) AS quantity,
        CAST(UnitPrice AS DECIMAL(18, 4)) AS price, CAST(InvoiceDate AS TIMESTAMP)::DATE AS day, nullif(trim(CustomerID), '') AS customer
    FROM read_csv('{RAW}', all_varchar = true)
)
SELECT *, quantity * price AS amount, invoice LIKE 'C%' AS returned,
    (regexp_matches(code, '^[0-9]{{5}}') OR starts_with(code, 'DCGS')) AND left(code, 5) NOT IN ('22016', '23444', '23574')
        AND NOT (customer IS NULL AND price = 0) AS goods
FROM raw WHERE price >= 0
"""
ORACLE = f"""
SELECT day,
    count(DISTINCT invoice) FILTER (goods AND NOT returned) AS orders,
    count(*) FILTER (goods AND NOT returned) AS order_lines,
    coalesce(sum(quantity) FILTER (goods AND NOT returned), 0) AS units_sold,
    round(coalesce(sum(amount) FILTER (goods AND NOT returned), 0), 2) AS sold_amount,
    round(-coalesce(sum(amount) FILTER (goods AND returned), 0), 2) AS returned_amount
FROM ({LINES}) GROUP BY day ORDER BY day
"""


def test_the_baseline_ranks_by_popularity(sql):
    """Ten of three thousand at random would reach about 0.004."""
    ((ndcg,),) = sql("SELECT min(ndcg_at_10) FROM models.model_versions WHERE model_name = 'purchase_baseline'")
    assert ndcg > 0.05


def test_the_demo_ends_well_and_says_what_it_built(demo):
    assert demo.built.returncode == 0, demo.built.stderr[-3000:]
    for said in ("What was built", "Three KPIs", "The model against its baseline", "Five recommendations", "./greenhouse ui"):
        assert said in demo.built.stdout


def test_daily_sales_equal_the_raw_files_to_the_penny(sql):
    ours = sql("SELECT day, orders, order_lines, units_sold, sold_amount, returned_amount FROM kpis.daily_sales ORDER BY day")
    theirs = duckdb.connect().execute(ORACLE).fetchall()
    assert len(ours) == 305
    assert [tuple(map(_plain, row)) for row in ours] == [tuple(map(_plain, row)) for row in theirs]


def _plain(value):
    return Decimal(value).quantize(Decimal("0.01")) if isinstance(value, Decimal | float | int) else str(value)


def test_every_landed_line_is_accounted_for(demo, sql):
    said = demo.greenhouse("reconcile")
    assert said.returncode == 0
    assert "All 541,909 landed lines are accounted for." in said.stdout
    assert sql("SELECT count(*) FROM silver.orders") == [(541_907,)]
    assert sql("SELECT broken_rules FROM quarantine.orders") == [(["unit_price_is_at_least_0"],)] * 2


def test_tables_lists_every_table_with_its_checks(demo):
    from assets.open_lake import all_contracts
    from lakehouse.settings import Settings
    from lakehouse.shop.home import shop_of

    said = demo.greenhouse("tables")
    assert said.returncode == 0
    for name in all_contracts(shop_of(Settings(home=demo.folder))):
        assert name in said.stdout
    assert "FAILED" not in said.stdout
    assert "never" not in said.stdout


def test_every_published_table_has_check_results_of_its_last_run(sql):
    checked = {name for (name,) in sql("SELECT DISTINCT table_name FROM monitoring.check_results WHERE published AND passed")}
    assert {"bronze.order_lines", "silver.orders", "kpis.daily_sales", "features.customer_daily", "predictions.recommendations"} <= checked


def test_a_recommendation_is_explained_down_to_the_files(demo, sql):
    ((prediction, model, version),) = sql(
        "SELECT prediction_id, model_name, model_version FROM predictions.recommendations ORDER BY score DESC, prediction_id LIMIT 1"
    )
    said = demo.greenhouse("explain", prediction)
    assert said.returncode == 0
    for part in (
        f"model {model} version {version}",
        "mlflow_run_id",
        "artifact_sha256",
        "bronze.order_lines",
        "silver.orders",
        "code_version",
    ):
        assert part in said.stdout
    wrong = demo.greenhouse("explain", "no-such-id")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("greenhouse: there is no prediction no-such-id")


def test_ten_recommendations_for_each_active_customer(sql):
    ((customers, rows, most, days),) = sql(
        "SELECT count(DISTINCT customer_key), count(*), max(rank), count(DISTINCT day) FROM predictions.recommendations"
    )
    assert (most, days) == (10, 1)
    assert rows == 10 * customers
    # Active: a goods line of the last 90 days, bought or returned. From the raw files, as the oracle above.
    active = f"SELECT count(DISTINCT customer) FROM ({LINES}) WHERE goods AND customer IS NOT NULL AND day > DATE '2011-12-09' - 90"
    assert duckdb.sql(active).fetchall() == [(customers,)]


def test_a_model_serves_only_if_it_beat_the_baseline(sql):
    rows = sql("SELECT is_champion, ndcg_at_10, model_name FROM models.model_versions")
    baseline = next(ndcg for champion, ndcg, name in rows if name == "purchase_baseline")
    served = sql("SELECT DISTINCT is_baseline FROM predictions.recommendations")
    champions = [ndcg for champion, ndcg, _ in rows if champion]
    assert served == [(not champions,)]
    assert all(ndcg > baseline for ndcg in champions)


def test_the_daemon_serves_until_it_is_ended(demo):
    daemon = demo.beginning("nights", "serve")
    try:
        until(lambda: "A daemon runs" in demo.greenhouse("nights", "status").stdout)
    finally:
        daemon.terminate()
        daemon.wait(60)
    assert "No daemon runs now" in demo.greenhouse("nights", "status").stdout


def until(holds, seconds=120):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"it did not come to hold in {seconds} s"
        time.sleep(2)


@pytest.mark.parametrize("command", TRIED)
def test_a_command_of_the_readme_runs(demo, command):
    said = demo.greenhouse(*shlex.split(command))
    assert said.returncode == 0, said.stderr[-2000:]
