"""What a SELECT must give is what silver takes: all of it is needed, and nothing else."""

import pytest
from pyspark.errors import AnalysisException

from assets.open_lake import open_lake
from lakehouse.contracts.model import Contract
from lakehouse.contracts.spark_schema import conform
from lakehouse.errors import SourceError
from lakehouse.ingestion.silver.canonical import PLATFORM
from lakehouse.shop.canonical_columns import COLUMNS, LEFT_OUT, TOLD
from lakehouse.shop.home import DEFAULT_SOURCE
from lakehouse.shop.select_problems import lacking
from lakehouse.shop.source import CANONICAL, load_shop
from tests.lakehouse.corner_shop import line

# What the platform adds to the rows of every SELECT (`shop_select`, `canonical`), by type.
ADDED = {
    "source_file": "string", "source_sha256": "string", "source_row": "bigint", "delivery_state": "string", "file_day": "date",
    "known_day": "date", "known_at": "timestamp", "gone_day": "date", "day": "date", "source_customer_id": "string",
    "duplicate_key": "string", "is_malformed": "boolean", "is_in_time": "boolean", "is_before_first_day": "boolean", "is_written": "boolean",
}  # fmt: skip


@pytest.fixture(scope="module")
def lake(settings):
    return open_lake(settings, load_shop(DEFAULT_SOURCE))


def tables_of(lake, canonical):
    names = [f"silver.{canonical}"] + (["silver.customer_identity"] if canonical == "customers" else [])
    return [(lake.tables[name].function, lake.contract(name)) for name in names]


def made(spark, function, contract: Contract, columns):
    given = {("customer_key" if name == "customer_id" else name): kind for name, kind in columns.items()} | ADDED
    rows = function(spark.createDataFrame([], ", ".join(f"`{name}` {kind}" for name, kind in given.items())))
    return conform(rows.drop(*{*PLATFORM, "source_file", "source_row"} - set(contract.column_names)), contract)


@pytest.mark.parametrize("canonical", CANONICAL)
def test_silver_takes_what_is_needed_and_nothing_less(lake, spark, canonical):
    needed = dict(COLUMNS[canonical])
    for function, contract in tables_of(lake, canonical):
        assert made(spark, function, contract, needed).columns == list(contract.column_names)
    for name in needed:
        with pytest.raises(AnalysisException):
            for function, contract in tables_of(lake, canonical):
                _ = made(spark, function, contract, {key: kind for key, kind in needed.items() if key != name}).columns


@pytest.mark.parametrize("canonical", CANONICAL)
def test_null_is_offered_only_where_a_row_may_hold_it(lake, canonical):
    required = {column.name for _, contract in tables_of(lake, canonical) for column in contract.columns if column.required}
    required |= {"customer_id"} if "customer_key" in required else set()
    by_silver = {"is_return", "consents_to_training", "channel", "is_clicked", "is_goods" if canonical == "products" else ""}
    by_silver |= LEFT_OUT.get(canonical, set())
    assert TOLD[canonical] == required.intersection(COLUMNS[canonical]) - by_silver


def test_what_the_text_leaves_open_is_told_by_the_engine_all_at_once(corner):
    text = (corner.folder / "source.yaml").read_text()
    corner.reload(text.replace("true AS is_goods,", "length(line),").replace("AS event_at, lineage", "AS event_at"))
    corner.deliver("2011-03-25", [line(1, "2011-03-25")])
    corner.publish("bronze.lines", "2011-03-25")
    with pytest.raises(SourceError) as caught:
        corner.publish("silver.orders", "2011-03-25")
    told = [each.partition("select: ")[2] for each in caught.value.message.splitlines()]
    assert [each[:21] for each in told] == ["does not give is_good", "does not pass lineage"]


def problems_of(corner, old, new):
    text = (corner.folder / "source.yaml").read_text()
    with pytest.raises(SourceError) as caught:
        corner.reload(text.replace(old, new))
    return [each.partition("select: ")[2] for each in caught.value.message.splitlines()]


def test_a_word_that_stands_for_nothing_is_told_before_anything_starts(corner):
    (told,) = problems_of(corner, ":time_zone)", ":timezone)")
    assert told == ":timezone stands for nothing; :time_zone stands for the shop's time zone, and there is no other"


def test_what_is_called_almost_as_a_column_that_may_be_left_out_is_told():
    given = ["product_id", "name", "product_group", "price", "is_goods", "lineage"]
    assert list(lacking("products", given)) == []
    assert list(lacking("products", [*given, "is_recomendable", "kind"])) == [
        "gives is_recomendable, which no table has; did you mean is_recommendable?"
    ]
    assert list(lacking("customers", ["customer_id", "region", "consents_to_training", "lineage"])) == []


def test_a_column_misspelt_is_told_with_the_one_that_is_missing(corner):
    assert problems_of(corner, "AS is_return", "AS is_retrun") == [
        "does not give is_return (boolean); add it, or cast(null AS boolean) AS is_return where the shop does not tell it",
        "gives is_retrun, which no table has; did you mean is_return?",
    ]


def test_a_cast_to_a_type_that_silver_does_not_take_is_told_before_anything_starts(corner):
    assert problems_of(corner, "try_cast(price AS decimal(18,4))", "try_cast(price AS double)") == [
        "gives unit_price as double; silver takes decimal(18,6), write try_cast(… AS decimal(18,6)) AS unit_price"
    ]


@pytest.mark.parametrize("kind", ["int", "decimal(10, 2)", "DECIMAL(18,4)", "bigint", "decimal", "decimal(9)"])
def test_a_cast_to_a_narrower_number_is_none_of_them(corner, kind):
    corner.reload((corner.folder / "source.yaml").read_text().replace("try_cast(quantity AS int)", f"try_cast(quantity AS {kind})"))
