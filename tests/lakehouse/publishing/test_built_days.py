"""The night as a set of days: what is landed, built and missing; a hole is filled or refuses what looks over it, and never passes in silence."""

from dataclasses import replace
from datetime import date

import pytest

from lakehouse.days import DayRange
from lakehouse.errors import AuditFailed, LandingError
from lakehouse.ingestion.reconcile import reconcile
from lakehouse.publishing import invalidation
from lakehouse.publishing.built_days import BuiltDays, newest_day
from lakehouse.publishing.missing_history import CHECK
from tests.lakehouse.corner_shop import line

D25, D26, D27, D28 = "2011-03-25", "2011-03-26", "2011-03-27", "2011-03-28"
SUMS, PAIRS = "partials.customer_product_day", "features.customer_product_daily"


def days(*texts):
    return {date.fromisoformat(text) for text in texts}


def night(corner, day, *tables):
    """What the job `nightly` does of those tables."""
    return [corner.publish(table, day, catches_up=True) for table in ("bronze.lines", "silver.orders", *tables)]


def orders_90d(corner, day):
    found = [row["orders_90d"] for row in corner.rows(PAIRS) if row["day"] == date.fromisoformat(day)]
    return found[0] if found else None


def test_the_night_after_a_failed_one_builds_both_days(corner):
    corner.deliver(D25, [line(1, D25)])
    night(corner, D25, "kpis.daily_sales", SUMS, PAIRS)
    with pytest.raises(LandingError, match=D26):
        night(corner, D26)
    corner.deliver(D26, [line(2, D26)])
    corner.deliver(D27, [line(3, D27)])
    done = night(corner, D27, "kpis.daily_sales", SUMS, PAIRS)
    assert {each.table: set(each.days) for each in done} == {each.table: days(D26, D27) for each in done}
    assert "silver.orders is built for 2011-03-26 as well, which no night had built" in done[1].notes
    assert orders_90d(corner, D27) == 3
    assert (reconcile(corner.lake)[0].published, reconcile(corner.lake)[0].unaccounted) == (3, 0)
    assert not any(BuiltDays(corner.lake).missing(name, date(2011, 3, 27)) for name in (each.table for each in done))


def test_one_table_asked_for_alone_builds_its_days_alone_and_says_what_is_left(corner):
    for day in (D25, D26, D27):
        corner.deliver(day, [line(1, day)])
    corner.build(D25)
    corner.publish("bronze.lines", f"{D26}..{D27}")
    done = corner.publish("silver.orders", D27)
    assert set(done.days) == days(D27)
    assert done.notes == ("silver.orders is still not built for 2011-03-26: ./greenhouse run builds what is missing",)


def test_what_looks_back_over_a_hole_is_refused_by_a_check_that_names_the_days(corner):
    for day in (D25, D26, D27):
        corner.deliver(day, [line(1, day)])
    corner.build(f"{D25}..{D27}")
    for day in (D25, D27):
        corner.publish(SUMS, day)
    corner.publish(PAIRS, D25)
    with pytest.raises(AuditFailed) as refused:
        corner.publish(PAIRS, D27)
    assert refused.value.message == (
        f"{PAIRS}: {CHECK} failed: {SUMS} was not built for {D26}, which it is made of; "
        f"./greenhouse run --from {D26} --to {D26} fills what is delivered. Version 1 stands."
    )
    (told,) = [row for row in corner.rows("monitoring.check_results") if row["check_name"] == CHECK and not row["passed"]]
    assert (told["table_name"], told["severity"], told["failing_days"]) == (PAIRS, "error", f'["{D27}"]')
    assert orders_90d(corner, D27) is None


def test_a_month_over_a_hole_is_refused_once(corner):
    for day in (D25, D26, D27):
        corner.deliver(day, [line(1, day)])
    for day in (D25, D27):
        corner.build(day, "silver.customers")
    with pytest.raises(AuditFailed, match=f"silver.orders was not built for {D26}"):
        corner.publish("kpis.customer_cohorts_monthly", D27)
    failed = [row for row in corner.rows("monitoring.check_results") if row["check_name"] == CHECK and not row["passed"]]
    assert len(failed) == 1


