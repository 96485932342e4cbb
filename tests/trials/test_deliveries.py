"""A year's files as they really come: out of order, twice, renamed, overwritten, cut off, while nights run and are killed.

A trial: `./greenhouse test -- -m trial tests/trials/test_deliveries.py`; its results stand in docs/trials.md.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from assets.open_lake import open_lake
from lakehouse.engine import server, session
from lakehouse.ingestion.bronze.overwritten_files import overwritten_files, settle
from lakehouse.ingestion.files.file_inspection import sha256_of
from lakehouse.ingestion.reconcile import reconcile
from lakehouse.publishing import invalidation
from lakehouse.settings import REPOSITORY
from lakehouse.shop.home import adopt_shop
from lakehouse.shop.location import Location
from tests.lakehouse.corner_shop import HEADER, lay_out, line
from tests.trials.crashes import crash_settings
from tests.trials.nights import night

pytestmark = pytest.mark.trial

FIRST, DAYS, LINES, SEED = date(2011, 3, 25), 300, 30, 7
JITTER_DAYS, NIGHTS = 25, 3
KILLS = (("after_bronze_before_its_ledger", "run"), ("while_silver_is_written", "both"))
# What a row says, without where it came from: a renamed file's rows stand under its first name.
SAID = ("order_id", "customer_key", "product_id", "quantity", "amount", "event_at", "known_at", "day")


@dataclass(frozen=True)
class Delivery:
    """At some time, a file of some name and content is put into the folder."""

    at: float
    name: str
    text: str


def content(day: date, version: int = 0) -> str:
    lines = [line(n, str(day), quantity=n % 7 + 1 + version, price="-1" if n == 0 else "2.50") for n in range(LINES)]
    return "\n".join([HEADER, *lines]) + "\n"


def deliveries(rng: random.Random) -> tuple[list[Delivery], set[str]]:
    """Every delivery in its order, and the names of the files that come with two contents."""
    found, disputed, days = [], set(), [FIRST + timedelta(days=n) for n in range(DAYS)]
    fates = dict.fromkeys(days, "once")
    shuffled = rng.sample(days, len(days))
    for fate, share in (("twice", 0.20), ("renamed", 0.05), ("overwritten", 0.05), ("cut off", 0.02)):
        fates |= dict.fromkeys([shuffled.pop() for _ in range(round(share * DAYS))], fate)
    for number, day in enumerate(days):
        at, name = number + rng.uniform(-JITTER_DAYS, JITTER_DAYS), f"{day}.csv"
        later, whole = at + rng.uniform(DAYS / 3, DAYS / 2), content(day)
        first = {"overwritten": content(day, 1) if rng.random() < 0.5 else whole, "cut off": whole[:-25]}.get(fates[day], whole)
        found.append(Delivery(at, name, first))
        if fates[day] == "twice":
            found.append(Delivery(later, name, whole))
        if fates[day] == "renamed":
            found.append(Delivery(later, f"{day}-sent again.csv", whole))
        if fates[day] in ("overwritten", "cut off"):
            found.append(Delivery(later, name, content(day, 1) if first == whole else whole))
            disputed.add(f"lines/{name}")
    return sorted(found, key=lambda each: each.at), disputed


@pytest.fixture
def shop(tmp_path):
    """A home and its landing folder, whose days may have several files; its engine is stopped at the end."""
    homes = []

    def make(name: str) -> tuple[Path, Path]:
        source = lay_out(tmp_path / name, last_day=FIRST + timedelta(days=DAYS - 1))
        source.write_text(source.read_text().replace("{day}.csv", "{day}*.csv"))
        home = tmp_path / name / "home"
        homes.append(home)
        adopt_shop(crash_settings(home), source)
        return home, source.parent / "landing" / "lines"

    yield make
    session.close()
    for home in homes:
        server.stop(crash_settings(home))


def said(home: Path, days: set[date] | None = None) -> Counter:
    rows = open_lake(crash_settings(home)).arrow("silver.orders", columns=list(SAID)).to_pylist()
    # Each home has its own key, so its own pseudonyms.
    return Counter(tuple(row[name] for name in SAID if name != "customer_key") for row in rows if days is None or row["day"] in days)


def test_nothing_is_lost_doubled_or_published_in_dispute(shop):
    rng = random.Random(SEED)
    order, disputed = deliveries(rng)
    home, folder = shop("as it came")
    for number in range(NIGHTS):
        for each in _of_the_day(order[number * len(order) // NIGHTS : (number + 1) * len(order) // NIGHTS]):
            (folder / each.name).write_text(each.text)
        if number < len(KILLS):
            command = [sys.executable, "-m", "tests.trials.nights", str(home), *KILLS[number]]
            assert subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False).returncode != 0, "it was not killed"
    night(home)
    lake = open_lake(crash_settings(home))

    in_dispute = {date.fromisoformat(name[6:16]) for name in overwritten_files(lake, "lines")}
    assert {f"lines/{day}.csv" for day in in_dispute} == seen_twice(lake, disputed)
    assert len(in_dispute) >= len(disputed) / 3, "the trial hardly tries it"

    clean_home, clean_folder = shop("clean")
    for day in (FIRST + timedelta(days=n) for n in range(DAYS)):
        # Of a file overwritten before a night saw it nobody can know that it ever said something else.
        text = content(day) if day in in_dispute else (folder / f"{day}.csv").read_text()
        (clean_folder / f"{day}.csv").write_text(text)
    night(clean_home)

    undisputed = {FIRST + timedelta(days=n) for n in range(DAYS)} - in_dispute
    assert said(home) == said(clean_home, undisputed), "every undisputed good row once"
    (account,) = reconcile(lake)
    assert account.balances
    assert account.quarantined == len(undisputed), "one line a day breaks a rule"

    for name in sorted(overwritten_files(lake, "lines")):
        right = tmp_sha(folder.parent / "right.csv", content(date.fromisoformat(name[6:16])))
        days = settle(lake, "lines", name, right, "a trial", "the shop says so")
        invalidation.mark(lake, "bronze.lines", days, "settled", "a trial", is_rebuild=True)
    night(home)
    assert said(home) == said(clean_home), "as a clean load"
    assert kpis(home) == kpis(clean_home)
    (account,) = reconcile(lake)
    assert account.balances
    assert account.published == DAYS * (LINES - 1)


def _of_the_day(order: list[Delivery]) -> list[Delivery]:
    """What is delivered between two nights; of two contents of a name the right one, for nobody can know of the other."""
    right = {each.name for each in order if each.text == content(date.fromisoformat(each.name[:10]))}
    return [each for each in order if each.name not in right or each.text == content(date.fromisoformat(each.name[:10]))]


def seen_twice(lake, disputed: set[str]) -> set[str]:
    """Of the files that came with two contents, those of which a night saw both."""
    seen = Counter(name for name, _ in {(row["file_name"], row["sha256"]) for row in lake.arrow("monitoring.landed_files").to_pylist()})
    return {name for name in disputed if seen[name] == 2}


def kpis(home: Path) -> list[dict]:
    return sorted(open_lake(crash_settings(home)).arrow("kpis.daily_sales").to_pylist(), key=lambda row: row["day"])


def tmp_sha(path: Path, text: str) -> str:
    path.write_text(text)
    return sha256_of(Location(str(path)))
