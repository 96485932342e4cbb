"""Seasons are whole months, winter from December in the north, and half a year apart in the south."""

from features.seasons import season

NORTH = ["winter"] * 2 + ["spring"] * 3 + ["summer"] * 3 + ["autumn"] * 3 + ["winter"]
SOUTH = ["summer"] * 2 + ["autumn"] * 3 + ["winter"] * 3 + ["spring"] * 3 + ["summer"]


def test_each_month_has_its_season_on_either_side_of_the_equator(spark):
    days = spark.createDataFrame([(month, f"2011-{month:02}-01") for month in range(1, 13)], "month int, day string")
    both = days.selectExpr("month", "cast(day AS date) AS day").orderBy("month")
    found = both.select(season("day", "northern").alias("north"), season("day", "southern").alias("south")).collect()
    assert [row.north for row in found] == NORTH
    assert [row.south for row in found] == SOUTH