def test_a_table_of_the_same_day_is_refused_where_that_day_is_not_built(corner):
    for day in (D25, D26):
        corner.deliver(day, [line(1, day)])
    corner.build(D25, "kpis.daily_sales")
    corner.publish("bronze.lines", D26)
    with pytest.raises(AuditFailed, match=r"silver\.orders was not built for 2011-03-26"):
        corner.publish("kpis.daily_sales", D26)
    with pytest.raises(AuditFailed, match=r"bronze\.lines has no file of 2011-03-27"):
        corner.publish("silver.orders", D27)


PRODUCTS = """\
tables:
  products:
    select: |
      SELECT product AS product_id, product AS name, product AS product_group, max(try_cast(price AS decimal(18,4))) AS price,
        cast(null AS string) AS light_need, cast(null AS boolean) AS is_pet_safe, cast(null AS int) AS hardiness_zone_min,
        cast(null AS int) AS hardiness_zone_max, cast(null AS int) AS stock_units, cast(null AS string) AS invasive_regions,
        true AS is_goods, max(lineage) AS lineage
      FROM lines GROUP BY product, lineage.file_day
"""


def test_a_day_built_after_later_ones_marks_what_was_made_without_it_in_the_same_publish(corner):
    corner.reload((corner.folder / "source.yaml").read_text().replace("tables:\n", PRODUCTS, 1))
    for day, price in ((D25, "1.00"), (D27, "1.00"), (D26, "9.00")):
        corner.deliver(day, [line(int(day[-2:]), day, price=price)])
        corner.publish("bronze.lines", day)
        corner.publish("silver.orders", day)
    for day in (D25, D27):
        corner.publish("silver.products", day)
        corner.publish("kpis.product_sales_daily", day)
    assert invalidation.open_marks(corner.lake) == [], "the newest day is part of nothing yet"
    corner.publish("silver.products", D26)
    (mark,) = invalidation.open_marks(corner.lake)
    assert (mark.table, set(mark.days)) == ("kpis.product_sales_daily", days(D27)), "its list price may be another one"
    assert "silver.products was built for them after later days" in str(mark)
    corner.publish("kpis.product_sales_daily", D26)
    assert invalidation.open_marks(corner.lake) == []


@pytest.mark.parametrize("table", [SUMS, "kpis.daily_sales", "silver.customers"])
def test_a_day_published_without_rows_is_built(corner, table):
    for day in (D25, D26, D27):
        corner.deliver(day, [line(1, day)] if day == D25 else [])
    for day in (D25, D26, D27):
        corner.build(day, table)
    assert BuiltDays(corner.lake).built(table) == days(D25, D26, D27)
    assert corner.publish(table, D27).notes == ()


def test_the_newest_day_again_takes_back_what_its_versions_said(corner):
    corner.reload((corner.folder / "source.yaml").read_text().replace("tables:\n", PRODUCTS, 1))
    for day in (D25, D26):
        corner.deliver(day, [line(int(day[-2:]), day, price="9.00" if day == D26 else "4.00")])
        corner.build(day, "silver.products")
    corner.reload(
        (corner.folder / "source.yaml").read_text().replace("max(try_cast(price AS decimal(18,4)))", "max(cast(3 AS decimal(18,4)))")
    )
    corner.publish("silver.products", D26)
    said = {str(row["valid_from"]): float(row["price"]) for row in corner.rows("silver.products") if row["is_current"]}
    assert set(said.values()) == {3.0}, "what was said before of a key and day is not weighed against what is said now"


def test_a_new_day_at_the_end_makes_nothing_stale_that_its_late_rows_might_reach(late_corner):
    for day in (D25, D26, D27):
        late_corner.deliver(day, [line(int(day[-2:]), day)])
        done = night(late_corner, day, "kpis.daily_sales")
        assert [set(each.days) for each in done] == [days(day)] * 3, "nothing is written twice without a reason"
    assert not late_corner.lake.exists(invalidation.LEDGER), "no mark was ever made"


