"""No line is lost or doubled between bronze and silver, whatever the shop's SELECT does, and reconcile tells it from figures that tampering breaks."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from deltalake import CommitProperties, write_deltalake
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from expectations.audit import audit
from lakehouse.days import DayRange
from lakehouse.errors import AuditFailed, PublishError, SourceError
from lakehouse.ingestion.reconcile import reconcile
from lakehouse.publishing.conservation import CONSERVED, counted, holding
from lakehouse.publishing.left_out import MOSTLY, checked
from lakehouse.publishing.quarantine import divert
from lakehouse.tables.books import Books, FileDay
from lakehouse.tables.run import Run, RunInfo
from tests.conftest import SEARCH
from tests.lakehouse.corner_shop import SOURCE, CornerShop, line
from tests.lakehouse.tables.test_scd2 import SOURCE as PRICES

DAY, NEXT = "2011-03-25", "2011-03-26"
FIRST = date(2011, 3, 25)
LOST = CONSERVED.name


def source(old="FROM lines", new="FROM lines", lateness=0, leaves_out=""):
    """The corner shop's source.yaml with another SELECT, or with lines that are not for its orders."""
    text = SOURCE.format(lateness=lateness, last_day="2011-04-05")
    assert old in text
    return text.replace(old, new).replace("    accounts_for: lines\n", f"    accounts_for: lines\n{leaves_out}")


def landed(corner, *days):
    """Files of ten lines a day, in bronze."""
    for day in days:
        corner.deliver(day, [line(n, day) for n in range(1, 11)])
    corner.publish("bronze.lines", f"{days[0]}..{days[-1]}")


def refusal(corner, text, days=f"{DAY}..{NEXT}", table="silver.orders"):
    corner.reload(text)
    with pytest.raises(AuditFailed) as caught:
        corner.publish(table, days)
    return caught.value


def test_a_select_that_drops_a_line_publishes_nothing_and_reconcile_tells_what_stands(corner):
    landed(corner, DAY, NEXT)
    error = refusal(corner, source(new=f"FROM lines WHERE NOT (line = '3' AND sold_at LIKE '{NEXT}%')"))
    assert "tables.orders.select loses 1 line of 2011-03-26 (lines/2011-03-26.csv row 3)" in error.message
    assert "name the lines that are not for silver.orders under tables.orders.leaves_out in" in error.message
    assert "\n" not in error.message
    (failed,) = error.report.failed_errors
    assert (failed.name, failed.failing_days, failed.failing_rows, failed.rows) == (LOST, (NEXT,), 1, 20)
    assert corner.rows("silver.orders") == []
    told = {row["check_name"]: (row["passed"], row["published"], row["failing_days"]) for row in corner.rows("monitoring.check_results")}
    assert told[LOST] == (False, False, f'["{NEXT}"]')

    # What stands is then told by its figures: what is not built, tampered with, or undone.
    corner.reload(source())
    corner.publish("silver.orders", DAY)
    (account,) = reconcile(corner.lake)
    assert (account.published, account.unaccounted, account.not_built, account.wrong) == (10, 10, (date(2011, 3, 26),), ())
    corner.publish("silver.orders", NEXT)
    assert reconcile(corner.lake)[0].balances
    built = corner.lake.version("silver.orders")
    corner.lake.delta("silver.orders").delete(f"day = '{DAY}' AND source_row = 3")
    (account,) = reconcile(corner.lake)
    assert (account.unaccounted, account.wrong, account.balances) == (1, (FIRST,), False)
    corner.lake.delta("silver.orders").restore(built)
    assert reconcile(corner.lake)[0].balances
    corner.lake.delta("silver.orders").restore(built - 1)
    (account,) = reconcile(corner.lake)
    assert (account.published, account.not_built, account.wrong) == (10, (date(2011, 3, 26),), ())
    as_before_figures(corner, "silver.orders", {"days": [DAY], "quarantine_version": 0})
    (account,) = reconcile(corner.lake)
    assert (account.published, account.unaccounted, account.not_built) == (10, 10, (date(2011, 3, 26),))


