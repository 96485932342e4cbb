"""Files that are delivered to another file system than the local one: a real HDFS, read by Python and by the engine under one URL."""

from __future__ import annotations

import gzip
import io
import re

import pandas as pd
import pytest

from lakehouse.errors import LandingError, SourceError
from lakehouse.ingestion.bronze.new_files import arrived
from lakehouse.ingestion.reconcile import reconcile
from lakehouse.shop.location import Location, holds_password, is_url, reason
from tests.lakehouse.corner_shop import HEADER, CornerShop, line
from tests.lakehouse.ingestion.connectors import hdfs_server

DAYS = ("2011-03-25", "2011-03-26", "2011-03-27")


@pytest.fixture(scope="module")
def hdfs(tmp_path_factory):
    with hdfs_server.running(tmp_path_factory.mktemp("hdfs")) as server:
        yield server


@pytest.fixture
def shop(corner, hdfs, request):
    """The corner shop, its files delivered to HDFS."""
    corner.root = f"/{request.node.name}"
    moved(corner, "{day}.csv", hdfs)
    return corner


def moved(corner: CornerShop, files: str, hdfs, form: str = "csv") -> None:
    source = (corner.folder / "source.yaml").read_text()
    source = source.replace("inputs:", f"landing: {hdfs.url}{corner.root}\ninputs:", 1) if "landing:" not in source else source
    source = re.sub("    format: .*\n", "", source).replace("lines/{day}.csv", f"lines/{files}")
    corner.reload(source.replace("    columns:", f"    format: {form}\n    columns:", 1))


def text(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines, ""]).encode()


def test_files_of_hdfs_are_landed_once_with_file_and_row(shop, hdfs):
    for number, day in enumerate(DAYS):
        hdfs.put(f"{shop.root}/lines/{day}.csv", text(*(line(10 * number + n, day) for n in range(3))))
    hdfs.put(f"{shop.root}/lines/notes.txt", b"no delivery")
    shop.build(f"{DAYS[0]}..{DAYS[2]}")
    shop.build(f"{DAYS[0]}..{DAYS[2]}")
    stands = {(row["file_name"], row["file_row"], row["line"]) for row in shop.rows("bronze.lines")}
    assert stands == {(f"lines/{day}.csv", n + 1, str(10 * number + n)) for number, day in enumerate(DAYS) for n in range(3)}
    assert len(shop.rows("bronze.lines")) == len(shop.rows("silver.orders")) == 9
    assert all(account.balances for account in reconcile(shop.lake))


def test_what_is_overwritten_there_waits_and_what_is_cut_off_is_not_taken(shop, hdfs):
    hdfs.put(f"{shop.root}/lines/{DAYS[0]}.csv", text(line(1, DAYS[0])))
    shop.build(DAYS[0])
    hdfs.put(f"{shop.root}/lines/{DAYS[0]}.csv", text(line(1, DAYS[0], quantity=7)))
    shop.build(DAYS[0])
    assert shop.rows("silver.orders") == []
    assert [row["outcome"] for row in shop.rows("quarantine.orders")] == ["overwritten"] * 2
    hdfs.put(f"{shop.root}/lines/{DAYS[1]}.csv.gz", gzip.compress(text(*(line(n, DAYS[1]) for n in range(400))))[:-30])
    moved(shop, "{day}.csv.gz", hdfs)
    assert "cannot be read" in str(arrived(shop.lake, "lines").problems.popitem()[1])


@pytest.mark.parametrize("form", ["csv.gz", "jsonl", "parquet"])
def test_each_format_is_read_there(shop, hdfs, form):
    frame = pd.DataFrame([line(n, DAYS[0]).split(",") for n in range(5)], columns=HEADER.split(","))
    written = io.BytesIO()
    match form:
        case "csv.gz":
            written.write(gzip.compress(frame.to_csv(index=False).encode()))
        case "jsonl":
            frame.to_json(written, orient="records", lines=True)
        case "parquet":
            frame.to_parquet(written)
    hdfs.put(f"{shop.root}/lines/{DAYS[0]}.{form}", written.getvalue())
    moved(shop, f"{{day}}.{form}", hdfs, form.removesuffix(".gz"))
    shop.build(DAYS[0])
    assert sorted(int(row["order_id"]) for row in shop.rows("silver.orders")) == list(range(5))