def test_a_day_between_those_written_stands_as_it_is(corner):
    for day in (D25, D26, D27):
        corner.deliver(day, [line(int(day[-2:]), day)])
    corner.build(f"{D25}..{D27}", SUMS, PAIRS)
    invalidation.mark(corner.lake, PAIRS, days(D25), "a test", "a test", is_rebuild=False)
    done = corner.publish(PAIRS, D27)
    assert set(done.days) == days(D25, D27)
    assert {day: orders_90d(corner, day) for day in (D25, D26, D27)} == {D25: 1, D26: 2, D27: 3}


def test_the_first_day_landed_is_a_hole_like_any_other(corner):
    for day in (D25, D26):
        corner.deliver(day, [line(1, day)])
    corner.publish("bronze.lines", f"{D25}..{D26}")
    known = BuiltDays(corner.lake)
    assert known.unbuilt("silver.orders", days("2011-03-24", D25, D26)) == days(D25, D26), "before it there was nothing"
    corner.publish("silver.orders", D26)
    assert BuiltDays(corner.lake).missing("silver.orders", date(2011, 3, 26)) == days(D25)


def test_what_a_proof_undid_was_not_built(corner, monkeypatch):
    from lakehouse.errors import PublishError
    from lakehouse.publishing import commit

    for day in (D25, D26):
        corner.deliver(day, [line(1, day)])
    corner.build(D25)
    corner.publish("bronze.lines", D26)
    corner.configure(few_rows=0)
    monkeypatch.setattr(commit, "fingerprint", lambda *rows: "another")
    with pytest.raises(PublishError, match="were not the rows audited"):
        corner.publish("silver.orders", D26)
    monkeypatch.undo()
    assert BuiltDays(corner.lake).built("silver.orders") == days(D25)
    assert BuiltDays(corner.lake).missing("silver.orders", date(2011, 3, 26)) == days(D26)


def test_a_home_of_before_is_read_by_all_its_commits(corner):
    """Commits made before they said what was built: each tells its own days."""
    from lakehouse.publishing import commit_audited as module

    for day in (D25, D26, D28):
        corner.deliver(day, [line(1, day)])
    told = module.record_of
    try:
        module.record_of = lambda *given: replace(told(*given), built=None)
        corner.build(D25, "kpis.daily_sales")
        corner.build(D26, "kpis.daily_sales")
    finally:
        module.record_of = told
    assert BuiltDays(corner.lake).built("kpis.daily_sales") == days(D25, D26)
    corner.build(D28, "kpis.daily_sales")
    assert BuiltDays(corner.lake).built("kpis.daily_sales") == days(D25, D26, D28)
    assert newest_day(corner.lake, "kpis.daily_sales") == date(2011, 3, 28)


def test_an_input_that_delivers_when_changed_holds_nothing_up(corner):
    from lakehouse.ingestion.bronze.ready import ready_until

    source = (corner.folder / "source.yaml").read_text()
    corner.reload(source.replace('{day}.csv"', '{day}.csv"\n    delivers: when_changed'))
    for day in (D25, D28):
        corner.deliver(day, [line(1, day)])
    assert ready_until(corner.lake) == (date(2011, 3, 28), None)
    corner.build(f"{D25}..{D28}", SUMS, PAIRS)
    assert BuiltDays(corner.lake).landed("lines") == set(DayRange.parse(f"{D25}..{D28}"))


def test_late_rows_that_come_with_a_day_caught_up_restate_their_own_day(late_corner):
    corner = late_corner
    corner.deliver(D25, [line(1, D25)])
    night(corner, D25, "kpis.daily_sales")
    corner.deliver(D26, [line(2, D26), line(3, D25, quantity=5)])
    corner.deliver(D27, [line(4, D27)])
    _, silver, kpis = night(corner, D27, "kpis.daily_sales")
    assert set(silver.days) == set(kpis.days) == days(D25, D26, D27)
    assert {str(row["day"]): row["units_sold"] for row in corner.rows("kpis.daily_sales")} == {D25: 6, D26: 1, D27: 1}


