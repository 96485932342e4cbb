"""`greenhouse reconcile`: what is said of lines that are not accounted for."""

import sys
from datetime import date

import pytest

from cli import __main__ as cli
from cli.reconcile import landed_lines, not_landed, reason, seen
from lakehouse.errors import RunFailed
from lakehouse.ingestion.bronze.unlanded import Unlanded
from lakehouse.ingestion.reconcile import Account, OnlyLookedUp
from lakehouse.settings import Settings
from lakehouse.shop.home import adopt_shop
from tests.lakehouse.corner_shop import HEADER, deliver, lay_out, line

DAYS = (date(2011, 12, 5), date(2011, 12, 8))


def account(**more):
    return Account(
        **{
            "input": "lines",
            "table": "silver.orders",
            "landed": 10,
            "published": 8,
            "quarantined": 0,
            "duplicates": 0,
            "set_aside": 0,
            "left_out": 0,
            "unaccounted": 2,
            **more,
        }
    )


def test_days_that_were_not_built_are_told_with_the_command_that_builds_them():
    said = "lines in silver.orders: landed, not built yet: 2011-12-05, 2011-12-08; run ./greenhouse run --from 2011-12-05 --to 2011-12-08."
    assert reason(account(not_built=DAYS)) == said


def test_days_whose_lines_were_lost_are_told():
    said = "lines in silver.orders: not every line of 2011-12-05 is accounted for; run the days again, then reconcile."
    assert reason(account(wrong=DAYS[:1])) == said
    assert reason(account(not_built=DAYS[1:], wrong=DAYS[:1])).count("2011-12-05") == 1


def test_of_many_days_and_files_five_are_named_and_the_rest_counted():
    days = tuple(date(2011, 12, day) for day in range(1, 8))
    told = "2011-12-01, 2011-12-02, 2011-12-03, 2011-12-04, 2011-12-05 and 2 more days"
    assert reason(account(not_built=days)).startswith(f"lines in silver.orders: landed, not built yet: {told}; run ./greenhouse run --from 2011-12-01 --to 2011-12-07")  # fmt: skip
    found = Unlanded("lines", ("a.csv: cannot be read",), tuple("bcdefg"), True)
    assert not_landed(found) == [
        "lines: did not land: a.csv: cannot be read",
        "lines: b, c, d, e, f and 1 more files lie there and have not landed; ./greenhouse run lands what can be landed and says why not",
    ]


def test_an_input_of_two_tables_has_its_lines_counted_once():
    assert landed_lines([account(), account(table="silver.impressions"), account(input="people", landed=3)]) == 13


def test_a_day_that_was_refused_is_told_as_that():
    said = reason(account(not_built=DAYS), refused=DAYS[1:])
    assert said.endswith("; 2011-12-08 had too many bad rows and was refused: ./greenhouse quarantine show orders --refused.")


