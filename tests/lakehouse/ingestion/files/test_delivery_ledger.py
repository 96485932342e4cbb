"""What becomes of a file delivered twice, under another name, or with other content; and of what was published of it before."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from lakehouse.days import DayRange
from lakehouse.errors import LakeError, LandingError
from lakehouse.ingestion.bronze.new_files import Arrivals, arrived
from lakehouse.ingestion.bronze.overwritten_files import overwritten_files, settle, standing, withheld
from lakehouse.ingestion.bronze.ready import ready_until
from lakehouse.ingestion.files.csv_lines import Csv
from lakehouse.ingestion.files.delivery_ledger import Known, classified, known_of
from lakehouse.ingestion.files.file_inspection import let_settle, sha256_of
from lakehouse.ingestion.files.manifest import refuse_unannounced
from lakehouse.ingestion.reconcile import reconcile
from lakehouse.publishing import invalidation
from lakehouse.publishing.built_days import newest_day
from lakehouse.shop.landed_file import LandedFile
from lakehouse.shop.layout import Contents
from lakehouse.shop.location import Location
from lakehouse.tables import ledger as ledger_of
from lakehouse.tables.commit_record import CommitRecord, Published
from tests.lakehouse.corner_shop import CornerShop, line

DAY, NEXT = "2011-03-25", "2011-03-26"
AT = datetime(2011, 4, 1, tzinfo=UTC)


def many_named(corner):
    """A day may have several files."""
    source = (corner.folder / "source.yaml").read_text()
    corner.reload(source.replace("{day}.csv", "{day}*.csv"))


def orders(corner):
    return sorted(row["order_id"] for row in corner.rows("silver.orders"))


def outcomes(corner):
    return sorted((row["source_file"], row["outcome"]) for row in corner.rows("quarantine.orders"))


def ledger(corner):
    return sorted((row["file_name"], row["outcome"], row["same_as"]) for row in corner.rows("monitoring.landed_files"))


def test_the_same_content_under_another_name_is_landed_once(corner):
    many_named(corner)
    corner.deliver(DAY, [line(1, DAY)])
    corner.deliver(f"{DAY}-again", [line(1, DAY)])
    corner.publish("bronze.lines", DAY)
    corner.deliver(f"{DAY}-once more", [line(1, DAY)])
    assert corner.publish("bronze.lines", DAY).days == ()
    assert len(corner.rows("bronze.lines")) == 1
    first = f"lines/{DAY}-again.csv"
    assert ledger(corner) == [
        (first, "landed", None),
        (f"lines/{DAY}-once more.csv", "repeated", first),
        (f"lines/{DAY}.csv", "repeated", first),
    ]
    assert corner.publish("bronze.lines", DAY).notes == (), "what is in the ledger is not read again"


def test_a_day_whose_events_repeat_another_day_is_still_missing(corner):
    corner.deliver(DAY, [line(1, DAY)])
    corner.deliver(NEXT, [line(1, DAY)])
    reason = f"lines/{NEXT}.csv repeats lines/{DAY}.csv; deliver the file of {NEXT}"
    with pytest.raises(LandingError, match=reason):
        corner.publish("bronze.lines", f"{DAY}..{NEXT}")
    assert ready_until(corner.lake) == (date(2011, 3, 25), reason)


def test_files_without_lines_repeat_nothing(corner):
    for day in (DAY, NEXT):
        corner.deliver(day, [])
    corner.publish("bronze.lines", f"{DAY}..{NEXT}")
    assert [outcome for _, outcome, _ in ledger(corner)] == ["landed", "landed"]


def test_an_overwritten_file_waits_in_quarantine_with_both_its_versions_until_one_is_chosen(corner):
    corner.deliver(DAY, [line(1, DAY), line(2, DAY)])
    corner.deliver(NEXT, [line(9, NEXT)])
    corner.build(f"{DAY}..{NEXT}")
    corner.deliver(DAY, [line(1, DAY), line(2, DAY, quantity=5), line(3, DAY)])
    corner.build(NEXT)

    assert orders(corner) == ["9"], "the day after is published, and nothing of a file in dispute"
    assert outcomes(corner) == [(f"lines/{DAY}.csv", "overwritten")] * 5
    (account,) = reconcile(corner.lake)
    assert (account.landed, account.published, account.set_aside, account.balances) == (6, 1, 5, True)
    assert ready_until(corner.lake) == (date(2011, 3, 26), None)

    digest = next(row["sha256"] for row in overwritten_files(corner.lake, "lines")[f"lines/{DAY}.csv"] if row["rows"] == 3)
    days = settle(corner.lake, "lines", f"lines/{DAY}.csv", digest[:12], "a test", "the shop corrected it")
    invalidation.mark(corner.lake, "bronze.lines", days, "settled", "a test", is_rebuild=True)
    corner.publish("silver.orders", NEXT)

    assert orders(corner) == ["1", "2", "3", "9"], "what the version not chosen repeats is no duplicate"
    assert outcomes(corner) == [(f"lines/{DAY}.csv", "superseded")] * 2
    assert invalidation.open_marks(corner.lake) == []
    (account,) = reconcile(corner.lake)
    assert (account.landed, account.published, account.set_aside, account.balances) == (6, 4, 2, True)


def test_a_second_file_of_a_day_restates_what_was_made_of_the_day(corner):
    many_named(corner)
    for day in (DAY, NEXT):
        corner.deliver(day, [line(day[-1], day)])
    corner.build(f"{DAY}..{NEXT}", "kpis.daily_sales")
    corner.deliver(f"{DAY}-evening", [line(7, DAY, quantity=4)])
    corner.publish("bronze.lines", NEXT)
    corner.publish("kpis.daily_sales", DAY)
    assert {mark.table for mark in invalidation.open_marks(corner.lake)} == {"silver.orders", "kpis.daily_sales"}, (
        "it reads what is stale itself"
    )
    assert newest_day(corner.lake, "kpis.daily_sales") == date(2011, 3, 26), "a day run again is not the newest"
    corner.publish("silver.orders", NEXT)
    corner.publish("kpis.daily_sales", NEXT)
    assert invalidation.open_marks(corner.lake) == []
    assert {str(row["day"]): row["units_sold"] for row in corner.rows("kpis.daily_sales")} == {DAY: 5, NEXT: 1}


@pytest.mark.parametrize("grows", [True, False])
def test_a_file_that_changes_while_it_is_read_waits(corner, monkeypatch, grows):
    path, looked = corner.deliver(DAY, [line(1, DAY)]), Csv.look

    def look_while_written(self, *given):
        found = looked(self, *given)
        text = path.read_text()
        path.write_text(text + line(2, DAY) + "\n" if grows else text.replace("fern", "moss"))
        return found

    monkeypatch.setattr(Csv, "look", look_while_written)
    assert list(arrived(corner.lake, "lines").problems.values()) == [f"{path}: is still being written; run again when it is whole"]
    monkeypatch.undo()
    (delivery,) = arrived(corner.lake, "lines").deliveries
    assert delivery.file.contents.rows == (2 if grows else 1)


def test_a_manifest_tells_a_whole_file_from_a_cut_one(corner):
    source = (corner.folder / "source.yaml").read_text()
    corner.reload(source.replace('{day}.csv"', '{day}.csv"\n    manifest: "lines/{day}.sha256"'))
    path = corner.deliver(DAY, [line(1, DAY), line(2, DAY)])
    manifest = path.with_suffix(".sha256")
    assert "the manifest is not there yet" in arrived(corner.lake, "lines").reasons(date(2011, 3, 25))[0]
    manifest.write_text(f"{sha256_of(Location(str(path)))}  {path.name}\n")
    whole = path.read_text()
    path.write_text(whole[: whole.index("\n2,") + 1])
    assert "its manifest says" in arrived(corner.lake, "lines").reasons(date(2011, 3, 25))[0]
    path.write_text(whole)
    corner.publish("bronze.lines", DAY)
    first = sha256_of(Location(str(path)))
    corner.deliver(DAY, [line(1, DAY), line(2, DAY, quantity=9)])
    manifest.write_text(f"{sha256_of(Location(str(path)))}  {path.name}\n")
    corner.publish("bronze.lines", DAY)
    assert standing(corner.rows("monitoring.landed_files"), corner.rows("monitoring.settled_files")) == {
        ("lines/2011-03-25.csv", first): "superseded"
    }


def row(name, digest, hours, same_as=None):
    at = AT + timedelta(hours=hours)
    return {"file_name": name, "sha256": digest, "landed_at": at, "outcome": "landed", "rows": 1, "same_as": same_as}


def decision(name, digest, hours):
    return {"file_name": name, "sha256": digest, "settled_at": AT + timedelta(hours=hours)}


@pytest.mark.parametrize(
    ("files", "settled", "expected"),
    [
        ([row("a", "1", 0)], [], {}),
        ([row("a", "1", 0), row("a", "2", 1)], [], {("a", "1"): "overwritten", ("a", "2"): "overwritten"}),
        ([row("a", "2", 0), row("a", "1", 1), row("a", "2", 2)], [decision("a", "1", 3)], {("a", "2"): "superseded"}),
        ([row("a", "1", 0), row("a", "2", 1)], [decision("a", "1", 3), decision("a", "2", 4)], {("a", "1"): "superseded"}),
        ([row("a", "1", 0), row("a", "2", 1), row("a", "3", 5)], [decision("a", "1", 3)], {("a", each): "overwritten" for each in "123"}),
        ([row("a", "1", 0), row("a", "2", 3)], [decision("a", "1", 3)], {("a", "2"): "superseded"}),
        ([row("a", "1", 0), row("a", "2", 1), row("a", "1", 5)], [decision("a", "2", 3)], {("a", "1"): "superseded"}),
        ([row("a", "1", 0), row("b", "1", 1, "a"), row("b", "2", 2)], [], {("a", "1"): "overwritten", ("b", "2"): "overwritten"}),
        ([row("a", "1", 0), row("b", "1", 1), row("b", "2", 2)], [], {("b", "1"): "overwritten", ("b", "2"): "overwritten"}),
        ([row("a", "1", 0), row("a", "2", 1), row("b", "1", 2, "a")], [decision("a", "2", 3)], {("a", "1"): "superseded"}),
    ],
)
def test_standing(files, settled, expected):
    assert standing(files, settled) == expected
    assert standing(files[::-1], settled) == expected, "whichever is read first"


def landed(name, digest, hours):
    """The ledger's row of a delivery of the 25th, as `settle` reads it."""
    return row(f"lines/{name}.csv", digest, hours) | {
        "input": "lines", "file_day": date(2011, 3, 25), "size_bytes": 1, "modified_at": AT, "same_as": None, "rescued_columns": [],
        "publish_id": f"landing {hours}", "run_id": "a run",
    }  # fmt: skip


