"""What stands beside a line from another input: the same in a range, night by night and in any order of days, and again when it comes late."""

from datetime import date
from types import SimpleNamespace

import pytest
from pyspark.sql import functions as F

from lakehouse.errors import AuditFailed
from lakehouse.ingestion.bronze.ready import ready_until
from lakehouse.ingestion.reconcile import only_looked_up, reconcile
from lakehouse.ingestion.silver.look_ups import KEY, ROWS, LookedUp, _of_day, _seen
from lakehouse.publishing.invalidation import open_marks
from lakehouse.publishing.unread_look_ups import _some
from lakehouse.shop.inputs import Input
from lakehouse.shop.source import LookUp
from tests.lakehouse.corner_shop import CornerShop, give_key, line
from tests.trials.month import rows_of

DAYS = ("2011-03-25", "2011-03-26", "2011-03-27", "2011-03-28")
INPUTS = """\
  articles:
    files: "articles/{day}.csv"
    delivers: when_changed
    columns: [{name: code, description: Which., from: No.}, {name: kind, description: What it is.}]
  visits:
    files: "visits/{day}*.csv"
    columns: [{name: who, description: Who came.}, {name: page, description: Where to.}]
tables:
"""
LOOKS_UP = """\
    accounts_for: lines
    looks_up:
      articles: {key: {code: upper(product)}}
      visits: {key: {who: customer}, last_days: 2}
"""
# What was seen stands in columns that silver.orders has.
SEEN = (
    "concat_ws('/', articles.kind, articles.file_day) AS product_group",
    "concat_ws('-', line, array_join(transform(visits, v -> concat(v.page, right(v.file_day, 2))), '')) AS order_id",
)


class LookingShop(CornerShop):
    """The corner shop, whose order lines see articles as of the day and the visits of two days."""

    def __init__(self, settings, spark, folder, lateness=1):
        super().__init__(settings, spark, folder, lateness)
        give_key(self.lake.settings.home)
        source = (folder / "source.yaml").read_text().replace("tables:\n", INPUTS, 1).replace("    accounts_for: lines\n", LOOKS_UP)
        source = source.replace("product AS product_group", SEEN[0]).replace("line AS order_id", SEEN[1])
        for name in ("articles", "visits"):
            (folder / "landing" / name).mkdir()
        self.reload(source)

    def put(self, name, day, *rows):
        header = {"articles": "No.,kind", "visits": "who,page"}[name]
        (self.folder / "landing" / name / f"{day}.csv").write_text("\n".join([header, *rows]) + "\n")

    def night(self, days, **how):
        for table in ("bronze.lines", "bronze.articles", "bronze.visits", "silver.orders"):
            done = self.publish(table, days, **how)
        return done

    def seen(self):
        rows = self.rows("silver.orders", ["order_id", "product_group", "source_row", "source_file"])
        return sorted((row["source_file"][6:16], row["source_row"], row["order_id"], row["product_group"]) for row in rows)


def delivered(shop):
    """Each day a line, from the second on a late one of the day before too. The fern changes on the second and, twice in one file, on the last."""
    for number, day in enumerate(DAYS):
        late = [line(10 + number, DAYS[number - 1], product="ivy", customer="")] if number else []
        shop.deliver(day, [line(number, day, product="fern"), *late])
        shop.put("visits", day, f"anna,p{number}", f"anna,q{number}", "bert,x", ",nobody", "anna,too,many")
    shop.put("articles", DAYS[0], "FERN,herb", "MOSS,moss")
    shop.put("articles", DAYS[1], "FERN,shrub")
    shop.put("articles", DAYS[3], "FERN,bush", "FERN,tree", "IVY,vine")


WANTED = [
    ("2011-03-25", 1, "0-p025q025", "herb/2011-03-25"),
    ("2011-03-26", 1, "1-p025q025p126q126", "shrub/2011-03-26"),
    ("2011-03-26", 2, "11-", ""),
    ("2011-03-27", 1, "2-p126q126p227q227", "shrub/2011-03-26"),
    ("2011-03-27", 2, "12-", ""),
    ("2011-03-28", 1, "3-p227q227p328q328", "tree/2011-03-28"),
    ("2011-03-28", 2, "13-", "vine/2011-03-28"),
]


@pytest.fixture
def looking(settings, spark, tmp_path):
    return LookingShop(settings, spark, tmp_path)


def test_a_range_nights_and_any_order_of_days_see_the_same(settings, spark, tmp_path):
    found = {}
    orders = {"range": [f"{DAYS[0]}..{DAYS[-1]}"], "nights": DAYS, "any": [DAYS[n] for n in (2, 3, 0, 1)]}
    for name, nights in orders.items():
        shop = LookingShop(settings, spark, tmp_path / name)
        delivered(shop)
        for days in nights:
            shop.night(days)
        assert shop.seen() == WANTED, name
        assert [account.unaccounted for account in reconcile(shop.lake) if account.input == "lines"] == [0]
        found[name] = rows_of(shop.lake, "silver.orders")
    assert found["range"] == found["nights"] == found["any"]


