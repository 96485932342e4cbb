"""The whole line on a tiny plantly with every fault a shop delivers: minutes, not hours, and nothing lost."""

import shutil
from datetime import date

import pytest

from examples.plantly.landing import simulate
from examples.plantly.scenario import Scenario, parse_injection
from lakehouse.settings import REPOSITORY
from tests.line.conftest import Home

pytestmark = pytest.mark.trial  # minutes on two cores

FIRST, LAST = date(2025, 1, 1), date(2025, 6, 14)
FAULTS = ("duplicates=2025-03-01,days=5", "late_events=2025-03-10,days=5", "bad_rows=2025-03-20,days=2,size=0.01")


@pytest.fixture(scope="module")
def plantly(tmp_path_factory):
    """A home after `greenhouse run` over the whole range; `truth` is what the simulator did."""
    folder = tmp_path_factory.mktemp("plantly")
    home = Home(folder / "home")
    home.truth = simulate(folder, Scenario(120, injections=tuple(map(parse_injection, FAULTS))), FIRST, LAST)
    shutil.copyfile(REPOSITORY / "examples" / "plantly" / "source.yaml", folder / "source.yaml")
    home.ran = home.greenhouse("run", "--source", str(folder / "source.yaml"), "--from", str(FIRST), "--to", str(LAST))
    yield home
    home.greenhouse("engine", "stop")


@pytest.fixture(scope="module")
def ask(plantly):
    from assets.house import contracts_only_lake
    from cli.sql import query_lake
    from lakehouse.settings import Settings

    lake = contracts_only_lake(Settings(home=plantly.folder))
    return lambda query: query_lake(lake, query)[1]


def test_the_run_ends_well(plantly):
    assert plantly.ran.returncode == 0, plantly.ran.stderr[-3000:]


def test_every_line_of_every_input_is_accounted_for(plantly):
    said = plantly.greenhouse("reconcile")
    assert said.returncode == 0, said.stdout
    assert f"All {sum(plantly.truth['lines'].values()):,} landed lines are accounted for." in said.stdout


def test_duplicates_are_counted_and_late_events_stand_on_their_own_day(plantly, ask):
    injected = {entry["kind"]: entry for entry in plantly.truth["injections"]}
    twice = sum(injected["duplicates"]["counts"]["orders_raw"].values())
    assert ask("SELECT count(*) FROM quarantine.orders WHERE outcome = 'duplicate'") == [(twice,)]
    late = sum(injected["late_events"]["counts"]["orders_raw"].values())
    assert ask("SELECT count(*) FROM silver.orders WHERE known_day > day") == [(late,)]


def test_people_stand_in_one_table_only(ask):
    from assets.house import written_contracts

    personal = {name for name, contract in written_contracts().items() if any(c.classification == "pii" for c in contract.columns)}
    assert personal == {"silver.customer_identity"}
    assert ask("SELECT count(*) = count(DISTINCT customer_key) FROM silver.customer_identity") == [(True,)]


def test_nobody_without_consent_is_learnt_from(ask):
    assert ask(
        "SELECT count(*) FROM training.purchase_examples JOIN silver.customers USING (customer_key) WHERE NOT consents_to_training"
    ) == [(0,)]
    assert ask("SELECT count(*) > 0 FROM training.purchase_examples") == [(True,)]


def test_the_day_was_scored_and_watched(ask):
    assert ask("SELECT DISTINCT day FROM predictions.recommendations") == [(LAST,)]
    assert ask("SELECT count(DISTINCT feature) > 10 FROM monitoring.drift") == [(True,)]
    assert ask("SELECT outcome, count(*) FROM monitoring.runs GROUP BY outcome") == [("success", 3)]
