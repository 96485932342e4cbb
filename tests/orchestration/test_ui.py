"""The UI as a data engineer uses it, in Chromium: one day materialised by a click, a range of days launched as a backfill.

A trial (three minutes): `./greenhouse test -- -m trial tests/orchestration/test_ui.py`. GREENHOUSE_SCREENSHOTS names a folder to keep
what the browser showed.
"""

import os
import shutil
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from benchmarks.web import serving
from lakehouse.settings import Settings
from lakehouse.shop.home import adopt_shop
from tests.lakehouse.corner_shop import deliver, lay_out, line

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCREENSHOTS = os.environ.get("GREENHOUSE_SCREENSHOTS")
RUNS = """{ runsOrError { ... on Runs { results { runId status tags { key value } } } } }"""
ROWS = 20

pytestmark = [pytest.mark.trial, pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt install chromium)")]


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """The UI of a corner shop whose files of five days are delivered."""
    folder = tmp_path_factory.mktemp("ui")
    source = lay_out(folder)
    for day in (f"2011-03-{number}" for number in range(25, 30)):
        deliver(folder, day, (line(n, day) for n in range(ROWS)))
    home = folder / "home"
    settings = Settings(home=home, lake=str(home / "lake"), dagster_home=home / "dagster", engine_memory="2g")
    adopt_shop(settings, source)
    with serving(settings) as web:
        yield web


@pytest.fixture
def page(web):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1500, "height": 1000})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def keep(page: Page, name: str) -> None:
    if SCREENSHOTS:
        page.wait_for_timeout(3000)
        page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"))


def launch(page: Page, url: str, partitions: str, button: str) -> None:
    """Choose partitions in the asset's dialog and press its button."""
    page.goto(url)
    page.get_by_role("button", name="Materialize").first.click()
    page.get_by_placeholder("ex:").fill(partitions)
    page.get_by_placeholder("ex:").press("Enter")
    keep(page, f"dialog {partitions}")
    page.get_by_role("button", name=button).click()


def runs(web):
    return web.ask(RUNS)["runsOrError"]["results"]


def awaited(web, count):
    """The ids of the runs there are, as soon as there are so many."""
    deadline = time.monotonic() + 120
    while len(found := runs(web)) < count:
        assert time.monotonic() < deadline, found
        time.sleep(0.5)
    return [run["runId"] for run in found]


def test_a_day_by_a_click_and_a_range_as_one_run(web, page):
    url = f"{web.url}/assets/bronze/lines"
    launch(page, url, "2011-03-25", "Launch 1 run")
    (first,) = awaited(web, 1)
    assert web.ended(first) == "SUCCESS"

    page.goto(f"{url}?view=partitions&partition=2011-03-25")
    for said in ("dagster/row_count", "delta_version", str(ROWS)):
        page.get_by_text(said, exact=True).first.wait_for()
    keep(page, "partition")
    page.goto(f"{url}?view=checks")
    page.get_by_text("file_name_and_file_sha256_and_file_row_are_unique").first.wait_for(state="attached")  # shown in a truncating box
    keep(page, "checks")
    page.goto(url)
    page.get_by_text("Latest check results").wait_for()
    keep(page, "overview")

    launch(page, url, "[2011-03-26...2011-03-29]", "Launch backfill")
    second, also_first = awaited(web, 2)
    assert also_first == first
    assert web.ended(second) == "SUCCESS"
    assert len(runs(web)) == 2, "a range of days is one run"
    tags = {tag["key"]: tag["value"] for tag in runs(web)[0]["tags"]}
    assert tags["dagster/asset_partition_range_start"] == "2011-03-26"
    assert tags["dagster/asset_partition_range_end"] == "2011-03-29"
    page.goto(f"{url}?view=partitions")
    keep(page, "partitions")
