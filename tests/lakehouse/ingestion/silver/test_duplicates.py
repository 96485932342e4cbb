"""Which of a key's lines counts: a line in quarantine makes no other a duplicate, a key that is not told equals none, the last of a file wins."""

import pytest

from lakehouse.ingestion.reconcile import reconcile
from lakehouse.ingestion.silver.shop_select import _duplicate_key
from lakehouse.shop.inputs import Duplicates
from tests.lakehouse.corner_shop import line

DAY, NEXT = "2011-03-25", "2011-03-26"
OTHERS = "came again with other values"


def published(corner):
    return sorted((row["order_id"], row["quantity"]) for row in corner.rows("silver.orders"))


def set_aside(corner):
    return sorted((row["source_row"], row["outcome"]) for row in corner.rows("quarantine.orders"))


def balanced(corner):
    (account,) = reconcile(corner.lake)
    return (account.landed, account.unaccounted)


def built(corner, lines, day=DAY, days=DAY):
    corner.deliver(day, lines)
    corner.publish("bronze.lines", days)
    return corner.publish("silver.orders", days)


GOOD = [line(n, DAY) for n in range(100, 140)]  # so that one bad line is no twentieth of the day


@pytest.mark.parametrize("order", [1, -1])
def test_a_quarantined_line_makes_its_right_repetition_no_duplicate(corner, order):
    built(corner, [*GOOD, *[line(1, DAY, quantity="some"), line(1, DAY, quantity=3)][::order]])
    assert ("1", 3) in published(corner) and len(published(corner)) == 41
    assert [outcome for _, outcome in set_aside(corner)] == ["quarantined"]
    assert balanced(corner) == (42, 0)


def test_the_right_line_may_come_with_the_file_of_a_later_day(late_corner):
    built(late_corner, [*GOOD, line(1, DAY, quantity="some")])
    assert "1" not in dict(published(late_corner))
    built(late_corner, [line(1, DAY, quantity=3)], NEXT, f"{DAY}..{NEXT}")
    assert dict(published(late_corner))["1"] == 3
    assert balanced(late_corner) == (42, 0)


def test_keys_that_are_not_told_are_equal_to_nothing(corner):
    source = (corner.folder / "source.yaml").read_text()
    corner.reload(source.replace("key: [line]", "key: [customer, sold_at]"))
    built(corner, [line(number, DAY, customer=customer) for number, customer in enumerate(("", "", "", "anna", "anna"))])
    assert [key for key, _ in published(corner)] == ["0", "1", "2", "4"], "nobody's lines are all of them somebody's"
    assert set_aside(corner) == [(4, "duplicate")]


def test_of_two_versions_in_a_file_the_later_line_counts_and_it_is_told_once(corner):
    done = built(corner, [line(1, DAY, quantity=2), line(2, DAY), line(1, DAY, quantity=5), line(2, DAY)])
    assert published(corner) == [("1", 5), ("2", 1)]
    assert set_aside(corner) == [(1, "duplicate"), (2, "duplicate")]
    (told,) = [note for note in done.notes if OTHERS in note]
    assert told.startswith("1 lines of silver.orders"), "what is the same in both needs no word"
    assert balanced(corner) == (4, 0)


def test_a_line_delivered_again_later_changes_nothing(late_corner):
    built(late_corner, [line(1, DAY, quantity=2)])
    done = built(late_corner, [line(1, DAY, quantity=2), line(2, NEXT)], NEXT, f"{DAY}..{NEXT}")
    assert published(late_corner) == [("1", 2), ("2", 1)]
    assert not [note for note in done.notes if OTHERS in note]


def test_of_two_files_the_first_ones_line_counts_and_the_other_values_are_told(late_corner):
    built(late_corner, [line(1, DAY, quantity=2)])
    done = built(late_corner, [line(1, DAY, quantity=9)], NEXT, f"{DAY}..{NEXT}")
    assert published(late_corner) == [("1", 2)]
    assert [note for note in done.notes if note.startswith("1 lines of silver.orders " + OTHERS)]


def test_a_key_with_a_null_column_is_none(corner, spark):
    rows = spark.createDataFrame([(None, "x"), ("1", None), ("1", "x")], "line string, customer string")
    entry = corner.lake.shop.inputs["lines"].model_copy(update={"duplicates": Duplicates(key=("line", "customer"))})
    found = [row[0] for row in rows.select(_duplicate_key(entry)).collect()]
    assert found == [None, None, '{"line":"1","customer":"x"}']


def test_a_key_that_comes_again_on_another_day_is_no_duplicate_though_both_are_written_together(corner):
    for day in ("2011-03-25", "2011-03-26"):
        corner.deliver(day, [line(1, day), line(1, day, quantity=2), line(2, day)])
    corner.publish("bronze.lines", "2011-03-25..2011-03-26")
    together = corner.publish("silver.orders", "2011-03-25..2011-03-26")
    assert (together.rows_by_day, together.quarantined) == ({"2011-03-25": 2, "2011-03-26": 2}, 2)
    alone = [corner.publish("silver.orders", day) for day in ("2011-03-25", "2011-03-26")]
    assert [(each.rows_by_day, each.quarantined) for each in alone] == [({"2011-03-25": 2}, 1), ({"2011-03-26": 2}, 1)]