def test_what_is_left_out_is_counted_by_name_and_what_is_doubled_is_found(corner):
    corner.deliver(DAY, [*[line(n, DAY) for n in range(1, 41)], line(41, DAY, product="HEADER"), line(42, DAY, product="TEST"), line(43, DAY, product="HEADER") + ",too,many"])  # fmt: skip
    corner.publish("bronze.lines", DAY)
    out = "    leaves_out:\n      header_rows: \"product = 'HEADER'\"\n      test_orders: \"product IN ('HEADER', 'TEST')\"\n      nobody: \"customer IS NULL\"\n"
    corner.reload(source(leaves_out=out))
    done = corner.publish("silver.orders", DAY)
    books = done.books
    assert [(each.lines, each.left_out) for each in books.read] == [(43, {"header_rows": 1, "test_orders": 1})]
    assert [row["broken_rules"][-1] for row in corner.rows("quarantine.orders")] == ["line_is_well_formed"]
    (account,) = reconcile(corner.lake)
    assert (account.landed, account.published, account.quarantined, account.left_out, account.balances) == (43, 40, 1, 2, True)
    assert [check.passed for check in done.checks if check.name in (LOST, MOSTLY.name)] == [True, True]
    with pytest.raises(PublishError, match="0 rows were audited where 40 were counted"):
        holding(audit, count(corner, {FIRST}))(corner.lake.read("silver.orders").where("false"), corner.lake.contract("silver.orders"), ())

    # And of what is for the table, as many rows are not the same rows.
    fields = ("sha256", "row", "file_day", "delivery_state", "duplicate_key", "is_malformed", "entity_key", "row_version", "is_deleted")
    told = ", ".join(f"'{name}', lineage.{name}" for name in fields)
    given, many = "FROM lines", "FROM lines LATERAL VIEW explode({}) m AS one"
    for old, new, said in [
        (given, f"{given} JOIN (VALUES ('1'), ('1')) twice(line) USING (line)", "loses 40 lines and gives 1 row too many"),
        (given, many.format("if(line = '4', array(1, 2, 3), array(1))"), "gives 2 rows too many"),
        # What is doubled passes for a declared duplicate.
        (given, many.format("CASE line WHEN 4 THEN array(1, 2) WHEN 5 THEN array() ELSE array(1) END"), "loses 1 line and gives 1 row too many"),
        ("AS event_at, lineage", f"AS event_at, named_struct('file', 'no.csv', {told}) AS lineage", "loses 41 lines and gives 41 rows whose lineage is of no such line"),
    ]:  # fmt: skip
        corner.reload(source(old, new, leaves_out=out))
        (failed,) = count(corner, {FIRST}).report.failed_errors
        assert (failed.name, failed.failing_days) == (LOST, (DAY,))
        assert f"of input lines tables.orders.select {said} of {DAY} (" in failed.description

    # A line at which the SELECT stops is told without what it says.
    corner.reload(source("try_cast(quantity AS int)", "cast(product AS int)"))
    with pytest.raises(
        SourceError,
        match=r"SELECT of silver\.orders stops at a line of 2011-03-25 with CAST_INVALID_INPUT, in cast\(product AS int\); use try_cast",
    ) as stopped:
        corner.publish("silver.orders", DAY)
    assert "fern" not in stopped.value.message


def test_a_day_that_is_mostly_left_out_is_told_and_one_shared_with_another_table_where_nothing_is_left(settings, tmp_path):
    corner, days = CornerShop(settings, None, tmp_path), DayRange.parse(DAY, NEXT)
    out = "    leaves_out: {tests: \"product = 'TEST'\", gifts: \"product = 'GIFT'\"}\n"

    def told(*read):
        run = Run(corner.lake, corner.lake.tables["silver.orders"], days, RunInfo("a run", "a test", "test"), "a publish", tuple(days))
        books = Books("lines", tuple(FileDay(day, lines, left) for day, lines, left in read), ())
        found = checked(run, "orders", books)
        assert [note.partition(";")[0] for note in run.notes] == [each.description for each in found if not each.passed]
        return [(each.severity, each.passed, each.failing_days, each.failing_rows, each.rows) for each in found]

    corner.reload(source(leaves_out=out))
    later = date(2011, 3, 27)
    assert told((FIRST, 10, {"tests": 3, "gifts": 2}), (days.last, 0, {}), (later, 4, {"tests": 4})) == [("warning", True, (), 0, 10)]
    assert told((FIRST, 10, {"tests": 3, "gifts": 3}), (days.last, 9, {"tests": 1})) == [("warning", False, (DAY,), 6, 19)]
    impressions = (
        "SELECT customer AS customer_id, product AS product_id, product AS product_group, 1 AS position, 'web' AS channel, "
        "true AS is_clicked, to_timestamp(sold_at) AS event_at, lineage FROM lines"
    )
    corner.reload(f"{source(leaves_out=out)}  impressions:\n    accounts_for: lines\n    select: {impressions}\n")
    assert told((FIRST, 10, {"tests": 9}), (days.last, 4, {"tests": 4})) == [("warning", False, (NEXT,), 4, 14)]
    corner.reload(source())
    assert told((FIRST, 10, {})) == []


