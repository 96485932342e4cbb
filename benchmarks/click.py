"""From the click in the UI to a small asset audited and materialised, against importing the three packages it stands on.

The click is the mutation that the UI's button sends; the end is the moment the web server says so.
"""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.compare import ROUNDS, Comparison, compare
from benchmarks.shop import simulated
from benchmarks.web import Web, serving
from lakehouse.days import DayRange
from lakehouse.shop.home import adopt_shop

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT_MOST = 1.5
DAYS = DayRange.parse("2025-01-01..2025-01-03")
ASSET = ["kpis", "daily_sales"]
IMPORTS = "import dagster, pyspark, great_expectations"
LAUNCH = """
mutation($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  }
}
"""


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS) -> Comparison:
    """Materialise one day of a small shop, again and again, in a home whose UI and engine are warm."""
    shop = simulated(spark, folder, DAYS, customers=50)
    settings = shop.lake.settings.model_copy(update={"dagster_home": folder / "dagster"})
    adopt_shop(settings, folder / "source.yaml")
    shop.build(DAYS, ("bronze", "silver"))
    with serving(settings) as web:
        ours = partial(_click, web)
        return compare("a small asset from the click to materialised, against the imports", ours, _import, rounds, AT_MOST)


def _import() -> None:
    subprocess.run([sys.executable, "-c", IMPORTS], check=True)


def _click(web: Web) -> None:
    repository = web.repository()
    selector = {
        "repositoryName": repository["name"], "repositoryLocationName": repository["location"]["name"],
        "pipelineName": "__ASSET_JOB", "assetSelection": [{"path": ASSET}], "assetCheckSelection": None,
    }  # fmt: skip
    tags = [{"key": "dagster/partition", "value": str(DAYS.last)}]
    params = {"selector": selector, "runConfigData": {}, "mode": "default", "executionMetadata": {"tags": tags}}
    launched = web.ask(LAUNCH, params=params)["launchPipelineExecution"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    assert web.ended(launched["run"]["runId"]) == "SUCCESS"