@pytest.fixture
def reconciled(tmp_path, monkeypatch, capsys):
    """What `greenhouse reconcile` prints of a new home with that file of its first day, or none, and its exit code."""

    def ran(header=None):
        source = lay_out(tmp_path)
        if header:
            deliver(tmp_path, "2011-03-25", [line(1, "2011-03-25")], header)
        adopt_shop(Settings(home=tmp_path / "home", landing_quiet_seconds=0), source)
        monkeypatch.setenv("GREENHOUSE_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("GREENHOUSE_LANDING_QUIET_SECONDS", "0")
        monkeypatch.setattr(sys, "argv", ["greenhouse", "reconcile"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, capsys.readouterr().out

    return ran


def test_a_file_that_cannot_land_is_told_with_its_reason(reconciled):
    code, said = reconciled(HEADER.replace("customer,", ""))
    assert code == 1
    assert "lines: did not land: " in said and "lines/2011-03-25.csv: column customer is missing" in said
    assert "Nothing has landed yet; ./greenhouse run lands what is delivered." in said
    assert "accounted for" not in said and "materialise" not in said


def test_a_file_that_nobody_landed_yet_is_told_with_the_command_that_does(reconciled):
    code, said = reconciled(HEADER)
    assert code == 1
    assert "lines: lines/2011-03-25.csv lies there and has not landed; ./greenhouse run lands" in said


def test_a_home_without_anything_is_told_as_that(reconciled):
    code, said = reconciled()
    assert code == 1 and "Nothing has landed yet" in said


WHOLE = {"landed": 8, "unaccounted": 0}
A_BAD_FILE, NO_FILE = Unlanded("lines", ("lines/b.csv: cannot be read",), (), True), Unlanded("lines", (), (), True)


@pytest.mark.parametrize(
    ("accounts", "inputs", "code"),
    [
        ([account(**WHOLE)], [NO_FILE], 0),
        ([account(**WHOLE)], [NO_FILE, A_BAD_FILE], 1),
        ([account(**WHOLE), account(wrong=DAYS[:1])], [NO_FILE], 1),
        ([account(**WHOLE)], [Unlanded("lines", (), ("lines/a.csv",), True)], 0),
    ],
)
def test_a_line_that_is_missing_or_a_file_that_cannot_land_is_told_to_scripts_too(tmp_path, monkeypatch, capsys, accounts, inputs, code):
    monkeypatch.setattr("lakehouse.ingestion.reconcile.reconcile", lambda lake: accounts)
    monkeypatch.setattr("lakehouse.ingestion.bronze.unlanded.unlanded", lambda lake: inputs)
    adopt_shop(Settings(home=tmp_path / "home"), lay_out(tmp_path))
    monkeypatch.setenv("GREENHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "argv", ["greenhouse", "reconcile"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code, "All 8 landed lines are accounted for." in capsys.readouterr().out) == (code, code == 0)


def test_the_command_tells_what_is_only_looked_up_and_counts_it_beside_the_accounts(tmp_path, monkeypatch, capsys):
    looked_up = OnlyLookedUp("articles", ("silver.orders",), 1200, 2)
    monkeypatch.setattr("lakehouse.ingestion.reconcile.only_looked_up", lambda lake: [looked_up])
    monkeypatch.setattr("lakehouse.ingestion.reconcile.reconcile", lambda lake: [account(**WHOLE)])
    monkeypatch.setattr("lakehouse.ingestion.bronze.unlanded.unlanded", lambda lake: [NO_FILE])
    adopt_shop(Settings(home=tmp_path / "home"), lay_out(tmp_path))
    monkeypatch.setenv("GREENHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "argv", ["greenhouse", "reconcile"])
    with pytest.raises(SystemExit):
        cli.main()
    said = " ".join(capsys.readouterr().out.split())
    assert f"{seen(looked_up)} All 8 landed lines are accounted for; 1,200 more are only looked up." in said


def test_of_a_run_that_failed_what_was_not_said_yet_is_said(monkeypatch, capsys):
    def fails(**_):
        raise RunFailed("said when it happened; and this", "and this")

    monkeypatch.setattr(cli, "app", fails)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code, capsys.readouterr().err) == (1, "greenhouse: and this\n")


def test_an_error_is_one_sentence_and_exit_code_one(tmp_path, monkeypatch, capsys):
    adopt_shop(Settings(home=tmp_path / "home"), lay_out(tmp_path))
    monkeypatch.setenv("GREENHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "argv", ["greenhouse", "sql", "SELECT * FROM silver.nothing"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("greenhouse: there is no table silver.nothing")


@pytest.mark.parametrize(("malformed", "told"), [(0, ""), (2, "; 2 of them cannot be read, so no line sees them")])
def test_what_is_only_looked_up_is_told_beside_the_accounts(malformed, told):
    found = OnlyLookedUp("articles", ("silver.orders", "silver.products"), 1200, malformed)
    assert seen(found) == f"articles: 1,200 lines landed, looked up by silver.orders, silver.products{told}"