def test_a_row_made_up_for_a_day_without_a_file_is_found(corner):
    landed(corner, DAY)
    fields = ("file", "sha256", "row", "delivery_state", "duplicate_key", "is_malformed", "entity_key", "row_version", "is_deleted")
    told = ", ".join(f"'{name}', lineage.{name}" for name in fields)
    day = f"if(line = '3' AND one = 2, date'{NEXT}', lineage.file_day)"
    text = source("AS event_at, lineage", f"AS event_at, named_struct('file_day', {day}, {told}) AS lineage", lateness=1)
    corner.reload(text.replace("FROM lines", "FROM lines LATERAL VIEW explode(if(line = '3', array(1, 2), array(1))) m AS one"))
    (failed,) = count(corner, {FIRST}).report.failed_errors
    assert (failed.name, failed.failing_days, failed.failing_rows) == (LOST, (NEXT,), 1)


def test_an_event_of_before_the_first_day_is_quarantined_by_that_name(late_corner):
    corner = late_corner
    corner.deliver(DAY, [*[line(n, DAY) for n in range(40)], line(40, "2011-03-24"), line(41, "2011-03-20")])
    corner.deliver(NEXT, [*[line(n, NEXT) for n in range(50, 90)], line(91, "2011-03-23"), line(92, DAY)])
    for day in (DAY, NEXT):
        corner.build(day)
    early, late = "event_is_not_before_the_first_day", "event_is_within_the_lateness_allowance"
    assert sorted((str(row["day"]), row["broken_rules"]) for row in corner.rows("quarantine.orders")) == [
        (DAY, [early]), (DAY, [late, early]), (NEXT, [early]),
    ]  # fmt: skip
    (account,) = reconcile(corner.lake)
    assert (account.landed, account.published, account.quarantined, account.balances) == (84, 81, 3, True)


def test_a_table_that_merges_is_held_to_it_as_well(corner):
    corner.reload(PRICES)
    (corner.folder / "landing" / "prices").mkdir()
    for day in (25, 26):
        (corner.folder / "landing" / "prices" / f"2011-03-{day}.csv").write_text(f"product,price\nfern,1\nivy,{day}\n")
    corner.publish("bronze.prices", f"{DAY}..{NEXT}")
    error = refusal(corner, PRICES.replace("FROM prices", "FROM prices WHERE product <> 'ivy'"), NEXT, "silver.products")
    assert "of input prices tables.products.select loses 1 line of 2011-03-26 (prices/2011-03-26.csv row 2)" in error.message
    corner.reload(PRICES)
    corner.publish("silver.products", DAY)
    (account,) = reconcile(corner.lake)
    assert (account.landed, account.published, account.unaccounted, account.not_built) == (4, 2, 2, (date(2011, 3, 26),))
    as_before_figures(corner, "silver.products", {"days": [DAY], "quarantine_version": 0, "lines_by_day": {DAY: 2}})
    assert reconcile(corner.lake)[0] == account, "publishes of before there were figures are counted anew"


def as_before_figures(corner, table, said):
    """The table's rows written once more by a commit that records only what commits recorded before there were figures."""
    metadata = {"userMetadata": json.dumps({"publish_id": "an old one", **said})}
    write_deltalake(
        corner.lake.path(table), corner.lake.arrow(table), mode="overwrite", commit_properties=CommitProperties(custom_metadata=metadata)
    )


