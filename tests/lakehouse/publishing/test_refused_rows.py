"""A day that was refused says which rules its rows broke, how many rows each and one line; and its rows can be looked at until the day is judged again."""

import os
import stat
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from cli.quarantine import HIDDEN, refused_counts, refused_lines
from lakehouse.contracts.model import Column, Contract, Rule
from lakehouse.errors import AuditFailed
from lakehouse.ingestion.bronze.overwritten_files import overwritten_files
from lakehouse.publishing import refused_rows
from lakehouse.publishing.broken_rules import _format_rule
from lakehouse.publishing.refused_rows import refused_days
from lakehouse.tables import ledger
from tests.lakehouse.corner_shop import SOURCE, line

DAY, NEXT = "2011-03-25", "2011-03-26"
PRICE = "unit_price_is_at_least_0"


def refused(corner, days):
    with pytest.raises(AuditFailed) as caught:
        corner.publish("silver.orders", days)
    return caught.value.message


@pytest.mark.parametrize("few_rows", [0, 10_000])
def test_a_refused_day_tells_its_rules_and_its_rows_are_kept_until_it_is_judged_again(corner, few_rows):
    corner.deliver(DAY, [line(1, DAY), *(line(n, DAY, price="-1") for n in range(2, 9)), line(9, DAY, quantity="some")])
    corner.deliver(NEXT, [line(n, NEXT) for n in range(1, 9)])
    corner.publish("bronze.lines", f"{DAY}..{NEXT}")
    corner.configure(few_rows=few_rows)
    said = refused(corner, f"{DAY}..{NEXT}")
    assert f"quarantined failed on {DAY} (8 of 17 rows): 7 rows break {PRICE} (lines/{DAY}.csv row 2: unit_price is " in said
    assert f'1 row breaks quantity_is_present (lines/{DAY}.csv row 9: quantity is empty where the line says quantity "some")' in said
    assert "./greenhouse quarantine show orders --refused" in said
    assert "\n" not in said and "anna" not in said

    # They stand beside the lake, whole, and are their owner's alone.
    assert not corner.lake.exists("quarantine.orders")
    assert corner.rows("silver.orders") == []
    (kept,) = refused_days(corner.lake.settings, "orders")
    assert [path.stat().st_mode & 0o077 for path in (kept.path, kept.path.parent)] == [0, 0]
    assert {(rule, n, str(first), str(last)) for _, rule, n, first, last in refused_counts(corner.lake)} == {
        (PRICE, 7, DAY, DAY), ("quantity_is_present", 1, DAY, DAY), ("amount_is_present", 1, DAY, DAY),
    }  # fmt: skip
    assert refused_counts(corner.lake, NEXT) == []
    shown = refused_lines(corner.lake, "orders", rule=PRICE)
    assert [(str(day), file, row) for day, file, row, *_ in shown] == [(DAY, f"lines/{DAY}.csv", row) for row in range(2, 9)]
    assert all(f'"customer_key": "{HIDDEN}"' in held for *_, held in shown)
    assert all('"price": "-1"' in landed and "anna" not in landed for *_, landed, _ in shown)

    # Another day says nothing of them; the day itself, mended, does.
    corner.publish("silver.orders", NEXT)
    assert len(refused_days(corner.lake.settings, "orders")) == 1
    corner.reload(
        SOURCE.format(lateness=0, last_day="2011-04-05")
        .replace("try_cast(price AS decimal(18,4))", "abs(try_cast(price AS decimal(18,4)))")
        .replace("try_cast(quantity AS int)", "coalesce(try_cast(quantity AS int), 1)")
    )
    corner.publish("silver.orders", DAY)
    assert refused_days(corner.lake.settings, "orders") == []
    assert refused_lines(corner.lake, "orders") == []


@pytest.mark.parametrize(("a_day", "in_all", "kept"), [(3, 100, 3), (100, 4, 2)])
def test_of_a_day_whose_every_row_is_wrong_the_first_are_kept_and_all_are_counted(corner, monkeypatch, a_day, in_all, kept):
    monkeypatch.setattr(refused_rows, "MOST_A_DAY", a_day)
    monkeypatch.setattr(refused_rows, "MOST", in_all)
    for day in (DAY, NEXT):
        corner.deliver(day, [line(n, day, price="-1") for n in range(5)])
    corner.publish("bronze.lines", f"{DAY}..{NEXT}")
    refused(corner, f"{DAY}..{NEXT}")
    found = refused_days(corner.lake.settings, "orders")
    assert [[row["source_row"] for row in each.rows()] for each in found] == [list(range(1, kept + 1))] * 2
    assert [each.rules[PRICE] for each in found] == [5, 5]


