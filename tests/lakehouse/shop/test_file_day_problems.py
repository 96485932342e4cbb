"""What a SELECT may put together of its own input: rows of one file day, so that a night and a range give the same."""

import pytest

from lakehouse.errors import SourceError
from lakehouse.shop.file_day_problems import problems

STAYS_WITHIN_A_DAY = [
    "SELECT line, upper(product) AS p, lineage FROM lines",
    "SELECT product, max(lineage) AS lineage FROM lines GROUP BY product, lineage.file_day",
    "SELECT product, max(l.lineage) AS lineage FROM lines l GROUP BY product, l.lineage.file_day",
    "SELECT lineage.file_day AS d, product, max(lineage) AS lineage FROM lines GROUP BY 1, 2",
    "SELECT product, lineage.file_day AS d, max(lineage) AS lineage FROM lines GROUP BY ALL",
    "SELECT line, lineage FROM (SELECT *, row_number() OVER (PARTITION BY line, lineage.file ORDER BY sold_at) AS n FROM lines) WHERE n = 1",
    "SELECT line, row_number() OVER (PARTITION BY day ORDER BY line) AS n, lineage FROM (SELECT line, lineage.file_day AS day, lineage FROM lines)",
    "SELECT DISTINCT line, lineage FROM lines",
    "WITH n AS (SELECT line, count(*) AS n, lineage.file_day AS d FROM lines GROUP BY line, lineage.file_day)"
    " SELECT l.line, n.n, lineage FROM lines l JOIN n ON l.line = n.line AND l.lineage.file_day = n.d",
    "SELECT line, size(filter(visits, v -> v.page = 'a')) AS n, aggregate(array(1, 2), 0, (a, b) -> a + b) AS s, lineage FROM lines",
    "SELECT line, greatest(price, 1) AS p, lineage FROM lines",
]
CROSSES_DAYS = [
    ("SELECT product, max(lineage) AS lineage FROM lines GROUP BY product", "groups rows without lineage.file_day"),
    ("SELECT product, max(lineage) AS lineage FROM lines GROUP BY 1", "groups rows without lineage.file_day"),
    ("SELECT product, max(lineage) AS lineage FROM lines GROUP BY ALL", "groups rows without lineage.file_day"),
    ("SELECT max(product) AS p, max(lineage) AS lineage FROM lines", "groups rows without lineage.file_day"),
    ("SELECT DISTINCT product FROM lines", "groups rows without lineage.file_day"),
    ("SELECT line, sum(price) OVER (PARTITION BY customer) AS s, lineage FROM lines", "ranks or sums over rows by SUM(price) OVER (PARTITION BY customer)"),
    ("SELECT line, row_number() OVER (ORDER BY lineage.file_day) AS s, lineage FROM lines", "ranks or sums over rows by ROW_NUMBER() OVER"),
    ("SELECT a.line, a.lineage FROM lines a JOIN lines b ON a.line = b.line", "reads lines twice"),
    ("SELECT a.line, a.lineage FROM lines a JOIN lines b ON a.line = b.line AND b.lineage.file_day = a.ordered_on", "reads lines twice"),
    ("SELECT line, lineage FROM lines WHERE price > (SELECT max(price) FROM lines)", "reads lines twice"),
]  # fmt: skip


@pytest.mark.parametrize("select", STAYS_WITHIN_A_DAY)
def test_what_stays_within_a_file_day_is_right(select):
    assert list(problems(select, ["lines"])) == []


@pytest.mark.parametrize(("select", "told"), CROSSES_DAYS)
def test_what_crosses_file_days_is_told_with_its_way_out(select, told):
    first, *_ = problems(select, ["lines"])
    assert first.startswith(told) and "a night sees the files of its own day alone" in first and "lineage.file_day" in first


def test_a_source_file_that_crosses_days_is_refused_when_it_is_read(corner):
    text = (corner.folder / "source.yaml").read_text()
    with pytest.raises(SourceError, match=r"tables.orders.select: groups rows without lineage.file_day: .*; add it to GROUP BY"):
        corner.reload(text.replace("lineage\n      FROM lines", "max(lineage) AS lineage\n      FROM lines GROUP BY ALL"))
