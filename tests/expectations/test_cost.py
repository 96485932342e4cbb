"""What an audit may cost: one Spark job where all is well, and no seconds of importing where nothing is audited."""

import subprocess
import sys
from datetime import date

from pyspark import StorageLevel
from pyspark.sql import functions as F

from expectations.audit import audit
from lakehouse.contracts.model import Rule

RULES = [
    Rule("present", "present", "order_id", ("order_id",)),
    Rule("between", "between", "quantity", ("quantity",), {"minimum": 0.0, "maximum": 5.0}),
    Rule("unique", "unique", None, ("order_id",)),
    Rule("unique_together", "unique", None, ("day", "order_id")),
    Rule("sql", "sql", None, ("quantity",), {"query": "quantity < 5"}),
    Rule("rows", "row_count", arguments={"minimum": 1, "maximum": 5}),
]


def test_a_table_that_keeps_its_rules_costs_one_job(frame, contract, monkeypatch):
    df, jobs = frame((date(2011, 1, 1), "a", 1), (date(2011, 1, 2), "b", 2)), []
    collect = type(df).collect
    monkeypatch.setattr(type(df), "collect", lambda self: jobs.append(1) or collect(self))
    for rules in (RULES, RULES[-1:], []):
        jobs.clear()
        report = audit(df, contract(*rules))
        assert report.passed and report.content_hash.startswith("2-"), report
        assert len(jobs) == 1


def test_the_engine_is_left_with_nothing_to_keep(frame, contract):
    """A frame that Great Expectations caches is never forgotten: an engine would fill up, night after night."""
    df = frame((date(2011, 1, 1), "a", 1), (date(2011, 1, 2), "b", 9))
    median = {"expectation_type": "expect_column_median_to_be_between", "kwargs": {"column": "quantity", "min_value": 0}}
    audit(df, contract(*RULES, Rule("median", "gx", "quantity", ("quantity",), median)))
    first_day = df.where(F.col("`day`").cast("string") == "2011-01-01")
    assert [each.storageLevel for each in (df, first_day)] == [StorageLevel.NONE] * 2
    assert df.persist().storageLevel != StorageLevel.NONE, "the engine would tell"
    df.unpersist()


def test_importing_the_audit_does_not_import_great_expectations():
    code = "import sys, expectations.audit, lakehouse.tables.audit_report; sys.exit('great_expectations' in sys.modules or 'pyspark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_many_threads_may_warm_and_check_at_once():
    code = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from expectations.audit import warm, check_rules\n"
        "from lakehouse.contracts.model import Contract, Rule\n"
        "table = Contract('a.b', 'a', 'b', '', '1', '', (), rules=(Rule('r', 'row_count', arguments={'minimum': 1}),))\n"
        "with ThreadPoolExecutor(8) as pool: list(pool.map(lambda _: (warm(), check_rules(table)), range(8)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
