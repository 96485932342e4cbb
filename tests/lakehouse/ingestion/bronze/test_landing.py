"""Landing: what is taken, and what is refused with one sentence and nothing half-written."""

import gzip

import pytest

from lakehouse.errors import LandingError
from lakehouse.ingestion.bronze.bronze_contracts import bronze_contracts
from lakehouse.ingestion.files.file_inspection import delivered_files
from lakehouse.shop.source import load_shop
from tests.lakehouse.corner_shop import HEADER, CornerShop, lay_out, line


def landed(corner):
    return corner.lake.exists("bronze.lines") and corner.lake.version("bronze.lines") > 0


def test_lines_keep_their_text_file_and_row(corner):
    corner.deliver("2011-03-25", [line(1, "2011-03-25", price="2.50"), line(2, "2011-03-25", quantity="many")])
    done = corner.publish("bronze.lines", "2011-03-25")
    rows = {row["file_row"]: row for row in corner.rows("bronze.lines")}
    assert done.rows == 2
    assert (rows[1]["price"], rows[1]["file_name"]) == ("2.50", "lines/2011-03-25.csv")
    assert rows[2]["quantity"] == "many"


def test_a_file_is_landed_once(corner):
    corner.deliver("2011-03-25", [line(1, "2011-03-25")])
    corner.publish("bronze.lines", "2011-03-25")
    again = corner.publish("bronze.lines", "2011-03-25")
    assert again.days == ()
    assert len(corner.rows("bronze.lines")) == 1
    ledger = corner.rows("monitoring.landed_files")
    assert [(row["file_name"], row["rows"]) for row in ledger] == [("lines/2011-03-25.csv", 1)]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("2011-03-26.csv", b"line,customer,product,quantity,sold_at\n", "column price is missing"),
        ("2011-03-26.csv", f"{HEADER},price\n".encode(), "column price stands twice"),
        ("2011-03-26.csv", b"", "the file is empty"),
        ("2011-03-26.csv", b"\xff\xfe\x00", "cannot be read"),
        ("2012-01-01.csv", b"", "outside the shop's days"),
        ("2011-13-45.csv", b"", "is no day"),
    ],
)
def test_a_bad_file_stops_the_whole_range(corner, name, content, reason):
    corner.deliver("2011-03-25", [line(1, "2011-03-25")])
    corner.deliver("2011-03-26", [line(2, "2011-03-26")])
    (corner.folder / "landing" / "lines" / name).write_bytes(content)
    with pytest.raises(LandingError) as caught:
        corner.publish("bronze.lines", "2011-03-25..2011-03-26")
    assert reason in caught.value.message
    assert name in caught.value.message
    assert "\n" not in caught.value.message
    assert not landed(corner)


def test_a_cut_off_archive_is_unreadable(corner):
    corner.deliver("2011-03-25", [line(n, "2011-03-25") for n in range(500)])
    text = (corner.folder / "landing" / "lines" / "2011-03-25.csv").read_bytes()
    source = corner.folder / "source.yaml"
    source.write_text(source.read_text().replace("{day}.csv", "{day}.csv.gz"))
    path = corner.folder / "landing" / "lines" / "2011-03-25.csv.gz"
    path.write_bytes(gzip.compress(text)[:-20])
    from lakehouse.ingestion.files.file_inspection import examine
    from lakehouse.shop.landed_file import LandedFile
    from lakehouse.shop.location import Location
    from lakehouse.shop.source import load_shop

    with pytest.raises(LandingError, match=r"2011-03-25\.csv\.gz: cannot be read"):
        examine(load_shop(source).inputs["lines"], LandedFile(path.name, Location(str(path)), corner.lake.shop.first_day))


def test_an_open_day_without_a_file_is_said(corner):
    corner.deliver("2011-03-25", [line(1, "2011-03-25")])
    with pytest.raises(LandingError, match="input lines has no file for 2011-03-26, 2011-03-27"):
        corner.publish("bronze.lines", "2011-03-25..2011-03-27")
    assert not landed(corner)