# A property, with counting in plain Python beside it: files of four days, whose lines say by their product what the SELECT does to them.
KINDS = {"keep": 1, "drop": 0, "double": 2, "triple": 3, "HEADER": 0}
SELECT = "FROM lines LATERAL VIEW explode(CASE product WHEN 'drop' THEN array() WHEN 'double' THEN array(1, 2) WHEN 'triple' THEN array(1, 2, 3) ELSE array(1) END) m AS one"
LATENESS, FILE_DAYS = 2, [FIRST + timedelta(days=n) for n in range(4)]
LINES = st.lists(
    st.tuples(st.sampled_from(FILE_DAYS), st.sampled_from(sorted(KINDS)), st.integers(-1, 4), st.sampled_from(["1", "some"])),
    min_size=30,
    max_size=40,
)
few = settings(
    max_examples=50 if SEARCH else 2, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


@few
@given(lines=LINES, written=st.sets(st.sampled_from(FILE_DAYS), min_size=1))
def test_the_figures_are_those_of_counting_by_hand(tmp_path_factory, settings, spark, lines, written):
    corner = CornerShop(settings, spark, tmp_path_factory.mktemp("shop"), lateness=LATENESS)
    for day in FILE_DAYS:
        own = [(number, each) for number, each in enumerate(lines) if each[0] == day]
        corner.deliver(
            str(day), [line(number, str(day - timedelta(days=late)), quantity, product=kind) for number, (_, kind, late, quantity) in own]
        )
    corner.publish("bronze.lines", f"{FILE_DAYS[0]}..{FILE_DAYS[-1]}")
    corner.reload(source(new=SELECT, lateness=LATENESS, leaves_out="    leaves_out: {header_rows: \"product = 'HEADER'\"}\n"))
    # The first day alone as well: its late lines came with the files of the days after it.
    for some in ({FILE_DAYS[0]}, written):
        is_as_counted_by_hand(count(corner, some), lines, some)


def is_as_counted_by_hand(found, lines, written):
    """Whether figures and check are those of a publish of those days."""
    assert {(each.day, each.file_day): each.outcomes for each in found.books.written} == by_hand(lines, written)
    read = {day for day in FILE_DAYS if any(day - timedelta(days=n) in written for n in range(LATENESS + 1))}
    assert {each.file_day: (each.lines, each.left_out.get("header_rows", 0)) for each in found.books.read} == {
        day: (sum(each[0] == day for each in lines), sum(each[:2] == (day, "HEADER") for each in lines)) for day in read if any(each[0] == day for each in lines)
    }  # fmt: skip
    check = next(each for each in found.report.checks if each.name == LOST)
    wrong = [(day, kind) for day, kind, _, _ in lines if day in read and KINDS[kind] != 1 and kind != "HEADER"]
    assert check.failing_days == tuple(sorted({str(day) for day, _ in wrong}))
    assert check.failing_rows == sum(1 if kind == "drop" else KINDS[kind] - 1 for _, kind in wrong)


def count(corner, written):
    """What a publish of those days counts, before anything is written."""
    info, table = RunInfo("a test run", "a test", "test"), corner.lake.tables["silver.orders"]
    run = Run(corner.lake, table, DayRange(min(written), max(written)), info, "a publish", tuple(sorted(written)))
    split = divert(table.compute(run), corner.lake.contract("silver.orders"))
    try:
        return counted(run, split, corner.lake.contract("silver.orders"))
    finally:
        split.judged.release()


def by_hand(lines, written):
    """The first row of a line is judged; the further ones are its duplicates, since all have its number."""
    figures = {}
    for file_day, kind, late, quantity in lines:
        event = file_day - timedelta(days=late)
        is_in_place = 0 <= late <= LATENESS and event >= FIRST
        day = event if is_in_place else file_day
        if KINDS[kind] and day in written:
            of = figures.setdefault((day, file_day), Counter())
            is_good = is_in_place and quantity == "1"
            of["published" if is_good else "quarantined"] += 1 if is_good else KINDS[kind]
            of["duplicate"] += KINDS[kind] - 1 if is_good else 0
    return {days: dict(+of) for days, of in figures.items()}


@pytest.mark.parametrize(("good", "is_published"), [(19, True), (18, False)])
def test_exactly_the_share_allowed_is_allowed(corner, good, is_published):
    corner.deliver(DAY, [line(n, DAY) for n in range(good)] + [line(99, DAY, quantity="some")])
    corner.publish("bronze.lines", DAY)
    if is_published:
        assert corner.publish("silver.orders", DAY).quarantined == 1
    else:
        with pytest.raises(AuditFailed, match="at_most_5_percent_of_rows_are_quarantined failed on 2011-03-25"):
            corner.publish("silver.orders", DAY)


def test_a_quarantine_of_other_rows_than_silver_says_is_told(corner, monkeypatch):
    from lakehouse.publishing import publish_silver as module

    set_aside = module._quarantine
    monkeypatch.setattr(module, "_quarantine", lambda *given: replace(set_aside(*given), version=0))  # as it was before the rows came
    corner.deliver(DAY, [line(n, DAY) for n in range(30)] + [line(99, DAY, quantity="some")])
    corner.build(DAY)
    (account,) = reconcile(corner.lake)
    assert (account.quarantined, account.unaccounted, account.wrong) == (1, 1, (FIRST,))
