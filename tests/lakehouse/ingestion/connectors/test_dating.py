"""A pulled row became known on its own day, but never on one that is closed or to come."""

from datetime import date

from lakehouse.ingestion.connectors.dating import Dating

DATING = Dating("Europe/London", first_open=date(2025, 7, 10), building=date(2025, 7, 11), today=date(2025, 7, 12))


def test_days_are_the_shops_never_closed_ones_and_never_to_come(spark):
    from pyspark.sql import functions as F

    told = ["2025-07-09 12:00:00", "2025-07-10 12:00:00", "2025-07-11 22:59:59", "2025-07-11 23:00:00", "2025-08-01 12:00:00", None]
    rows = spark.createDataFrame(list(enumerate(told)), "n int, at string").withColumn("at", F.to_timestamp("at"))
    days = [row.day.day for row in rows.select("n", DATING.day(F.col("at")).alias("day")).orderBy("n").collect()]
    assert days == [10, 10, 11, 12, 12, 11]
