"""The real shop's files are all there, unchanged, and its SELECTs read them as said."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.shop.source import Shop, load_shop

FOLDER = Path(__file__).parents[2] / "examples" / "online_retail"
Select = Callable[..., DataFrame]
ORIGINAL = Path("/work/shared/data/online_retail/by-day.tgz")


@pytest.fixture(scope="module")
def shop() -> Shop:
    return load_shop(FOLDER / "source.yaml")


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Unzipped content by day."""
    return {path.name[:10]: gzip.decompress(path.read_bytes()) for path in sorted((FOLDER / "landing").iterdir())}


def test_all_lines_of_the_data_set_are_there(shop: Shop, files: dict[str, bytes]) -> None:
    lines = {day: list(csv.reader(io.StringIO(content.decode(), newline=""))) for day, content in files.items()}
    assert len(files) == 305 and sum(map(len, lines.values())) - len(files) == 541_909
    assert {tuple(rows[0]) for rows in lines.values()} == {shop.inputs["order_lines"].column_names}
    assert all(row[4][:10] == day for day, rows in lines.items() for row in rows[1:])


@pytest.mark.skipif(not ORIGINAL.exists(), reason="the original archive is on the machines where this was built")
def test_the_files_hold_the_original_bytes(files: dict[str, bytes]) -> None:
    with tarfile.open(ORIGINAL) as archive:
        originals = {Path(m.name).name[:10]: hashlib.sha256(archive.extractfile(m).read()).digest() for m in archive if m.isfile()}  # type: ignore[union-attr]
    assert {day: hashlib.sha256(content).digest() for day, content in files.items()} == originals


def test_the_gzip_files_carry_no_time_and_no_name() -> None:
    heads = {path.read_bytes()[3:8] for path in (FOLDER / "landing").iterdir()}
    assert heads == {b"\0\0\0\0\0"}


def test_the_shop_was_closed_on_the_days_without_a_file(shop: Shop, files: dict[str, bytes]) -> None:
    from lakehouse.days import DayRange

    assert shop.last_day is not None and len(shop.closed) == 69
    assert [str(day) for day in shop.open_days(DayRange(shop.first_day, shop.last_day))] == list(files)


@pytest.fixture
def selected(spark: SparkSession, shop: Shop, files: dict[str, bytes], tmp_path: Path) -> Select:
    """`selected(table, month)`: a canonical table of the files of a month (`2010-12`), or of all (``).

    From one file: 305 small ones cost Spark more than their content does. The file's day is that of InvoiceDate.
    """

    def select(table: str, month: str = "") -> DataFrame:
        path = tmp_path / f"lines{month}.csv"
        path.write_bytes(b"".join(content.partition(b"\n")[2] for day, content in files.items() if day.startswith(month)))
        columns = ", ".join(f"{name} string" for name in shop.inputs["order_lines"].column_names)
        df = spark.read.schema(columns).option("escape", '"').csv(str(path))
        day, row = F.to_date(F.substring("InvoiceDate", 1, 10)), F.monotonically_increasing_id()
        lineage = F.struct(day.cast("string").alias("file"), row.alias("row"), day.alias("file_day"))
        df.withColumn("lineage", lineage).createOrReplaceTempView("order_lines")
        return spark.sql(shop.tables[table].select.replace(":time_zone", f"'{shop.time_zone}'"))  # type: ignore[index]

    return select


def test_order_lines_are_judged_as_the_source_says(selected: Select) -> None:
    conditions = {
        "lines": "true", "returns": "is_return", "without_customer": "customer_id IS NULL", "goods": "is_goods",
        "bad_debt": "unit_price < 0", "stock_book": "NOT is_goods AND unit_price = 0 AND customer_id IS NULL",
        "taken_out": "quantity < 0 AND NOT is_return", "taken_out_as_goods": "quantity < 0 AND NOT is_return AND is_goods",
        "unreadable": "event_at IS NULL OR quantity IS NULL OR unit_price IS NULL OR is_goods IS NULL",
    }  # fmt: skip
    found = selected("orders").select(*[F.count_if(F.expr(text)).alias(name) for name, text in conditions.items()]).first()
    assert found is not None and found.asDict() == {
        "lines": 541_909, "returns": 9_288, "without_customer": 135_080, "goods": 536_398, "bad_debt": 2, "stock_book": 2_475,
        "taken_out": 1_336, "taken_out_as_goods": 0, "unreadable": 0,
    }  # fmt: skip


def test_codes_and_customers_are_written_plainly(selected: Select) -> None:
    orders = selected("orders")
    heart = orders.where("product_id = '85123A' AND unit_price > 0").select("product_group", "is_goods").distinct().collect()
    assert [tuple(row) for row in heart] == [("85123", True)]
    assert orders.where("product_id <> upper(product_id) OR customer_id LIKE '%.%'").count() == 0


def test_what_is_no_goods_is_known_by_code(selected: Select) -> None:
    services = {row[0] for row in selected("products").where("NOT is_goods").select("product_id").distinct().collect()}
    vouchers = {f"GIFT_0001_{pounds}" for pounds in (10, 20, 30, 40, 50)}
    assert services == vouchers | {
        "22016", "23444", "23574", "AMAZONFEE", "B", "BANK CHARGES", "C2", "CRUK", "D", "DOT", "M", "PADS", "POST", "S",
    }  # fmt: skip


@pytest.mark.parametrize(("table", "key"), [("products", "product_id"), ("customers", "customer_id")])
def test_products_and_customers_have_one_row_a_file_day(selected: Select, files: dict[str, bytes], table: str, key: str) -> None:
    rows = [row for day, content in files.items() if day < "2011" for row in csv.reader(content.decode().splitlines()[1:])]
    expected = {
        "products": {(row[1].upper(), row[4][:10]) for row in rows if float(row[5]) > 0},
        "customers": {(row[6].removesuffix(".0"), row[4][:10]) for row in rows if row[6]},
    }
    found = selected(table, "2010").select(key, F.expr("string(lineage.file_day)")).collect()
    assert len(found) == len(expected[table]) and {tuple(row) for row in found} == expected[table]


def test_a_product_has_a_name_and_a_price(selected: Select) -> None:
    assert selected("products", "2010-12").where("name IS NULL OR price <= 0").count() == 0
