"""Contracts: what they mean, and that a broken one stops with file, line and reason."""

from pathlib import Path

import pytest

from lakehouse.contracts.odcs import load_contract, load_contracts
from lakehouse.errors import ContractError

GOOD = """\
apiVersion: v3.0.2
kind: DataContract
id: kpis.plants
name: kpis.plants
version: 1.2.0
status: active
description: {purpose: "One row per plant and day."}
team: [{username: analytics, role: owner}]
slaProperties: [{property: frequency, value: 1, unit: d}]
customProperties:
  - {property: write, value: replace_days}
schema:
  - name: plants
    properties:
      - {name: day, physicalType: date, required: true, primaryKey: true, primaryKeyPosition: 1, partitioned: true, description: Day.}
      - {name: plant_id, physicalType: string, primaryKey: true, primaryKeyPosition: 2, description: Plant.}
      - name: price
        physicalType: decimal(18,2)
        description: Price.
        logicalTypeOptions: {minimum: 0, maximum: 9999.5}
        customProperties: [{property: unit, value: currency}]
        quality:
          - {name: price_is_no_test_price, type: sql, query: "price <> 1234", severity: warning}
    quality:
      - {name: plants_are_not_too_few, type: library, metric: rowCount, mustBeGreaterThan: 2}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "plants.yaml"
    path.write_text(text)
    return path


def test_a_contract_gives_columns_key_and_named_rules(tmp_path):
    contract = load_contract(write(tmp_path, GOOD))
    assert contract.table == "kpis.plants"
    assert contract.primary_key == ("day", "plant_id")
    assert contract.partition == "day"
    assert contract.owner == "analytics"
    assert contract.freshness_days == 1
    assert contract.column("price").unit == "currency"
    assert [rule.name for rule in contract.rules] == [
        "day_and_plant_id_are_unique",
        "day_is_present",
        "plant_id_is_present",
        "price_is_between_0_and_9999_point_5",
        "price_is_no_test_price",
        "plants_are_not_too_few",
    ]
    assert contract.rules[-1].arguments == {"minimum": 3, "maximum": None}
    assert contract.rules[-2].severity == "warning"


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("price <> 1234", "prize <> 1234", 23, "reads column prize"),
        ("price <> 1234", "price <> (", 23, "not SQL"),
        ("metric: rowCount", "metric: rowNumber", 25, "unknown rule 'rowNumber'"),
        ("required: true", "requird: true", 15, "unknown key 'requird'"),
        ("severity: warning", "severity: shrug", 23, "severity is error or warning"),
        ("value: replace_days", "value: overwrite", 1, "'overwrite' is none of"),
        ("physicalType: string, ", "", 16, "column plant_id needs a physicalType"),
        ("version: 1.2.0", "version: [1]", 1, "version"),
        ("team: [{username: analytics, role: owner}]", "team: []", 1, "an owner"),
        ("property: unit", "property: units", 21, "unknown custom property units"),
        ("plants_are_not_too_few", "plant_id_is_present", 25, "two rules are named plant_id_is_present"),
        ("kind: DataContract", "kind: [", 0, "not YAML"),
    ],
)
def test_a_broken_contract_stops_with_file_line_and_reason(tmp_path, old, new, line, reason):
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(ContractError) as caught:
        load_contract(path)
    assert str(path) in caught.value.message
    assert reason in caught.value.message
    if line:
        assert f"{path}:{line}:" in caught.value.message


ROWS_RULE = "mustBeGreaterThan: 2"


@pytest.mark.parametrize(
    ("said", "limits"),
    [
        (ROWS_RULE, (3, None)), ("mustBeGreaterThan: 0", (1, None)), ("mustBeGreaterOrEqualTo: 2", (2, None)), ("mustBe: 0", (0, 0)),
        ("mustBeBetween: [2, 5]", (2, 5)),
    ],
)  # fmt: skip
def test_a_rule_on_the_number_of_rows_has_these_limits(tmp_path, said, limits):
    rule = load_contract(write(tmp_path, GOOD.replace(ROWS_RULE, said))).rules[-1]
    assert (rule.arguments["minimum"], rule.arguments["maximum"]) == limits
    assert (rule.severity, rule.allowed_share) == ("error", 0.0), "unless it says so a rule blocks, and allows no row"


def test_a_share_that_may_break_a_rule_is_as_it_is_written(tmp_path):
    allowed = "severity: warning, customProperties: [{property: allowed_share, value: 0.02}]}"
    contract = load_contract(write(tmp_path, GOOD.replace("severity: warning}", allowed)))
    assert {rule.name: rule.allowed_share for rule in contract.rules if rule.allowed_share} == {"price_is_no_test_price": 0.02}


@pytest.mark.parametrize(
    ("rule", "kind", "columns", "arguments"),
    [
        ("metric: duplicateValues, arguments: {properties: [day, price]}", "unique", ("day", "price"), {}),
        ("metric: nullValues", "present", ("price",), {}), ("rule: missingValues", "present", ("price",), {}),
        ("metric: invalidValues, arguments: {validValues: [1, 2]}", "in_set", ("price",), {"values": [1, 2]}),
        ("metric: invalidValues, arguments: {pattern: '^1'}", "matches", ("price",), {"pattern": "^1"}),
    ],
)  # fmt: skip
def test_rules_of_the_standards_library_are_those_of_ours(tmp_path, rule, kind, columns, arguments):
    of_table = "properties" in rule
    text = (
        GOOD.replace("metric: rowCount, mustBeGreaterThan: 2", rule)
        if of_table
        else GOOD.replace('type: sql, query: "price <> 1234"', rule)
    )
    (found,) = (each for each in load_contract(write(tmp_path, text)).rules if each.name in ("price_is_no_test_price", "plants_are_not_too_few")[of_table:][:1])  # fmt: skip
    assert (found.kind, found.columns, found.arguments) == (kind, columns, arguments)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ("{minimum: -1.5}", "price_is_at_least_minus_1_point_5"), ("{maximum: 10}", "price_is_at_most_10"),
        ("{minimum: 0, maximum: 0}", "price_is_between_0_and_0"),
    ],
)  # fmt: skip
def test_a_limit_is_named_as_it_is_said(tmp_path, options, name):
    contract = load_contract(write(tmp_path, GOOD.replace("{minimum: 0, maximum: 9999.5}", options)))
    assert [rule.name for rule in contract.rules if rule.kind == "between"] == [name]


def test_what_a_column_may_hold_is_a_rule_of_its_own_unless_the_key_says_it(tmp_path):
    more = "partitioned: true, unique: true, logicalTypeOptions: {pattern: '^2'}, customProperties: [{property: enum, value: [a, b]}], "
    contract = load_contract(write(tmp_path, GOOD.replace("partitioned: true, ", more)))
    assert [rule.name for rule in contract.rules if rule.columns == ("day",)] == [
        "day_is_present", "day_is_unique", "day_is_a_known_value", "day_matches_its_pattern",
    ]  # fmt: skip
    alone = GOOD.replace("partitioned: true, ", more).replace("primaryKey: true, primaryKeyPosition: 2, ", "")
    assert [rule.name for rule in load_contract(write(tmp_path, alone)).rules][:2] == ["day_is_unique", "day_is_present"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("value: replace_days}", "value: merge}\n  - {property: subjectKey, value: who}", "the subject key who is no column"),
        ("plant_id, physicalType: string,", "plant_id, partitioned: true, physicalType: string,", "a table has one partition column"),
        ("    quality:\n      - {name: plants_are", "  - name: more\n    quality:\n      - {name: plants_are", "describes one table, this one 2"),
        ("mustBeGreaterThan: 2", "description: none", "rowCount needs mustBe"), ('query: "price <> 1234"', 'query: "1 = 1"', "reads no column"),
        ("name: price_is_no_test_price", 'name: "price > 0"', "needs a name that is a sentence in snake case"),
    ],
)  # fmt: skip
def test_what_a_contract_cannot_mean_is_said(tmp_path, old, new, reason):
    assert old in GOOD
    with pytest.raises(ContractError, match=reason):
        load_contract(write(tmp_path, GOOD.replace(old, new)))


def test_a_contract_stands_where_its_name_says_and_says_how_long_rows_are_kept(tmp_path):
    folder = tmp_path / "kpis"
    folder.mkdir()
    kept = GOOD.replace("slaProperties: [", "slaProperties: [{property: retention, value: 90, unit: d}, ")
    write(folder, kept)
    contract = load_contracts(tmp_path)["kpis.plants"]
    assert (contract.freshness_days, contract.retention_days) == (1, 90)
    (folder / "plants.yaml").rename(folder / "trees.yaml")
    with pytest.raises(ContractError, match=r"the contract is named kpis\.plants; its place says kpis\.trees"):
        load_contracts(tmp_path)


def test_limits_hold_at_both_ends_and_the_key_is_in_the_order_of_its_positions(tmp_path):
    swapped = GOOD.replace("primaryKeyPosition: 1", "primaryKeyPosition: 3")
    contract = load_contract(write(tmp_path, swapped))
    assert contract.primary_key == ("plant_id", "day")
    (limits,) = (rule for rule in contract.rules if rule.kind == "between")
    assert (limits.arguments, limits.severity) == ({"minimum": 0, "maximum": 9999.5}, "error")
    assert {rule.name for rule in contract.rules if rule.kind == "present"} == {"day_is_present", "plant_id_is_present"}, (
        "a key is required"
    )
    assert contract.column("plant_id").required


def test_what_replaces_days_has_days_and_what_keeps_history_says_since_when(tmp_path):
    with pytest.raises(ContractError, match="a table that replaces days is partitioned by day, week, month"):
        load_contract(write(tmp_path, GOOD.replace("partitioned: true, ", "")))
    versions = "".join(
        f"      - {{name: {name}, physicalType: date, description: V.}}\n" for name in ("valid_from", "valid_to", "is_current")
    )
    history = GOOD.replace("value: replace_days", "value: history").replace(
        "    quality:\n      - {name: plants_are", f"{versions}    quality:\n      - {{name: plants_are"
    )
    with pytest.raises(ContractError, match="valid_from in its primary key"):
        load_contract(write(tmp_path, history))
    key = history.replace(
        "{name: valid_from, physicalType: date,", "{name: valid_from, physicalType: date, primaryKey: true, primaryKeyPosition: 3,"
    )
    assert load_contract(write(tmp_path, key)).entity_key == ("day", "plant_id")
