"""The point-in-time join equals a brute-force search written without it: ties, gaps, late rows, days of 23 and 25 hours, any time zone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from pyspark.sql import functions as F

from features.as_of_moments import BLOCK
from features.point_in_time import FeatureRows, daily, point_in_time
from lakehouse.errors import FeatureError

LONDON = ZoneInfo("Europe/London")
# Around the nights in which London's clocks go forward and back.
BEGINS = (datetime(2025, 3, 29, 20, tzinfo=UTC), datetime(2025, 10, 25, 20, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC))
CASES, TABLES, EXAMPLES, ROWS = 1000, 3, 3, 9
MAX_AGE = timedelta(hours=7)
INSTANT = pa.timestamp("us", tz="UTC")
DDL = {pa.int64(): "bigint", pa.string(): "string", INSTANT: "timestamp"}


@dataclass(frozen=True)
class Fact:
    """A feature row of one case: two keys, two times, two values."""

    case: int
    customer: str | None
    event_at: datetime | None
    known_at: datetime | None
    score: int | None
    label: str | None


@dataclass(frozen=True)
class Example:
    number: int
    case: int
    customer: str | None
    as_of: datetime | None


def moments(draw: random.Random, case: int) -> datetime:
    """Few and close, so that they often coincide; some a microsecond apart."""
    return BEGINS[case % len(BEGINS)] + timedelta(hours=draw.randrange(12)) + timedelta(microseconds=draw.choice((0, 0, 0, 1)))


def customers(draw: random.Random) -> str | None:
    return draw.choice(("ann", "ann", "bob", None))


def facts(draw: random.Random) -> list[Fact]:
    made = []
    for case in range(CASES):
        for _ in range(draw.randrange(ROWS)):
            event_at = moments(draw, case)
            known_at = event_at + timedelta(hours=draw.choice((-2, 0, 0, 0, 1, 3, 9)))
            score, label = draw.choice((None, 1, 2)), draw.choice((None, "x", "y"))
            fact = Fact(case, customers(draw), draw.choice((event_at, event_at, event_at, None)), known_at, score, label)
            made += [fact] * draw.choice((1, 1, 2))
    return made


def examples(draw: random.Random) -> list[Example]:
    drawn = [
        (case, customers(draw), draw.choice((moments(draw, case), moments(draw, case), None)))
        for case in range(CASES)
        for _ in range(EXAMPLES)
    ]
    return [Example(number, *values) for number, values in enumerate(drawn)]


def nulls_first(value):
    return (value is not None, value if value is not None else 0)


def brute_force(example: Example, rows: list[Fact], max_age: timedelta | None = None) -> tuple:
    """What the docstring says, word by word."""
    if example.as_of is None or example.customer is None:
        return None, None
    own = [row for row in rows if (row.case, row.customer) == (example.case, example.customer)]
    visible = [row for row in own if row.event_at and row.known_at and row.event_at <= example.as_of and row.known_at <= example.as_of]
    if not visible:
        return None, None
    best = max(visible, key=lambda row: (row.event_at, row.known_at, nulls_first(row.score), (row.label is not None, row.label or "")))
    return (None, None) if max_age and best.event_at < example.as_of - max_age else (best.score, best.label)


def frame(spark, rows, **kinds):
    """Through Arrow, in UTC: what the client's own time zone is plays no part."""
    if not rows:  # Spark Connect refuses an Arrow table without a batch
        return spark.createDataFrame([], ", ".join(f"`{name}` {DDL[kind]}" for name, kind in kinds.items()))
    schema = pa.schema([pa.field(name, kind) for name, kind in kinds.items()])
    return spark.createDataFrame(pa.Table.from_pylist([vars(row) for row in rows], schema=schema))


def facts_frame(spark, rows):
    kinds = {
        "case": pa.int64(),
        "customer": pa.string(),
        "event_at": INSTANT,
        "known_at": INSTANT,
        "score": pa.int64(),
        "label": pa.string(),
    }
    return frame(spark, rows, **kinds)


def examples_frame(spark, rows):
    return frame(spark, rows, number=pa.int64(), case=pa.int64(), customer=pa.string(), as_of=INSTANT)


@pytest.fixture(params=["UTC", "America/New_York"])
def zone(request, spark):
    """The session's time zone, which must not matter."""
    before = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", request.param)
    yield request.param
    spark.conf.set("spark.sql.session.timeZone", before)


def test_a_thousand_cases_equal_a_brute_force_search(spark, zone):
    draw = random.Random(20251121)
    asked, tables = examples(draw), [facts(draw) for _ in range(TABLES)]
    joined = [
        FeatureRows(
            facts_frame(spark, rows).withColumnsRenamed({"score": f"score_{n}", "label": f"label_{n}"}),
            ("case", "customer"),
            (f"score_{n}", f"label_{n}"),
            max_age=MAX_AGE if n == 0 else None,
        )
        for n, rows in enumerate(tables)
    ]
    found = point_in_time(examples_frame(spark, asked), joined).toArrow().to_pylist()
    assert len(found) == len(asked)
    by_number = {row["number"]: row for row in found}
    seen = 0
    for example in asked:
        for n, rows in enumerate(tables):
            expected = brute_force(example, rows, MAX_AGE if n == 0 else None)
            assert (by_number[example.number][f"score_{n}"], by_number[example.number][f"label_{n}"]) == expected, (example, n)
            seen += expected != (None, None)
    assert seen > CASES, "the cases hardly ever saw anything"