def test_a_file_that_comes_late_or_is_overwritten_changes_the_days_that_see_it(looking):
    delivered(looking)
    (looking.folder / "landing" / "articles" / f"{DAYS[1]}.csv").unlink()
    looking.night(f"{DAYS[0]}..{DAYS[-1]}")
    assert {row[3] for row in looking.seen() if row[0] in DAYS[1:3]} == {"herb/2011-03-25", ""}
    looking.put("articles", DAYS[1], "FERN,shrub")
    looking.publish("bronze.articles", DAYS[1])
    marks = open_marks(looking.lake, ["silver.orders"])
    assert all(each.is_rebuild for each in marks)  # rows that stand become others: what merges them cannot go on from them
    marked = {day for each in marks for day in each.days}
    assert marked == {date.fromisoformat(day) for day in DAYS}  # of the first day's a line may have come with the second's file
    looking.publish("silver.orders", DAYS[-1])
    assert looking.seen() == WANTED
    looking.put("articles", DAYS[1], "FERN,cactus")
    looking.night(DAYS[-1])
    assert {row[3] for row in looking.seen() if row[0] in DAYS[1:3]} == {"herb/2011-03-25", ""}  # neither version, until one is chosen


def test_what_is_said_again_after_something_else_counts_again(looking):
    for number, day in enumerate(DAYS[:3]):
        looking.deliver(day, [line(number, day)])
        looking.put("visits", day, f"anna,p{number}")
        looking.put("articles", day, "FERN,shrub" if day == DAYS[1] else "FERN,herb")  # the third file is the first, byte by byte
    looking.night(f"{DAYS[0]}..{DAYS[2]}")
    assert [row[3] for row in looking.seen()] == ["herb/2011-03-25", "shrub/2011-03-26", "herb/2011-03-27"]
    looking.put("articles", DAYS[2], "FERN,cactus")
    looking.night(DAYS[2])
    assert [row[3] for row in looking.seen()] == [
        "herb/2011-03-25",
        "shrub/2011-03-26",
        "shrub/2011-03-26",
    ]  # the first day's is in no dispute


def test_a_day_waits_for_the_days_that_it_looks_up(looking):
    delivered(looking)
    (looking.folder / "landing" / "visits" / f"{DAYS[1]}.csv").unlink()
    for days in (DAYS[0], f"{DAYS[2]}..{DAYS[3]}"):
        looking.publish("bronze.visits", days)
    looking.publish("bronze.lines", f"{DAYS[0]}..{DAYS[-1]}")
    looking.publish("bronze.articles", f"{DAYS[0]}..{DAYS[-1]}")
    with pytest.raises(AuditFailed, match=f"bronze.visits has no file of {DAYS[1]}"):
        looking.publish("silver.orders", DAYS[2])
    assert looking.publish("silver.orders", DAYS[3]).version is not None


def test_of_a_database_the_version_as_of_the_day_is_seen_and_none_once_it_is_deleted(spark):
    told = [("fern", 25, "herb", "1", "upsert"), ("fern", 26, "shrub", "2", "upsert"), ("fern", 26, "bush", "10", "upsert")]
    told += [("moss", 25, "moss", "1", "upsert"), ("fern", 27, None, "11", "delete"), ("fern", 28, "tree", "12", "upsert")]
    names = "code string, file_day date, kind string, row_version string, row_change string"
    landed = spark.createDataFrame([(code, date(2011, 3, day), *row) for code, day, *row in told], names).withColumn(KEY, F.col("code"))
    columns = ({"name": name, "description": "D."} for name in ("code", "kind"))
    entry = Input(postgres={"connection": "till", "table": "articles", "key": ["code"]}, columns=tuple(columns))
    look_up = LookUp(key={"code": "product"})
    days = landed.groupBy(KEY, "file_day").agg(_of_day(entry, look_up, F.struct("kind")).alias(ROWS))
    found = days.withColumn("seen", _seen(look_up)["kind"]).where("`#key` = 'fern'").orderBy("file_day").collect()
    assert [row.seen for row in found] == ["herb", "bush", None, "tree"]


