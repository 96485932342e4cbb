"""Functions that SQL calls and the engine does not have are told from the text; nothing that the engine takes is."""

import os
import re

import pytest

from lakehouse.errors import SourceError
from lakehouse.settings import REPOSITORY
from lakehouse.shop import sql_functions
from lakehouse.shop.source import load_shop
from lakehouse.shop.sql_functions import OF_THE_GRAMMAR, functions, unknown_functions
from lakehouse.shop.sql_text import parsed, parsed_select
from tests.lakehouse.corner_shop import lay_out

LISTED = REPOSITORY / "lakehouse" / "shop" / "spark_functions.txt"


def told(sql):
    return list(unknown_functions(sql, parsed(sql)))


def test_each_is_told_once_with_its_line_and_the_nearest_that_there_is():
    sql = "SELECT try_casst(a AS int), TO_DATEE(b),\n  strpos(a, 'x'), uper(a), UPER(`uppr`(b)) FROM t"
    assert [(line, re.sub(r" is no function of the engine, Spark;|at https.*", "", text)) for line, text in told(sql)] == [
        (1, "try_casst(…) did you mean try_cast?"),
        (1, "TO_DATEE(…) did you mean to_date?"),
        (2, "strpos(…) its functions are listed "),
        (2, "uper(…) did you mean upper?"),
        (2, "uppr(…) did you mean upper?"),
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "WITH mine (a, b) AS (SELECT 1, 2) SELECT * FROM mine AS yours (c, d) JOIN (VALUES (1), (2)) AS v (e) USING (c)",
        "SELECT /*+ BROADCASST(l), REPARTITION(3) */ cast(a AS decimal(10,2)), try_cast(a AS varchar(3)), a::struct<b: decimal(3,1)> FROM l",
        "SELECT transform(a, (e, i) -> (e) + (i)), filter(a, y -> y IN (1, 2)), aggregate(a, 0, (acc, v) -> acc + v), exists(a, z -> (z)) FROM l",
        "SELECT sum(a) FILTER (WHERE (a) > 1) OVER (PARTITION BY (b) ORDER BY (c)), nth_value(a, 2) IGNORE NULLS OVER (w) FROM l WINDOW w AS (ORDER BY a)",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM l GROUP BY GROUPING SETS ((a), (b)), ROLLUP (a), CUBE (b) HAVING (a) > 1",
        "SELECT CASE WHEN (a) THEN (b) ELSE (c) END, NOT (a), (a) AND (b) OR (c), a BETWEEN (1) AND (2), a DIV (2), a LIKE ALL ('a'), a LIKE ANY ('x') FROM l",
        "SELECT e.f FROM l LATERAL VIEW OUTER explode (split(a, ',')) e AS f CROSS JOIN LATERAL (SELECT 1) LEFT ANTI JOIN (SELECT 1) n ON (f = 1)",
        "SELECT * EXCEPT (a) FROM l UNION (SELECT 1) EXCEPT ALL (SELECT 2) INTERSECT (SELECT 3) MINUS (SELECT 4) LIMIT (1)",
        "SELECT * FROM l PIVOT (sum(a) FOR b IN ('c' AS c)) TABLESAMPLE (3 ROWS)",
        "SELECT extract(year FROM a), trim(BOTH ' ' FROM a), overlay(a PLACING 'x' FROM 2), position('a' IN a), substring(a FROM 1 FOR 2), a IN (SELECT 1) FROM l",
        "SELECT timestampadd(DAY, 1, a), timediff(DAY, a, b), if(a, 1, 2), left(a, 1), string(a), int(a), struct(1 AS a), map(1, 2), `upper`(a) FROM l",
        "SELECT sales.nearest(a), mine.upper(a), 'uper(a)', \"uper(a)\" -- uper(a)\n FROM l",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_function_is_none_of_them(sql):
    assert told(sql) == []


def test_a_select_is_refused_with_the_line_and_one_that_cannot_be_parsed_with_a_guess(tmp_path):
    path = lay_out(tmp_path)
    good = path.read_text()
    line = next(number for number, text in enumerate(good.splitlines(), 1) if "try_cast(quantity" in text)
    path.write_text(good.replace("try_cast(quantity", "try_casst(quantity"))
    with pytest.raises(
        SourceError, match=rf"source\.yaml:{line}: tables\.orders\.select: try_casst\(…\) is no function .*did you mean try_cast\?$"
    ):
        load_shop(path)
    path.write_text(good.replace("try_cast(quantity AS int)", "extrct(day FROM quantity)"))
    with pytest.raises(SourceError, match=r"select: not SQL: .*; extrct\(…\) is no function; did you mean extract\?$"):
        load_shop(path)


def test_the_examples_call_nothing_unknown():
    for path in (REPOSITORY / "examples").glob("*/source.yaml"):
        for given in load_shop(path).tables.values():
            assert list(unknown_functions(given.select, parsed_select(given.select))) == []


def test_the_list_is_the_engines_own(spark):
    own = sorted(row[0] for row in spark.sql("SHOW SYSTEM FUNCTIONS").collect() if re.fullmatch(r"\w+", row[0]))
    if os.environ.get("UPDATE_SNAPSHOTS"):
        LISTED.write_text("\n".join(own) + "\n")
        sql_functions.functions.cache_clear()
    assert LISTED.read_text().split() == own, "after another engine it is written anew with UPDATE_SNAPSHOTS=1"
    assert functions() == {*own, *OF_THE_GRAMMAR}
    grammar = "try_cast(1 AS string), timestampadd(DAY, 1, now()), timestampdiff(DAY, now(), now()), timediff(DAY, now(), now())"
    assert len(spark.sql(f"SELECT {grammar}").columns) == len(OF_THE_GRAMMAR)