def test_a_version_is_chosen_by_the_beginning_that_no_other_has(settings, tmp_path):
    lake = CornerShop(settings, None, tmp_path).lake
    ledger_of.append(lake, "monitoring.landed_files", [landed("a", "ab1", 0), landed("a", "ab2", 1), landed("b", "ab3", 2)])
    with pytest.raises(LandingError, match=r"lines/a\.csv: 2 of its versions begin with ab; they are ab1, ab2"):
        settle(lake, "lines", "lines/a.csv", "ab", "a test", "a guess")
    with pytest.raises(LandingError, match="0 of its versions begin with ab3"):
        settle(lake, "lines", "lines/a.csv", "ab3", "a test", "of another file")
    with pytest.raises(LandingError, match=r"lines/b\.csv: no choice is open"):
        settle(lake, "lines", "lines/b.csv", "ab3", "a test", "it was never overwritten")
    assert settle(lake, "lines", "lines/a.csv", "AB2", "a test", "the shop said so") == {date(2011, 3, 25)}
    assert overwritten_files(lake, "lines") == {}
    with pytest.raises(LandingError, match="no choice is open"):
        settle(lake, "lines", "lines/a.csv", "ab1", "a test", "too late")


class CutOff:
    """A lake whose newest landing may not stand in the ledger."""

    def __init__(self, *landings):
        self.landings = landings

    def publishes(self, table):
        return (Published(0, CommitRecord((), each)) for each in self.landings)

    def exists(self, table):
        return table == "monitoring.landed_files"

    def arrow(self, table, version, filter=None):
        import pyarrow as pa

        return pa.Table.from_pylist([landed("a", "1", 0), landed("a", "2", 1)]).filter(filter)