@pytest.mark.parametrize(("last_days", "seen"), [(None, "last of b"), (2, ["first of a", "last of a", "last of b"])])
def test_of_two_files_of_a_day_the_later_files_line_counts_however_far_up_it_stands(spark, last_days, seen):
    told = [("b.csv", 1, "last of b"), ("a.csv", 5, "last of a"), ("a.csv", 2, "first of a")]
    names = "code string, file_day date, file_name string, file_row bigint, kind string"
    landed = spark.createDataFrame([("fern", date(2011, 3, 25), *row) for row in told], names).withColumn(KEY, F.col("code"))
    columns = ({"name": name, "description": "D."} for name in ("code", "kind"))
    entry, look_up = Input(files="{day}*.csv", columns=tuple(columns)), LookUp(key={"code": "product"}, last_days=last_days)
    (row,) = landed.groupBy(KEY, "file_day").agg(_of_day(entry, look_up, F.struct("kind")).alias(ROWS)).collect()
    assert ([each.kind for each in row[ROWS]] if last_days else row[ROWS].row.kind) == seen


def test_the_days_that_see_a_day_of_what_they_look_up():
    class Since:
        first_day = date(2011, 3, 25)

    day, after = date(2011, 3, 26), date(2011, 3, 28)
    assert LookedUp("visits", 3, 1).reach({day}, Since) == {date(2011, 3, n) for n in (25, 26, 27, 28)}
    assert LookedUp("visits", 3, 1).looks_at({after}) == {date(2011, 3, n) for n in (26, 27, 28)}
    assert LookedUp("articles", None, 0).reach({day, after}, Since) >= {day, after, date(2026, 1, 1)}
    assert date(2011, 3, 25) not in LookedUp("articles", None, 0).reach({day}, Since)
    assert LookedUp("articles", None, 0).looks_at({after}) == {after}


def test_the_shop_is_ready_as_far_as_the_daily_input_that_lags(settings, tmp_path):
    shop = LookingShop(settings, None, tmp_path)
    for day in DAYS[:3]:
        shop.deliver(day, [line(1, day)])
    for day in DAYS[:2]:
        shop.put("visits", day, f"anna,{day}")
    shop.put("articles", DAYS[3], "FERN,herb")
    assert ready_until(shop.lake) == (date(2011, 3, 26), None), "what delivers when changed holds nothing up"


def test_what_is_seen_by_the_day_is_of_its_own_day_and_what_is_seen_as_of_it_says_itself_again(settings, tmp_path):
    shop = LookingShop(settings, None, tmp_path).lake.shop
    assert {name: shop.holds_events(name) for name in shop.inputs} == {"lines": True, "visits": True, "articles": False}
    assert {name: shop.is_looked_up(name) for name in shop.inputs} == {"lines": False, "visits": True, "articles": True}


def test_lines_looked_up_that_cannot_be_read_are_told_by_place_and_never_by_what_they_say(looking):
    delivered(looking)
    done = looking.night(f"{DAYS[0]}..{DAYS[1]}")
    (check,) = [each for each in done.checks if each.name == "every_line_looked_up_can_be_read"]
    assert (check.passed, check.severity, check.rows, check.failing_rows, check.failing_days) == (False, "warning", 13, 2, DAYS[:2])
    (told,) = [note for note in done.notes if "cannot be read" in note]
    assert told == (
        "2 lines that orders looks up cannot be read, so no line sees them: visits/2011-03-25.csv row 5, visits/2011-03-26.csv row 5; "
        "have the file delivered anew"
    )
    found = only_looked_up(looking.lake)
    assert [(each.input, each.tables, each.landed, each.malformed) for each in found] == [
        ("articles", ("silver.orders",), 3, 0), ("visits", ("silver.orders",), 10, 2),
    ]  # fmt: skip


def test_where_all_that_is_looked_up_can_be_read_the_check_says_so(looking):
    for day in DAYS[:2]:
        looking.deliver(day, [line(1, day)])
        looking.put("visits", day, f"anna,{day}")
    looking.put("articles", DAYS[0], "FERN,herb")
    done = looking.night(f"{DAYS[0]}..{DAYS[1]}")
    (check,) = [each for each in done.checks if each.name == "every_line_looked_up_can_be_read"]
    assert (check.passed, check.rows) == (True, 3)


def test_an_input_that_a_table_accounts_for_is_not_only_looked_up():
    tables = {
        "orders": SimpleNamespace(accounts_for="lines", looks_up={"articles": None}),
        "products": SimpleNamespace(accounts_for="articles", looks_up={}),
    }
    shop = SimpleNamespace(tables=tables, inputs={"lines": None, "articles": None, "left": None})
    assert only_looked_up(SimpleNamespace(shop=shop)) == []


@pytest.mark.parametrize(("wrong", "told"), [(2, "a row 1, a row 2"), (1203, "a row 1, a row 2 and 1,201 more")])
def test_of_many_lines_that_cannot_be_read_the_first_are_told_and_how_many_more_there_are(wrong, told):
    assert _some(["a row 1", "a row 2"], wrong) == told
