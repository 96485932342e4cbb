"""Numbers are read by the source's own marks, or not at all."""

import pytest
from pyspark.sql import functions as F

from lakehouse.ingestion.bronze.marked_numbers import with_point
from lakehouse.shop.inputs import CsvDialect

CASES = {
    (",", ""): {"2,50": "2.50", "-0,5": "-0.5", "+3": "+3", ",5": ".5", "7,": "7.", " 1,5 ": " 1.5 ", "1.5": None, "1.234": None, "1e3": None,
                "1,2,3": "1,2,3", "some": "some", "": "", ",": ",", "12,5%": "12,5%"},
    (",", "."): {"1.234,50": "1234.50", "1.234.567": "1234567", "12.34": None, "1.2345": None, "0,5": "0.5", "1234,5": "1234.5", "1.23,4": "1.23,4", ".5": None},
    (".", ","): {"1,234.5": "1234.5", "1,234": "1234", "12,34": "12,34", "1.5": "1.5", "1,234,5": "1,234,5", "1234,567": "1234,567", "1234": "1234"},
    (",", "\u00a0"): {"1\u00a0234,5": "1234.5", "1 234,5": "1 234,5"},
    (".", "'"): {"1'234'567.05": "1234567.05", "1'23": "1'23"},
    (".", ""): {"1.5": "1.5", "1,5": "1,5", "1e3": "1e3"},
}  # fmt: skip


@pytest.mark.parametrize("marks", CASES)
def test_a_number_by_the_marks_has_a_point_and_one_by_others_is_none(spark, marks):
    texts = CASES[marks]
    rows = spark.createDataFrame([(text,) for text in texts], "text string")
    found = rows.select("text", with_point(F.col("text"), CsvDialect(decimal=marks[0], thousands=marks[1])).alias("number")).collect()
    assert {row.text: row.number for row in found} == texts
