"""Which columns a SELECT reads and gives: what the engine takes is never refused, and what is refused the engine does not take."""

import pytest
import sqlglot
from pyspark.errors import AnalysisException

from lakehouse.shop.select_columns import Reading

TABLES = {
    "lines": ("line", "customer", "product", "quantity", "price", "sold_at", "tags", "items", "odd name", "lineage"),
    "stock": ("product", "day", "level", "lineage"),
}
LINEAGE = "struct<file: string, row: bigint, file_day: date>"

TAKEN = [
    "SELECT *, `odd name` AS odd FROM lines",
    "SELECT l.LINE AS order_id, L.lineage.file, lineage.row FROM lines AS l",
    "SELECT lines.* FROM lines",
    "SELECT * EXCEPT (line, lineage) FROM lines",
    "SELECT lineage.* FROM lines",
    "SELECT lineage.file_day, max_by(product, lineage) FILTER (WHERE price > 0) AS name, max(lineage) AS lineage FROM lines GROUP BY lineage.file_day",
    "SELECT try_cast(quantity AS int) AS quantity, quantity * 2 AS twice, twice + 1 AS more FROM lines",
    "SELECT try_cast(quantity AS int), cast(price AS string), (line), `product` FROM lines",
    "SELECT customer AS who, count(*) AS n FROM lines GROUP BY who HAVING n > 1 ORDER BY n",
    "SELECT line FROM lines GROUP BY ALL ORDER BY ALL",
    "WITH t AS (SELECT upper(line) AS code, lineage FROM lines), u (a, b) AS (SELECT * FROM t) SELECT a AS code, b AS lineage FROM u",
    "WITH lines AS (SELECT line AS renamed FROM lines) SELECT renamed FROM lines",
    "SELECT a.line, b.level FROM lines a LEFT JOIN stock b ON a.product = b.product AND b.day = to_date(a.sold_at)",
    "SELECT line, product, level FROM lines JOIN stock USING (product)",
    "SELECT line FROM lines l WHERE EXISTS (SELECT 1 FROM stock WHERE stock.product = l.product AND level > quantity)",
    "SELECT (SELECT max(level) FROM stock s WHERE s.product = lines.product) AS level FROM lines",
    "SELECT line FROM (SELECT line, row_number() OVER (PARTITION BY line ORDER BY sold_at) AS n FROM lines) WHERE n = 1",
    "SELECT line FROM lines QUALIFY row_number() OVER w = 1 WINDOW w AS (PARTITION BY line ORDER BY sold_at)",
    "SELECT line, tag FROM lines LATERAL VIEW OUTER explode(split(tags, ',')) t AS tag",
    "SELECT line, col FROM lines LATERAL VIEW explode(split(tags, ',')) t",
    "SELECT line, explode(split(tags, ',')) FROM lines",
    "SELECT item.sku AS product_id FROM (SELECT explode(from_json(items, 'array<struct<sku: string>>')) AS item FROM lines)",
    "SELECT sku FROM lines LATERAL VIEW inline(from_json(items, 'array<struct<sku: string>>')) t",
    "SELECT i.sku FROM lines, LATERAL (SELECT from_json(lines.items, 'sku string').sku AS sku) AS i",
    "SELECT pos, item FROM (SELECT posexplode(split(tags, ',')) AS (pos, item) FROM lines)",
    "SELECT filter(split(tags, ','), x -> X > customer) AS some, transform(array(1), (x, i) -> x + i + length(line)) AS more FROM lines",
    "SELECT from_json(items, 'sku string').sku AS sku, split(tags, ',')[0] AS first FROM lines",
    "SELECT line, current_date, current_timestamp AS now, user AS who, session_user AS me FROM lines",
    "SELECT timestampadd(HOUR, 1, timestamp'2011-01-01') AS later, extract(YEAR FROM sold_at) AS y, date'2011-01-01' + INTERVAL 1 DAY AS d FROM lines",
    "SELECT CASE product WHEN 'a' THEN 1 END AS k, trim(BOTH ' ' FROM line) AS t, if(price <=> line, 1, 2) AS f FROM lines",
    "SELECT to_utc_timestamp(try_to_timestamp(sold_at, 'yyyy-MM-dd'), 'Europe/London') AS event_at FROM lines",
    "SELECT line AS a FROM lines UNION ALL SELECT product FROM stock ORDER BY a",
    "SELECT * FROM (SELECT line, product FROM lines) PIVOT (count(line) FOR product IN ('a' AS aa, 'b' AS bb))",
    "SELECT aa FROM (SELECT line, product FROM lines) PIVOT (count(line) FOR product IN ('a' AS aa, 'b' AS bb))",
    "SELECT x, line FROM lines, VALUES (1, 2) AS t(x, y)",
    "SELECT id FROM range(3)",
    "SELECT /*+ BROADCAST(s) */ l.line FROM lines l JOIN stock s ON l.product = s.product",
    "FROM lines SELECT line",
    "FROM lines |> WHERE quantity > 1 |> SELECT line",
    "SELECT mask(line, upperChar => 'X') AS m, named_struct('a', line).a AS b, struct(line AS y, price).y AS c FROM lines",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT n FROM t",
]  # fmt: skip

