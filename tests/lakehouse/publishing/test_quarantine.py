"""The quarantine beside a silver table, how many of a day's rows may go there, and what keeps a rule: told from contracts alone, or of single values."""

from dataclasses import replace

import pytest
from pyspark.sql import functions as F

from assets.open_lake import written_contracts
from lakehouse.contracts.model import Column, Contract, Rule
from lakehouse.contracts.row_conditions import condition, diverting_rules
from lakehouse.publishing.quarantine import OUTCOMES, quarantine_contract, share_rule

ORDERS, PRODUCTS = (written_contracts()[f"silver.{name}"] for name in ("orders", "products"))
NUMBER, TEXT = Column("n", "double"), Column("t", "string")
CONTRACT = Contract("silver.x", "silver", "x", "", "1", "us", (NUMBER, TEXT, Column("whole", "int")))


def test_a_quarantine_keeps_each_line_once_with_its_reasons_and_hides_what_persons_say():
    beside = quarantine_contract(ORDERS)
    assert (beside.table, beside.layer, beside.partition, beside.write) == ("quarantine.orders", "quarantine", "day", "replace_days")
    assert beside.primary_key == ("source_file", "source_sha256", "source_row")
    rules = {rule.name: rule for rule in beside.rules}
    assert {name for name in rules if name.endswith("_is_present")} == {f"{column.name}_is_present" for column in beside.columns}
    assert rules["source_file_and_source_sha256_and_source_row_are_unique"].columns == beside.primary_key
    assert rules["outcome_is_a_known_value"].arguments == {"values": list(OUTCOMES)}
    assert {rule.severity for rule in beside.rules} == {"error"}
    open_columns = tuple(replace(column, classification="internal") for column in PRODUCTS.columns)
    told = {
        name: quarantine_contract(each).personal_columns
        for name, each in (("people", written_contracts()["silver.customer_identity"]), ("things", replace(PRODUCTS, columns=open_columns)))
    }
    assert told == {"people": ("row_json",), "things": ()}


def test_five_of_a_hundred_rows_may_be_quarantined_unless_the_contract_says_otherwise():
    bare = replace(ORDERS, quarantine_share=None)
    assert (share_rule(bare).allowed_share, share_rule(bare).severity) == (0.05, "error")
    assert share_rule(bare).name == "at_most_5_percent_of_rows_are_quarantined"
    assert share_rule(replace(bare, quarantine_share=0.125)).name == "at_most_12_point_5_percent_of_rows_are_quarantined"
    assert share_rule(replace(bare, quarantine_share=0.0)).allowed_share == 0.0


def test_only_an_error_that_one_row_alone_can_break_and_none_may_diverts():
    rules = (
        Rule("diverts", "present", "n"), Rule("warns", "present", "n", severity="warning"), Rule("allows", "present", "n", allowed_share=0.1),
        Rule("of_several", "unique", "n"), Rule("of_all", "row_count"), Rule("sql", "sql", None, ("n",), {"query": "n > 0"}),
    )  # fmt: skip
    assert [rule.name for rule in diverting_rules(replace(CONTRACT, rules=rules))] == ["diverts", "sql"]


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        (Rule("r", "present", "n"), [True, True, True, True, False]),
        (Rule("r", "between", "n", (), {"minimum": 1, "maximum": None}), [False, True, True, False, True]),
        (Rule("r", "between", "n", (), {"minimum": None, "maximum": 1}), [True, True, False, False, True]),
        (Rule("r", "sql", None, ("n",), {"query": "n > 0"}), [False, True, True, True, False]),
        (Rule("r", "in_set", "t", (), {"values": ["it's", None, "a\\b"]}), [True, True, False, False, True]),
        (Rule("r", "matches", "t", (), {"pattern": "^\\w\\\\b$|'s$"}), [True, True, False, False, True]),
    ],
)
def test_what_keeps_a_rule(spark, rule, kept):
    """0, 1, 2, no number and nothing; an apostrophe, a backslash, other text twice and nothing."""
    values = [(0, 0.0, "it's"), (1, 1.0, "a\\b"), (2, 2.0, "other"), (3, float("nan"), "A\\bc"), (4, None, None)]
    rows = spark.createDataFrame(values, "place int, n double, t string")
    assert [row.kept for row in rows.select("place", F.expr(condition(rule, CONTRACT)).alias("kept")).orderBy("place").collect()] == kept