def test_nothing_is_published_from_a_landing_that_was_cut_off_before_it_was_written_down():
    written_down, cut_off = (
        SimpleNamespace(lake=CutOff(*each), version_of=lambda table: 1) for each in (("landing 1", "landing 9"), ("landing 9",))
    )
    assert withheld(written_down, "lines") == {("lines/a.csv", each): "overwritten" for each in "12"}
    with pytest.raises(LakeError, match=r"bronze\.lines: its last landing was cut off"):
        withheld(cut_off, "lines")


def file(name, day, digest, rows=1):
    return LandedFile(name, Location(name), date(2011, 3, day), 9, AT, Contents(("line",), rows), digest)


def test_a_list_may_say_the_same_on_two_days_and_events_may_not():
    files = [file("a", 25, "1"), file("b", 26, "1"), file("c", 26, "2"), file("d", 27, "0", rows=0), file("e", 28, "0", rows=0)]
    days = {}
    for is_events in (True, False):
        known = Known(is_events)
        again = "repeated" if is_events else "landed"  # what was said of one day may be said of another after something else
        assert [each.outcome for each in classified(files[:2] + files[3:], known)] == ["landed", again, "landed", "landed"]
        assert [each.outcome for each in classified([file("f", 26, "1")], known)] == ["repeated"], "of one day it is said once"
        days[is_events] = {day.day for day in known.days}
        assert set(known.repeats) == ({date(2011, 3, 26)} if is_events else set())
    assert days == {True: {25, 27, 28}, False: {25, 26, 27, 28}}
    known = Known(True)
    (first, other) = classified([files[0], file("a", 25, "2")], known)
    assert (first.outcome, other.outcome, other.has_new_lines) == ("landed", "overwritten", True)


