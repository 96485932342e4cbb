"""What a column is expected to look like: read strictly, and turned into warnings whose names are sentences."""

from pathlib import Path

import pytest

from lakehouse.contracts.model import Contract, Expected
from lakehouse.contracts.odcs import load_contract
from lakehouse.errors import ContractError

GOOD = """\
apiVersion: v3.0.2
kind: DataContract
id: kpis.plants
name: kpis.plants
version: 1.2.0
status: active
description: {purpose: "One row per plant."}
team: [{username: analytics, role: owner}]
customProperties: [{property: write, value: append}]
schema:
  - name: plants
    properties:
      - {name: plant_id, physicalType: string, primaryKey: true, description: Plant.}
      - {name: seen, physicalType: bigint, required: true, description: Times it was seen.}
      - name: height
        physicalType: double
        description: Its height.
        customProperties: [{property: expected, value: {mean: [0.5, 9], missing_share: [0, 0.3], among: seen > 0}}]
"""
VALUE = "{mean: [0.5, 9], missing_share: [0, 0.3], among: seen > 0}"


def load(folder: Path, text: str) -> Contract:
    path = folder / "plants.yaml"
    path.write_text(text)
    return load_contract(path)


def test_each_figure_is_a_named_warning(tmp_path):
    contract = load(tmp_path, GOOD)
    assert contract.column("height").expected == Expected((("mean", 0.5, 9), ("missing_share", 0, 0.3)), "seen > 0")
    assert contract.column("seen").expected is None
    rules = [rule for rule in contract.rules if rule.kind == "expected"]
    assert [(rule.name, rule.severity, rule.line) for rule in rules] == [
        ("height_mean_is_as_expected", "warning", 15),
        ("height_missing_share_is_as_expected", "warning", 15),
    ]
    assert rules[0].columns == ("height", "seen")
    assert not rules[0].is_row_level


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("3", "is a mapping of mean, missing_share, zero_share and among, not 3"),
        ("{median: [0, 1]}", "unknown key 'median'; known: mean, missing_share, zero_share, among"),
        ("{among: seen > 0}", "states none of mean"),
        ("{mean: 4}", "mean is two numbers, the lowest and the highest, not 4"),
        ("{mean: [1, two]}", "mean is two numbers"),
        ("{mean: [1, true]}", "mean is two numbers"),
        ("{mean: [1, .inf]}", "mean is two numbers"),
        ("{mean: [2, 1], missing_share: [0, 1]}", "mean is from 2 to 1, which holds nothing"),
        ("{missing_share: [0, 30]}", "missing_share is a share, from 0 to 1"),
        ("{zero_share: [0, 0.1]}", "a column that may be null needs its missing_share"),
        ("{missing_share: [0, 1], among: 4}", "among is a SQL condition, not 4"),
        ("{missing_share: [0, 1], among: tall > 0}", "reads column tall, which kpis.plants does not have"),
        ("{missing_share: [0, 1], among: seen >}", "not SQL"),
    ],
)
def test_what_is_wrong_stops_with_file_line_and_reason(tmp_path, value, reason):
    with pytest.raises(ContractError) as caught:
        load(tmp_path, GOOD.replace(VALUE, value))
    assert reason in caught.value.message
    assert any(f"plants.yaml:{line}: " in caught.value.message for line in (15, 18))


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("physicalType: string, required: true", "mean has no meaning for a string"),
        ("physicalType: bigint, required: true", "missing_share has no meaning for a required column"),
    ],
)
def test_a_figure_must_have_a_meaning_for_its_column(tmp_path, column, reason):
    with pytest.raises(ContractError, match=f"plants.yaml:[0-9]+: column height: expected {reason}"):
        load(tmp_path, GOOD.replace("physicalType: double", column.replace(", ", "\n        ")))