@pytest.mark.parametrize(
    ("landing", "said"),
    [
        ("ftp://127.0.0.1:1/landing", r"ftp://127\.0\.0\.1:1/landing: cannot be listed: .*refused; see `landing` in"),
        ("nowhere://shop/landing", "nowhere://shop/landing: cannot be listed: Protocol not known: nowhere; see `landing` in"),
        ("s3a://shop/landing", "s3a://shop/landing: cannot be listed: Install s3fs to access S3; see `landing` in"),
    ],
)
def test_a_file_system_that_is_not_there_is_said_in_a_sentence(corner, landing, said):
    source = (corner.folder / "source.yaml").read_text()
    corner.reload(source.replace("inputs:", f"landing: {landing}\ninputs:", 1))
    with pytest.raises(LandingError, match=said):
        corner.publish("bronze.lines", DAYS[0])


def test_a_password_has_no_place_in_source_yaml(corner):
    source = (corner.folder / "source.yaml").read_text()
    with pytest.raises(SourceError, match=r"landing: .*may not hold a password"):
        corner.reload(source.replace("inputs:", "landing: sftp://shop:secret@host/landing\ninputs:", 1))


def test_a_name_is_no_pattern(corner):
    corner.root = ""
    source = (corner.folder / "source.yaml").read_text()
    corner.reload(source.replace("{day}.csv", "{day}*.csv"))
    for name in ("2011-03-25 [1]{a,b}?", r"2011-03-25 \d"):
        corner.deliver(name, [line(len(name), DAYS[0])])
    corner.build(DAYS[0])
    assert {row["file_name"] for row in corner.rows("bronze.lines")} == {"lines/2011-03-25 [1]{a,b}?.csv", "lines/2011-03-25 \\d.csv"}


@pytest.mark.parametrize(
    ("url", "path", "literal", "name", "suffix"),
    [
        ("hdfs://host:8020/a/b.csv.gz", "/a/b.csv.gz", "hdfs://host:8020/a/b.csv.gz", "b.csv.gz", ".gz"),
        ("file:///a/b", "/a/b", "file:///a/b", "b", ""), ("file:/a/b", "/a/b", "file:/a/b", "b", ""),
        ("/a/[x]{y}*?\\.csv", "/a/[x]{y}*?\\.csv", "/a/\\[x\\]\\{y\\}\\*\\?\\\\.csv", "[x]{y}*?\\.csv", ".csv"),
    ],
)  # fmt: skip
def test_a_place_is_one_and_the_same_however_its_url_is_written(url, path, literal, name, suffix):
    found = Location(url)
    assert (found.path, found.literal, found.name, found.suffix) == (path, literal, name, suffix)
    assert str(Location("s3a://shop/landing/") / "lines") == str(Location("s3a://shop/landing") / "lines") == "s3a://shop/landing/lines"


def test_what_an_error_says_is_told_in_a_line_and_by_its_name_where_it_says_nothing():
    assert [reason(error) for error in (OSError("first\nsecond"), TimeoutError())] == ["first", "TimeoutError"]


@pytest.mark.parametrize(
    ("url", "holds"), [("sftp://ann:secret@host/x", True), ("sftp://ann@host/x", False), ("sftp://ann:@host", False), ("/a", False)]
)
def test_a_url_that_carries_a_password_is_known(url, holds):
    assert (holds_password(url), is_url(url)) == (holds, "://" in url)


def test_a_local_file_lies_as_the_disk_says(tmp_path):
    path = tmp_path / "a +%20ä#b.csv"
    path.write_bytes(b"x" * 7)
    size, modified_at = Location(str(path)).as_it_lies()
    assert size == 7
    assert abs(modified_at.timestamp() - path.stat().st_mtime) < 1e-5
    assert Location(str(tmp_path)).names() == [path.name]


def test_many_rows_are_read_there_by_the_engines_workers(shop, hdfs):
    shop.configure(few_rows=0)
    hdfs.put(f"{shop.root}/lines/{DAYS[0]}.csv", text(*(line(n, DAYS[0]) for n in range(5)), '6,"open'))
    shop.publish("bronze.lines", DAYS[0])
    rows = sorted(shop.rows("bronze.lines"), key=lambda row: row["file_row"])
    assert [row["line"] or row["malformed_line"] for row in rows] == ["0", "1", "2", "3", "4", '6,"open']