def test_of_files_taken_together_the_ledger_may_tell_first_which_one_repeats_another():
    first, again = (
        landed("a", "1", 0),
        landed("b", "1", 0) | {"outcome": "repeated", "same_as": "lines/a.csv", "file_day": date(2011, 3, 26)},
    )
    known = known_of(SimpleNamespace(holds_events=lambda name: True), "lines", [again, first])
    assert (known.days, set(known.repeats)) == ({date(2011, 3, 25)}, {date(2011, 3, 26)})


def test_an_input_that_delivers_when_changed_lacks_only_the_days_of_files_that_were_not_taken():
    days = DayRange.parse("2011-03-25..2011-03-28")
    known = Known(False, days={date(2011, 3, 25)})
    found = Arrivals("lists", [], {file("b", 27, "2"): "b.csv: cannot be read"}, known, {}, [], [])
    for is_daily, missing in ((True, [26, 27, 28]), (False, [27])):
        entry = SimpleNamespace(pulled=None, delivers_every_day=is_daily, files="{day}.csv")
        shop = SimpleNamespace(inputs={"lists": entry}, open_days=list, landing_folder=Location("landing"), path="source.yaml")
        assert [day.day for day in found.missing(shop, days)] == missing
        gap = found.gap(shop, days)
        assert (gap[0].day, "has no file for 2011-03-26" in gap[1]) == (missing[0], is_daily)
    assert gap == (date(2011, 3, 27), "b.csv: cannot be read")


def test_a_manifest_names_the_file_and_its_whole_hash(tmp_path):
    entry, path = SimpleNamespace(manifest="lists/{day}.sha256"), Location(f"{tmp_path}/lines/2011-03-25.csv")
    (tmp_path / "lists").mkdir()

    def announced(text):
        (tmp_path / "lists" / f"{DAY}.sha256").write_text(text)
        refuse_unannounced(entry, path, f"lines/{DAY}.csv", date(2011, 3, 25), "a" * 64)

    announced(f"{'b' * 64}  other.csv\n{'A' * 64} *lines/{DAY}.csv\n")
    with pytest.raises(LandingError, match="does not name it; run again when the manifest is whole"):
        announced(f"{'a' * 64}  other.csv\n")
    with pytest.raises(LandingError, match="its manifest says aaaaaaaaaaaa"):
        announced(f"{'a' * 63}b  {DAY}.csv\n")
    with pytest.raises(LandingError, match=r"\.sha256:2: not a line of sha256sum"):
        announced(f"{'a' * 64}  {DAY}.csv\n{'a' * 63}  other.csv\n")


def test_what_was_written_a_moment_ago_is_left_alone_for_a_while(monkeypatch):
    waited = []
    monkeypatch.setattr("time.sleep", waited.append)
    now = datetime.now(UTC)
    ages = {"old": timedelta(hours=1), "young": timedelta(seconds=3), "of a clock ahead": timedelta(hours=-1)}
    files = {name: replace(file(name, 25, "1"), modified_at=now - age) for name, age in ages.items()}
    let_settle([files["old"]], 10)
    let_settle([files["old"], files["young"]], 10)
    let_settle(list(files.values()), 10)
    let_settle([], 10)
    assert waited == [0, pytest.approx(7, abs=1), 10]