REFUSED = [
    ("SELECT recipt AS order_id FROM lines", ["recipt"]),
    ("SELECT try_cast(quantty AS int) AS quantity, upper(recipt) AS r, quantty FROM lines", ["quantty", "recipt"]),
    ("SELECT try_cast(level AS int) AS level FROM lines", ["level"]),
    ("SELECT l.level, s.level FROM lines l JOIN stock s ON l.product = s.product", ["l.level"]),
    ("SELECT x.line FROM lines", ["x.line"]),
    ("SELECT lineag.file FROM lines", ["lineag.file"]),
    ("SELECT line FROM lines WHERE day = '2011-01-01' GROUP BY line, sold", ["day", "sold"]),
    ("WITH t AS (SELECT line AS code FROM lines) SELECT line FROM t", ["line"]),
    ("SELECT t.line FROM (SELECT line AS code, recipt FROM lines) t", ["t.line", "recipt"]),
    ("SELECT a.line FROM lines a JOIN stock b ON a.product = b.produkt", ["b.produkt"]),
    ("SELECT line FROM lines WHERE EXISTS (SELECT 1 FROM stock WHERE stock.produkt = lines.line)", ["stock.produkt"]),
    ("SELECT `odd nam` AS odd FROM lines", ["`odd nam`"]),
    ("SELECT transform(split(tags, ','), x -> concat(x, lin)) AS t FROM lines", ["lin"]),
    ("SELECT line FROM lines UNION ALL SELECT line FROM stock", ["line"]),
    ("SELECT line, tag FROM lines LATERAL VIEW explode(split(tgs, ',')) t AS tag", ["tgs"]),
]


@pytest.fixture(scope="module")
def engine(started):
    """The engine, in which the tables stand empty."""
    for name, columns in TABLES.items():
        typed = ", ".join(f"`{column}` {LINEAGE if column == 'lineage' else 'string'}" for column in columns)
        started.createDataFrame([], typed).createOrReplaceTempView(name)
    yield started
    for name in TABLES:
        started.catalog.dropTempView(name)


@pytest.mark.parametrize("select", TAKEN)
def test_what_the_engine_takes_is_not_refused(engine, select):
    reading, columns = Reading(sqlglot.parse_one(select, read="spark"), TABLES), engine.sql(select).columns
    assert reading.unknown() == []
    assert reading.gives() in (None, {name.lower() for name in columns})


@pytest.mark.parametrize(("select", "columns"), REFUSED)
def test_what_is_refused_the_engine_does_not_take(engine, select, columns):
    found = Reading(sqlglot.parse_one(select, read="spark"), TABLES).unknown()
    assert sorted(unknown.column for unknown in found) == sorted(columns)
    with pytest.raises(AnalysisException):
        _ = engine.sql(select).columns


@pytest.mark.parametrize(
    ("select", "given"),
    [
        ("SELECT line AS Order_ID, try_cast(price AS int), lineage FROM lines", {"order_id", "price", "lineage"}),
        ("WITH t AS (SELECT * EXCEPT (tags, items) FROM lines) SELECT t.*, line AS x FROM t", {*TABLES["lines"], "x"} - {"tags", "items"}),
        ("SELECT * FROM lines JOIN stock USING (product)", {*TABLES["lines"], *TABLES["stock"]}),
        ("(SELECT line AS a FROM lines) UNION ALL SELECT product FROM stock", {"a"}),
        ("SELECT posexplode(split(tags, ',')) AS (a, b) FROM lines", {"a", "b"}),
        ("SELECT line, upper(line) FROM lines", None),
        ("SELECT lineage.* FROM lines", None),
    ],
)
def test_what_a_select_gives_is_told_where_it_is_certain(select, given):
    assert Reading(sqlglot.parse_one(select, read="spark"), TABLES).gives() == given