def test_an_unknown_column_is_kept_told_once_and_flows_in_when_it_is_named(corner):
    for number, day in enumerate(("2011-03-25", "2011-03-26")):
        corner.deliver(day, [line(number, day) + f",red {number}"], header=f"{HEADER},colour")
        done = corner.publish("bronze.lines", day)
        assert [note.partition(":")[2] for note in done.notes] == [
            f" column colour is not in {corner.lake.shop.path}; it is kept in _rescued until inputs.lines.columns holds {{name: colour}}"
        ] * (1 - number)
    assert {row["_rescued"] for row in corner.rows("bronze.lines")} == {'{"colour":"red 0"}', '{"colour":"red 1"}'}
    source = (corner.folder / "source.yaml").read_text()
    source = source.replace("      - {name: sold_at", "      - {name: colour, description: Which.}\n      - {name: sold_at")
    corner.reload(source.replace("product AS product_group", "colour AS product_group"))
    corner.deliver("2011-03-27", [line(2, "2011-03-27") + ",red 2"], header=f"{HEADER},colour")
    corner.build("2011-03-25..2011-03-27")
    assert sorted(row["product_group"] for row in corner.rows("silver.orders")) == ["red 0", "red 1", "red 2"]
    assert sorted(str(row["colour"]) for row in corner.rows("bronze.lines")) == ["None", "None", "red 2"]


def test_rows_are_numbered_as_they_stand_though_many_tasks_read_a_file(corner):
    days = ("2011-03-25", "2011-03-26", "2011-03-27")
    for number, day in enumerate(days):
        corner.deliver(day, [line(n, day) for n in range(1, 60 * number + 20)])
    spark, setting = corner.lake.spark, "spark.sql.files.maxPartitionBytes"
    before = spark.conf.get(setting)
    spark.conf.set(setting, "700")
    try:
        corner.publish("bronze.lines", f"{days[0]}..{days[-1]}")
    finally:
        spark.conf.set(setting, before)
    rows = corner.rows("bronze.lines", ["line", "file_row", "file_name"])
    assert len(rows) == 19 + 79 + 139
    assert all(row["file_row"] == int(row["line"]) for row in rows)
    assert len({(row["file_name"], row["file_row"]) for row in rows}) == len(rows)


@pytest.mark.parametrize(("day", "reason"), [
    ("2011-03-24", "its day lies outside the shop's days"), ("2011-04-06", "its day lies outside the shop's days"),
    ("2011-04-02", "2011-04-02 is a closed day in"), ("2011-02-30", "2011-02-30 is no day"),
    ("2011-03-25", None), ("2011-04-05", None),
])  # fmt: skip
def test_a_file_is_of_an_open_day_of_the_shop_its_first_and_last_among_them(settings, tmp_path, day, reason):
    corner = CornerShop(settings, None, tmp_path)
    corner.reload((tmp_path / "source.yaml").read_text() + "closed_days: [2011-04-02]\n")
    path = corner.deliver(day, [line(1, day)])
    if reason is None:
        assert [file.name for file in delivered_files(corner.lake.shop, "lines")] == [f"lines/{day}.csv"]
    else:
        with pytest.raises(LandingError, match=f"{path}: .*{reason}|{path}: {reason}"):
            delivered_files(corner.lake.shop, "lines")


@pytest.mark.parametrize(("said", "rest"), [("pii", "pii"), ("sensitive", "sensitive"), ("public", "internal")])
def test_what_is_personal_at_the_source_is_so_in_bronze_with_the_lines_that_may_hold_it(tmp_path, said, rest):
    source = lay_out(tmp_path)
    source.write_text(source.read_text().replace("classification: pii", f"classification: {said}"))
    contract = bronze_contracts(load_shop(source))["bronze.lines"]
    kinds = {column.name: column.classification for column in contract.columns}
    assert (kinds["customer"], kinds["product"]) == (said, "internal")
    assert kinds["_rescued"] == kinds["malformed_line"] == rest, "whatever a line holds may be the most personal of its columns"
    assert contract.personal_columns == (("customer", "_rescued", "malformed_line") if said != "public" else ())


def test_a_landing_that_did_not_keep_all_its_lines_is_landed_anew(corner, monkeypatch):
    corner.deliver("2011-03-25", [line(n, "2011-03-25") for n in range(3)])
    with monkeypatch.context() as cut_off:  # before the ledger was written
        cut_off.setattr("assets.bronze_tables.ledger.append", lambda *_: None)
        corner.publish("bronze.lines", "2011-03-25")
    corner.lake.delta("bronze.lines").delete("file_row = 2")
    corner.publish("bronze.lines", "2011-03-25")
    assert sorted(row["file_row"] for row in corner.rows("bronze.lines")) == [1, 2, 3]
