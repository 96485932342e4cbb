"""What is in quarantine can be counted and looked at, without anybody's personal values."""

import json
from datetime import date

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from typer.testing import CliRunner

from assets.open_lake import written_contracts
from cli.quarantine import HIDDEN, _shown, app, counts, lines, quarantined_days
from lakehouse.errors import GreenhouseError
from lakehouse.publishing.invalidation import mark, open_marks
from tests.lakehouse.corner_shop import CornerShop, line

DAYS = ("2011-03-25", "2011-03-26")


@pytest.fixture(scope="module")
def corner(settings, started, tmp_path_factory):
    """Two days; each has a line of negative price, the first also one without a quantity and one delivered twice."""
    corner = CornerShop(settings, started, tmp_path_factory.mktemp("quarantine"))
    for day in DAYS:
        corner.deliver(day, [*(line(n, day) for n in range(100)), line(100, day, price="-1"), *_more(day)])
    corner.build(f"{DAYS[0]}..{DAYS[1]}")
    return corner


@pytest.fixture
def lake(corner):
    return corner.lake


def _more(day):
    return [line(101, day, quantity="some"), line(0, day)] if day == DAYS[0] else []


def test_lines_are_counted_by_rule(lake):
    found = {(table, rule): (n, str(first), str(last)) for table, rule, n, first, last in counts(lake)}
    assert found["silver.orders", "unit_price_is_at_least_0"] == (2, *DAYS)
    assert found["silver.orders", "quantity_is_present"] == (1, DAYS[0], DAYS[0])
    assert found["silver.orders", "duplicate"] == (1, DAYS[0], DAYS[0])
    assert {n for _, rule, n, _, _ in counts(lake, DAYS[1]) if rule == "unit_price_is_at_least_0"} == {1}


def test_a_line_is_shown_with_file_row_and_rules_and_nobody_in_it(lake):
    ((day, file, row, broken, landed, held),) = lines(lake, "silver.orders", DAYS[1])
    assert (str(day), file, row) == (DAYS[1], f"lines/{DAYS[1]}.csv", 101)
    assert "unit_price_is_at_least_0" in broken
    assert json.loads(landed) == {"line": "100", "product": "fern", "quantity": "1", "price": "-1", "sold_at": f"{DAYS[1]} 12:00:00"}
    assert json.loads(held)["customer_key"] == HIDDEN
    assert json.loads(held)["order_id"] == "100"
    assert [row[3] for row in lines(lake, "orders", rule="duplicate")] == ["duplicate"]
    assert len(lines(lake, "orders", limit=2)) == 2
    assert lines(lake, "orders", rule="it's no rule") == []


def test_a_table_without_a_quarantine_is_said(lake):
    with pytest.raises(GreenhouseError, match=r"no table kpis\.daily_sales has a quarantine; these have: customer_identity"):
        lines(lake, "kpis.daily_sales")


def test_after_the_mapping_is_mended_a_replay_brings_the_lines_back_once(corner):
    source = (corner.folder / "source.yaml").read_text()
    corner.reload(source.replace("try_cast(price AS decimal(18,4))", "abs(try_cast(price AS decimal(18,4)))"))
    rule = "unit_price_is_at_least_0"
    days = quarantined_days(corner.lake, "orders", rule=rule)
    assert [str(day) for day in days] == list(DAYS)
    for _ in range(2):
        mark(corner.lake, "silver.orders", days, "replay: prices are positive", "a test", is_rebuild=True)
        corner.publish("silver.orders", DAYS[1])
        assert open_marks(corner.lake) == []
        assert len(corner.rows("silver.orders")) == 202
    assert quarantined_days(corner.lake, "orders", rule=rule) == []
    assert {rule for _, rule, *_ in counts(corner.lake)} == {"quantity_is_present", "amount_is_present", "duplicate"}
    assert {row["said_by"] for row in corner.rows("monitoring.stale_days") if row["state"] == "stale"} == {"a test"}


def test_a_replay_for_later_marks_the_days_so_that_what_merges_is_made_anew(corner, monkeypatch):
    monkeypatch.setattr("assets.open_lake.open_lake", lambda _: corner.lake)
    done = CliRunner().invoke(app, ["replay", "orders", "--reason", "quantities are words", "--by", "ann", "--later"])
    assert (done.exit_code, "The next run does it: ./greenhouse run" in done.output) == (0, True)
    marks = open_marks(corner.lake)
    assert DAYS[0] in {str(day) for each in marks for day in each.days if each.table == "silver.orders"}
    assert all(each.is_rebuild for each in marks)
    assert {each.reason for each in marks} == {"replay: quantities are words"}


def test_what_a_line_held_is_shown_without_anybody():
    held = {"customer_key": "k", "source_customer_id": "7", "name": "Jane", "email": "j@x", "known_at": "2011-03-25", "region": "Kent"}
    shown = json.loads(_shown(json.dumps(held), written_contracts()["silver.customer_identity"]))
    assert shown == dict.fromkeys(("customer_key", "source_customer_id", "name", "email"), HIDDEN) | {
        "known_at": "2011-03-25",
        "region": "Kent",
    }
    assert json.loads(_shown('{"customer_key": "k", "order_id": "1"}', written_contracts()["silver.orders"])) == {
        "customer_key": HIDDEN,
        "order_id": "1",
    }


def test_days_to_judge_anew_have_lines_that_broke_a_rule_and_lines_are_found_by_rule_and_day(settings, tmp_path):
    rows = [
        {
            "day": date(2011, 3, day),
            "outcome": outcome,
            "broken_rules": broken,
            "source_file": "a",
            "source_sha256": "0",
            "source_row": number,
            "row_json": "{}",
        }
        for number, (day, outcome, broken) in enumerate(
            [(25, "duplicate", []), (26, "quarantined", ["a_rule"]), (27, "quarantined", ["it's_other", "a_rule"]), (28, "superseded", [])]
        )
    ]
    lake = CornerShop(settings, None, tmp_path).lake
    write_deltalake(lake.path("quarantine.orders"), pa.Table.from_pylist(rows))
    assert [day.day for day in quarantined_days(lake, "orders")] == [26, 27], "a duplicate broke no rule"
    assert [day.day for day in quarantined_days(lake, "orders", rule="it's_other")] == [27]
    assert quarantined_days(lake, "orders", day="2011-03-25") == []
    assert [row[2] for row in lines(lake, "orders", rule="it's_other")] == [2]
    assert [(rule, n, first.day, last.day) for _, rule, n, first, last in counts(lake)] == [
        ("a_rule", 2, 26, 27), ("duplicate", 1, 25, 25), ("it's_other", 1, 27, 27), ("superseded", 1, 28, 28),
    ]  # fmt: skip


@pytest.mark.parametrize(("told", "shown"), [("classification: pii", HIDDEN), ("classification: internal", "1,anna,fern,2")])
def test_a_malformed_line_is_shown_as_it_landed_where_its_input_tells_of_nobody(settings, started, tmp_path, told, shown):
    shop = CornerShop(settings, started, tmp_path)
    shop.reload((tmp_path / "source.yaml").read_text().replace("classification: pii", told))
    shop.deliver(DAYS[0], ["1,anna,fern,2", *(line(n, DAYS[0]) for n in range(2, 42))])
    shop.build(DAYS[0])
    ((*_, landed, _),) = lines(shop.lake, "orders")
    assert landed == shown