def test_late_rows_of_a_day_whose_file_is_still_to_come_are_published_and_the_day_is_not_built(late_corner):
    corner = late_corner
    corner.deliver(D25, [line(1, D25)])
    corner.deliver(D27, [line(3, D27), line(4, D26)])
    for day in (D25, D27):
        night(corner, day, "kpis.daily_sales")
    assert {str(row["day"]) for row in corner.rows("silver.orders")} == {D25, D26, D27}, "no line is lost"
    assert {str(row["day"]) for row in corner.rows("kpis.daily_sales")} == {D25, D27}, "half a day is no figure"
    assert BuiltDays(corner.lake).built("silver.orders") == days(D25, D27)
    corner.deliver(D26, [line(2, D26)])
    night(corner, D27, "kpis.daily_sales")
    assert {str(row["day"]): row["orders"] for row in corner.rows("kpis.daily_sales")} == {D25: 1, D26: 2, D27: 1}


def test_files_that_lie_before_all_that_was_landed_are_told(corner):
    for day in (D25, D26):
        corner.deliver(day, [line(1, day)])
    notes = corner.publish("bronze.lines", D26).notes
    assert notes == (f"input lines: files of {D25} lie there and were never landed; ./greenhouse run --from {D25} --to {D25} lands them",)


def test_the_first_night_of_a_shop_takes_all_that_was_delivered_since_its_first_day(corner):
    for day in (D25, D26):
        corner.deliver(day, [line(1, day)])
    assert set(corner.publish("bronze.lines", D26, from_first_day=True).days) == days(D25, D26)


def test_a_label_over_a_hole_in_the_orders_is_refused(corner):
    for day in (D25, D26, D27):
        corner.deliver(day, [line(1, day)])
    for day in (D25, D27):
        corner.build(day)
    table = corner.lake.tables["training.purchase_examples"]
    assert BuiltDays(corner.lake).holes(table, days(D25))["silver.orders"] == days(D26)
    corner.build(D26)
    assert "silver.orders" not in BuiltDays(corner.lake).holes(table, days(D25)), "what is still to come is no hole"


def test_a_day_that_is_refused_again_holds_up_no_other(corner):
    """Six lines of ten of the 26th have a price that is none: its night is refused, and those after go on without it, and say so."""
    for day in (D25, D26, D27):
        corner.deliver(day, [line(n, day, price="-1" if day == D26 and n < 6 else "2.50") for n in range(10)])
    night(corner, D25, "kpis.daily_sales")
    with pytest.raises(AuditFailed, match="percent_of_rows_are_quarantined failed on 2011-03-26"):
        night(corner, D26)
    done = night(corner, D27, "kpis.daily_sales")
    assert [set(each.days) for each in done[1:]] == [days(D27), days(D27)]
    assert any("left unbuilt once more: silver.orders: the audit refused" in told for told in done[1].notes)
    assert BuiltDays(corner.lake).missing("silver.orders", date(2011, 3, 27)) == days(D26)
    with pytest.raises(AuditFailed, match="failed on 2011-03-26"):
        night(corner, D26)


GOODS = """\
  goods:
    files: "goods/{day}.csv"
    delivers: when_changed
    columns: [{name: product, description: What.}, {name: price, description: For how much.}]
tables:
  products:
    accounts_for: goods
    select: |
      SELECT product AS product_id, product AS name, product AS product_group, try_cast(price AS decimal(18,4)) AS price,
        cast(null AS string) AS light_need, cast(null AS boolean) AS is_pet_safe, cast(null AS int) AS hardiness_zone_min,
        cast(null AS int) AS hardiness_zone_max, cast(null AS int) AS stock_units, cast(null AS string) AS invasive_regions,
        true AS is_goods, lineage FROM goods
"""


