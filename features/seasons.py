"""The season of a day where a shop's customers live."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

SEASONS = ("winter", "spring", "summer", "autumn")


def season(day: str, hemisphere: str) -> Column:
    """The meteorological season (whole months, winter from December in the north; World Meteorological Organization)."""
    quarter = F.floor(F.month(day) % 12 / 3) + (2 if hemisphere == "southern" else 0)
    return F.element_at(F.array(*map(F.lit, SEASONS)), (quarter % 4 + 1).cast("int"))
