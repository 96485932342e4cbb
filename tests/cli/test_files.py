"""`greenhouse files`: what waits, what repeats another file, and the choice of an overwritten file's version. No engine is asked."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake
from typer.testing import CliRunner

from cli.files import NOT_YET, app, told_apart, waiting
from lakehouse.ingestion.bronze.overwritten_files import SETTLED, overwritten_files
from lakehouse.ingestion.files.delivery_ledger import FILES
from lakehouse.publishing.invalidation import open_marks
from lakehouse.tables import ledger
from tests.lakehouse.corner_shop import CornerShop, line

AT = datetime(2011, 4, 1, 8, tzinfo=UTC)


@pytest.fixture
def shop(settings, tmp_path, monkeypatch):
    shop = CornerShop(settings, None, tmp_path)
    for opens in ("open_lake", "contracts_only_lake"):
        monkeypatch.setattr(f"assets.open_lake.{opens}", lambda _: shop.lake)
    return shop


def landed(name, digest, outcome="landed", same_as=None, hours=0):
    return {
        "input": "lines", "file_name": name, "file_day": date(2011, 3, 25), "size_bytes": 1, "modified_at": AT, "sha256": digest * 64, "rows": 7,
        "outcome": outcome, "same_as": same_as, "rescued_columns": [], "landed_at": AT + timedelta(hours=hours), "publish_id": "p", "run_id": "r",
    }  # fmt: skip


def test_new_files_wait_in_one_line_and_each_that_cannot_be_taken_in_one_of_its_own(shop):
    assert waiting(shop.lake, "lines") == []
    for day in ("2011-03-25", "2011-03-26", "2011-03-27"):
        shop.deliver(day, [line(n, day) for n in range(3)])
    broken = shop.deliver("2011-03-28", [])
    broken.write_bytes(b"")
    ledger.append(shop.lake, FILES, [landed("lines/2011-03-27.csv", "a")])
    new, overwritten, refused = waiting(shop.lake, "lines")
    assert new == ("lines", "2 files", "2011-03-25..2011-03-26", "new", 6, "", NOT_YET)
    assert overwritten[:5] == ("lines", "lines/2011-03-27.csv", date(2011, 3, 27), "new, overwritten", 3)
    assert (len(overwritten[5]), overwritten[6]) == (12, NOT_YET)
    assert refused[:4] == ("lines", "lines/2011-03-28.csv", date(2011, 3, 28), "not taken")
    assert refused[6].startswith(f"{broken}: the file is empty")


def test_of_what_landed_every_version_of_an_overwritten_file_is_told_and_what_repeats_another(shop):
    same = "lines/a.csv"
    ledger.append(
        shop.lake, FILES, [landed(same, "a"), landed(same, "b", "overwritten", hours=1), landed("lines/c.csv", "c", "repeated", same)]
    )
    assert [(row[1], row[3], row[5], row[6]) for row in told_apart(shop.lake, "lines")] == [
        (same, "overwritten", "a" * 12, "seen 2011-04-01 08:00:00 UTC"), (same, "overwritten", "b" * 12, "seen 2011-04-01 09:00:00 UTC"),
        ("lines/c.csv", "repeated", "c" * 12, f"the same as {same}"),
    ]  # fmt: skip
    shown = CliRunner().invoke(app, ["list"])
    assert shown.exit_code == 0
    assert "Choose the right version of an overwritten file with: ./greenhouse files settle FILE VERSION --reason WHY" in shown.output


def test_a_version_is_settled_with_who_and_why_and_only_where_a_choice_is_open(shop, monkeypatch):
    assert "Every file that lies there was landed once" in CliRunner().invoke(app, ["list"]).output
    refused = CliRunner().invoke(app, ["settle", "lines/a.csv", "b", "--reason", "it is whole"])
    assert "lines/a.csv: no choice is open on this file" in refused.exception.message
    ledger.append(shop.lake, FILES, [landed("lines/a.csv", "a"), landed("lines/a.csv", "b", "overwritten", hours=1)])
    monkeypatch.setattr("getpass.getuser", lambda: "bea")
    built = CommitProperties(custom_metadata={"userMetadata": '{"publish_id": "p", "built": ["2011-03-25"]}'})
    write_deltalake(
        shop.lake.path("silver.orders"), pa.table({"day": [date(2011, 3, 25)], "n": [1]}), partition_by="day", commit_properties=built
    )
    done = CliRunner().invoke(app, ["settle", "lines/a.csv", "bb", "--reason", "it is whole"])
    assert (done.exit_code, "Written down. The next run computes 1 tables again: ./greenhouse run" in done.output) == (0, True)
    (mark,) = open_marks(shop.lake)
    assert (mark.table, mark.days, mark.is_rebuild) == ("silver.orders", (date(2011, 3, 25),), True)
    assert mark.reason == "lines/a.csv was settled: it is whole"
    (row,) = ledger.rows(shop.lake, SETTLED)
    assert (row["input"], row["file_name"], row["sha256"], row["settled_by"], row["reason"]) == ("lines", "lines/a.csv", "b" * 64, "bea", "it is whole")  # fmt: skip
    assert overwritten_files(shop.lake, "lines") == {}