def test_an_input_that_has_delivered_nothing_yet_holds_nothing_up(corner):
    (corner.folder / "landing" / "goods").mkdir()
    corner.reload((corner.folder / "source.yaml").read_text().replace("tables:\n", GOODS, 1))
    corner.deliver(D25, [line(1, D25)])
    for table in ("bronze.lines", "bronze.goods", "silver.orders", "silver.products", "kpis.product_sales_daily"):
        corner.publish(table, D25, catches_up=True)
    assert len(corner.rows("kpis.product_sales_daily")) == 1


def test_what_an_input_that_delivered_nothing_yet_is_made_into_lacks_every_day_since_the_shop_began(corner):
    (corner.folder / "landing" / "goods").mkdir()
    corner.reload((corner.folder / "source.yaml").read_text().replace("tables:\n", GOODS, 1))
    for day in (D25, D26, D27):
        corner.deliver(day, [line(1, day)])
    corner.publish("bronze.lines", f"{D25}..{D27}")
    for table in ("bronze.goods", "silver.products"):
        corner.publish(table, D25)
    assert BuiltDays(corner.lake).begin("bronze.goods") == date(2011, 3, 25)
    assert BuiltDays(corner.lake).missing("silver.products", date(2011, 3, 26)) == days(D26)


def test_what_is_looked_up_begins_nothing_before_the_first_line(corner):
    (corner.folder / "landing" / "goods").mkdir()
    goods = GOODS[: GOODS.index("tables:")] + "tables:\n"
    source = (corner.folder / "source.yaml").read_text().replace("tables:\n", goods, 1)
    corner.reload(
        source.replace("    accounts_for: lines\n", "    accounts_for: lines\n    looks_up: {goods: {key: {product: product}}}\n")
    )
    (corner.folder / "landing" / "goods" / f"{D25}.csv").write_text("product,price\nfern,1.00\n")
    corner.publish("bronze.goods", D25)
    corner.deliver(D27, [line(1, D27)])
    for table in ("bronze.lines", "bronze.goods"):
        corner.publish(table, D27)
    known = BuiltDays(corner.lake)
    assert (known.begin("silver.orders"), known.missing("silver.orders", date(2011, 3, 27))) == (date(2011, 3, 27), days(D27))


def test_a_stale_day_that_is_refused_holds_up_no_other(corner):
    """The 25th is marked stale, and a changed SELECT makes its lines bad: the night of the 27th goes on without it, and the mark stays."""
    for day in (D25, D26, D27):
        corner.deliver(day, [line(1, day)])
    corner.build(f"{D25}..{D26}")
    text = (corner.folder / "source.yaml").read_text()
    corner.reload(
        text.replace("try_cast(quantity AS int) AS quantity", f"if(sold_at LIKE '{D25}%', 0, try_cast(quantity AS int)) AS quantity")
    )
    invalidation.mark(corner.lake, "silver.orders", days(D25), "a test", "ann", is_rebuild=False)
    silver = night(corner, D27)[1]
    assert set(silver.days) == days(D27)
    assert any("left unbuilt once more: silver.orders: the audit refused" in told for told in silver.notes)
    assert {each.table for each in invalidation.open_marks(corner.lake)} == {"silver.orders"}
    assert {str(row["day"]) for row in corner.rows("silver.orders")} == {D25, D26, D27}, "what stood stands"


@pytest.mark.parametrize(("catches_up", "landed"), [(True, (D25, D26)), (False, (D26,))])
def test_a_first_night_in_which_one_input_failed_is_made_good_by_the_next(corner, catches_up, landed):
    (corner.folder / "landing" / "goods").mkdir()
    corner.reload((corner.folder / "source.yaml").read_text().replace("tables:\n", GOODS, 1))
    for day in (D25, D26):
        corner.deliver(day, [line(1, day)])
        (corner.folder / "landing" / "goods" / f"{day}.csv").write_text(f"product,price\nfern,{day[-1]}.00\n")
    corner.publish("bronze.lines", D25, catches_up=True)
    assert set(corner.publish("bronze.goods", D26, catches_up=catches_up).days) == days(*landed)
