"""Trailing windows kept like accounts: what entered a window minus what left it, so that any length of history costs one pass.

An event of day E, known on day K, counts for the feature days from the later of both to E + window - 1: it enters a window
once and leaves it once, however many days are asked for. The events are daily sums: how lines become those belongs in `partials`,
how a window's columns are named and shown in `totals`.

Events carry the keys, `day` (E), `known_day` (K), measures to add up, values to keep the latest of, and `last_counted`: the day of
an earlier event that the same thing was counted for (see `counted_once`); null where each event counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from features.measures.totals import LONGEST, Total
from features.measures.union import together
from lakehouse.days import DayRange


def trailing(events: DataFrame, keys: Sequence[str], wanted: Sequence[Total], latest: Sequence[str], days: DayRange) -> DataFrame:
    """One row per keys and change, standing from `at` until before `next_at`: the wanted totals, and the largest of each `latest` column.

    A key stands from its first event on; the caller drops the rows whose windows are empty and takes `each_day` of the rest.
    """
    moves = _moves(_stays(events, wanted, latest, days), keys, wanted, latest, days)
    return _balances(moves, keys, wanted, latest)


def each_day(balances: DataFrame, days: DayRange) -> DataFrame:
    """One row for each day on which a balance stands, instead of one for each change."""
    stands = F.sequence("at", F.coalesce(F.date_sub("next_at", 1), F.lit(days.last)))
    return balances.withColumn("day", F.explode(stands)).drop("at", "next_at")


def events(*of_a_day: DataFrame) -> DataFrame:
    """Daily sums, things counted once, and other values of a day, as one kind of row."""
    each = together(of_a_day)
    return each if "last_counted" in each.columns else each.withColumn("last_counted", F.lit(None).cast("date"))


def counted_once(of_a_day: DataFrame, keys: Sequence[str], thing: str, measure: str) -> DataFrame:
    """Events that count each `thing` of a key once in any window, however often it recurs."""
    pair = [*keys, thing]
    first_known = of_a_day.groupBy(*pair, "day").agg(F.min("known_day").alias("known_day"))
    earlier = Window.partitionBy(*pair).orderBy(F.greatest("day", "known_day"), "day").rowsBetween(Window.unboundedPreceding, -1)
    counted = first_known.withColumn("last_counted", F.max("day").over(earlier))
    return counted.groupBy(*keys, "day", "known_day", "last_counted").agg(F.count("*").alias(measure))


def _stays(events: DataFrame, wanted: Sequence[Total], latest: Sequence[str], days: DayRange) -> DataFrame:
    """When each event enters and leaves each window that it counts in: `start` is in, `stop` is out.

    A value to keep the latest of comes with the longest window.
    """
    widths = F.array(*[F.lit(n) for n in sorted({total.days for total in wanted} | {LONGEST})])
    counts = [(F.col("width") == total.days) & F.col(total.measure).isNotNull() for total in wanted]
    counts += [(F.col("width") == LONGEST) & F.col(name).isNotNull() for name in latest]
    # What the same thing was already counted for covers the days before `last_counted` + width.
    start = F.expr("greatest(day, known_day, date_add(last_counted, width))")
    stays = events.withColumn("width", F.explode(widths)).withColumns({"start": start, "stop": F.expr("date_add(day, width)")})
    within = (F.col("start") < F.col("stop")) & (F.col("stop") > F.lit(days.first)) & (F.col("start") <= F.lit(days.last))
    return stays.where(reduce(or_, counts) & within)


def _moves(stays: DataFrame, keys: Sequence[str], wanted: Sequence[Total], latest: Sequence[str], days: DayRange) -> DataFrame:
    """What enters and what leaves, each on its day; all that happened before the range happens on its first day."""
    ends = F.expr("array(struct(start AS at, true AS enters), struct(stop AS at, false AS enters))")
    moves = stays.withColumn("end", F.explode(ends)).withColumn("at", F.greatest("end.at", F.lit(days.first)))
    amounts = [_moved(total).alias(total.name) for total in wanted]
    seen = [F.when(F.col("end.enters"), F.col(name)).alias(name) for name in latest]
    return moves.where(F.col("at") <= F.lit(days.last)).select(*keys, "at", *amounts, *seen)


def _moved(total: Total) -> Column:
    amount = F.col(total.measure)
    return F.when(F.col("width") == total.days, F.when(F.col("end.enters"), amount).otherwise(-amount))


def _balances(moves: DataFrame, keys: Sequence[str], wanted: Sequence[Total], latest: Sequence[str]) -> DataFrame:
    """The running balance after the last move of each day. One shuffle: summing up each day first would be a second one."""
    in_order = Window.partitionBy(*keys).orderBy("at")
    so_far = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    sums = [F.coalesce(F.sum(total.name).over(so_far), F.lit(0)).alias(total.name) for total in wanted]
    seen = [F.max(name).over(so_far).alias(name) for name in latest]
    balances = moves.select(*keys, "at", F.lead("at").over(in_order).alias("next_at"), *sums, *seen)
    return balances.where("next_at IS NULL OR next_at > at")