def test_no_persons_value_is_said():
    columns = (Column("email", "string", classification="pii"), Column("who", "string"), Column("kind", "string"))
    rule = Rule("fits", "sql", None, ("email", "who", "kind"), {"query": "false"})
    contract = Contract("silver.t", "silver", "t", "", "1", "us", columns, rules=(rule,), subject_key="who")
    row = {"source_file": "t/1.csv", "source_row": 3, "row_json": '{"email": "a@b.c", "who": "anna", "kind": "red"}'}
    assert _format_rule(contract, "fits", 1200, row, lambda column: "") == '1,200 rows break fits (t/1.csv row 3: kind is "red")'


def test_the_lines_own_text_is_told_however_the_select_writes_the_columns_name(corner):
    corner.reload(SOURCE.format(lateness=0, last_day="2011-04-05").replace("try_cast(quantity AS int)", "try_cast(QUANTITY AS int)"))
    corner.deliver(DAY, [line(1, DAY, quantity="many")])
    corner.publish("bronze.lines", DAY)
    assert "quantity is empty where the line says quantity" in refused(corner, DAY)


def test_a_column_made_of_a_persons_is_empty_without_what_the_line_says(corner):
    text = SOURCE.format(lateness=0, last_day="2011-04-05").replace("product AS product_id,", "nullif(customer, 'anna') AS product_id,")
    corner.reload(text)
    corner.deliver(DAY, [line(1, DAY)])
    corner.publish("bronze.lines", DAY)
    said = refused(corner, DAY)
    assert f"1 row breaks product_id_is_present (lines/{DAY}.csv row 1: product_id is empty)" in said
    assert "anna" not in said


@pytest.fixture
def open_to_all():
    """A process that writes files for everybody, unless they are told otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_what_is_kept_is_its_owners_alone_whole_and_of_the_days_asked_for(settings, tmp_path, open_to_all):
    own = settings.model_copy(update={"home": tmp_path / "home"})
    days = [date(2011, 3, 26), date(2011, 3, 25)]
    for n, day in enumerate(days):
        path = refused_rows._path(own, "orders", day)
        refused_rows._write(path, pa.table({"day": [day], "source_row": [n]}), {"a_rule": n + 1})
        assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    kept = refused_days(own, "orders")
    assert [(each.day, each.rules, each.rows()) for each in kept] == [
        (days[1], {"a_rule": 2}, [{"day": days[1], "source_row": 1}]), (days[0], {"a_rule": 1}, [{"day": days[0], "source_row": 0}]),
    ]  # fmt: skip
    assert [each.name for each in path.parent.iterdir() if each.name.startswith(".")] == [], "no draft is left"
    refused_rows.forget(own, "orders", [days[1], date(2011, 3, 1)])
    refused_rows.forget(own, "customers", days)
    assert [each.day for each in refused_days(own, "orders")] == days[:1]


def test_a_refused_day_that_is_caught_up_clean_keeps_no_rows(corner):
    corner.deliver(DAY, [line(n, DAY, price="-1") for n in range(5)])
    corner.publish("bronze.lines", DAY)
    with pytest.raises(AuditFailed):
        corner.publish("silver.orders", DAY)
    assert [str(each.day) for each in refused_days(corner.lake.settings, "orders")] == [DAY]
    corner.reload(
        SOURCE.format(lateness=0, last_day="2011-04-05").replace(
            "try_cast(price AS decimal(18,4))", "abs(try_cast(price AS decimal(18,4)))"
        )
    )
    corner.deliver(NEXT, [line(9, NEXT)])
    corner.publish("bronze.lines", NEXT)
    done = corner.publish("silver.orders", NEXT, catches_up=True)
    assert [str(day) for day in done.days] == [DAY, NEXT]
    assert refused_days(corner.lake.settings, "orders") == []


def test_of_an_overwritten_file_the_chosen_versions_line_is_quoted(corner):
    for said in ("many", "some few"):
        corner.deliver(DAY, [line(1, DAY, quantity=said)])
        corner.publish("bronze.lines", DAY)
    ((file, versions),) = overwritten_files(corner.lake, "lines").items()
    for chosen, text, other in ((versions[0], "many", "some few"), (versions[1], "some few", "many")):
        settled = {
            "input": "lines",
            "file_name": file,
            "sha256": chosen["sha256"],
            "settled_at": datetime.now(UTC),
            "settled_by": "a test",
            "reason": "a test",
        }
        ledger.append(corner.lake, "monitoring.settled_files", [settled])
        said = refused(corner, DAY)
        assert f'quantity is empty where the line says quantity "{text}"' in said and other not in said