def test_a_key_of_many_moments_sees_what_a_brute_force_search_does(spark):
    draw = random.Random(7)
    hours = [BEGINS[2] + timedelta(hours=n) for n in range(4 * BLOCK)]
    asked = [Example(n, 0, "ann", moment) for n, moment in enumerate(draw.sample(hours, 3 * BLOCK))]
    rows = [Fact(0, "ann", at, at + timedelta(hours=draw.choice((0, 5, 150))), n, None) for n, at in enumerate(draw.choices(hours, k=90))]
    joined = FeatureRows(facts_frame(spark, rows), ("case", "customer"), ("score",))
    found = {row["number"]: row["score"] for row in point_in_time(examples_frame(spark, asked), [joined]).toArrow().to_pylist()}
    assert found == {example.number: brute_force(example, rows)[0] for example in asked}


def test_tables_of_different_keys_stand_in_the_order_asked_for(spark):
    asked = examples_frame(spark, [Example(1, 7, "ann", BEGINS[2]), Example(2, 7, None, BEGINS[2])])
    facts = facts_frame(spark, [Fact(7, "ann", BEGINS[2], BEGINS[2], 3, "x")])
    pair, case = (("case", "customer"), ("case",))
    tables = [
        FeatureRows(facts.withColumnRenamed("score", f"score_{n}"), keys, (f"score_{n}",)) for n, keys in enumerate((pair, case, pair))
    ]
    found = point_in_time(asked, tables)
    assert found.columns == ["number", "case", "customer", "as_of", "score_0", "score_1", "score_2"]
    assert {row.number: tuple(row)[4:] for row in found.collect()} == {1: (3, 3, 3), 2: (None, 3, None)}


def test_a_days_features_are_known_from_its_end_in_the_shops_zone(spark, zone):
    days = [date(2025, 3, 29), date(2025, 3, 30), date(2025, 10, 25), date(2025, 10, 26)]
    rows = pa.table({"day": pa.array(days, pa.date32()), "customer": ["ann"] * 4, "orders": [1, 2, 3, 4]})
    ends = [datetime(day.year, day.month, day.day, tzinfo=LONDON) + timedelta(days=1) for day in days]  # wall-clock days
    moments = [end.astimezone(UTC) + step for end in ends for step in (timedelta(microseconds=-1), timedelta(0))]
    asked = examples_frame(spark, [Example(n, 0, "ann", moment) for n, moment in enumerate(moments)])
    table = daily(spark.createDataFrame(rows), ["customer"], ["orders"], "Europe/London")
    found = sorted((row.number, row.orders) for row in point_in_time(asked, [table]).collect())
    assert [orders for _, orders in found] == [None, 1, 1, 2, 2, 3, 3, 4]


def test_alike_examples_all_come_back_and_an_empty_table_gives_nulls(spark):
    asked = examples_frame(spark, [Example(1, 0, "ann", BEGINS[0])] * 3)
    table = FeatureRows(facts_frame(spark, []), ("case", "customer"), ("score",))
    assert [row.score for row in point_in_time(asked, [table]).collect()] == [None] * 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"columns": ("customer",)}, "would stand twice"),
        ({"columns": ("spend",)}, "column spend is missing"),
        ({"keys": ("product",)}, "column product is missing"),
        ({"known_at": "heard_at"}, "column heard_at is missing"),
    ],
)
def test_what_cannot_be_joined_is_said(spark, change, said):
    fitting = {"frame": facts_frame(spark, []), "keys": ("case", "customer"), "columns": ("score",)}
    with pytest.raises(FeatureError, match=said):
        point_in_time(examples_frame(spark, []), [FeatureRows(**{**fitting, **change})])


def test_keys_of_another_type_are_refused(spark):
    facts = facts_frame(spark, []).withColumn("case", F.col("case").cast("int"))
    with pytest.raises(FeatureError, match="feature table 1: key case is int, the examples' is bigint"):
        point_in_time(examples_frame(spark, []), [FeatureRows(facts, ("case",), ("score",))])


def test_a_moment_must_be_a_timestamp(spark):
    with pytest.raises(FeatureError, match="timestamp column number"):
        point_in_time(examples_frame(spark, []), [], as_of="number")


@pytest.mark.parametrize("keys", [2, 4])
def test_each_further_key_adds_two_looks_at_the_examples_and_does_not_multiply_them(spark, capsys, keys):
    names = [f"key_{n}" for n in range(keys)]
    examples = spark.range(7).select(*(F.col("id").alias(name) for name in names), F.lit(BEGINS[0]).alias("as_of"))
    rows = spark.createDataFrame(pa.table({"key": pa.array([1]), "event_at": pa.array([BEGINS[0]], INSTANT)}))
    tables = [
        FeatureRows(
            rows.select(F.col("key").alias(name), "event_at", F.lit(1).alias(f"of_{name}")), (name,), (f"of_{name}",), known_at=None
        )
        for name in names
    ]
    point_in_time(examples, tables).explain(extended=True)
    parsed = capsys.readouterr().out.partition("== Analyzed")[0]
    assert parsed.count("Range") == 2 * keys + 1
