"""What a table is made with, and that a frame of other columns or types is refused; nothing is cast in silence."""

import pytest

from lakehouse.contracts.model import Column, Contract
from lakehouse.contracts.spark_schema import add_statement, conform, create_statement
from lakehouse.errors import ContractError

COLUMNS = (
    Column("day", "date", "The day.", required=True), Column("who", "string", "Jane's key.", classification="pii"),
    Column("health", "string", "Said.", classification="sensitive"), Column("units", "int", "How many."), Column("kept", "boolean", "Whether."),
    Column("tags", "array<string>", "Which."),
)  # fmt: skip
CONTRACT = Contract("kpis.plants", "kpis", "plants", "One row per plant's day.", "1.2.0", "us", COLUMNS, ("day",), "day")


def test_a_table_is_made_for_every_reader_and_its_log_tells_of_no_person():
    made = create_statement(CONTRACT, "/lake/kpis/plants")
    assert "CREATE TABLE IF NOT EXISTS delta.`/lake/kpis/plants`" in made
    assert "`day` date NOT NULL COMMENT" in made
    assert "`who` string COMMENT 'Jane\\'s key.'" in made
    assert "PARTITIONED BY (`day`)" in made
    for held in (
        "'delta.dataSkippingStatsColumns'='units'", "'delta.enableDeletionVectors'='false'", "'delta.columnMapping.mode'='none'",
        "'delta.logRetentionDuration'='interval 3650 days'", "'greenhouse.contract'='kpis.plants 1.2.0'",
    ):  # fmt: skip
        assert held in made


def test_a_required_column_cannot_be_added_to_rows_that_have_no_value():
    assert add_statement(CONTRACT, {"units", "kept"}, "/p").endswith(
        "ADD COLUMNS (`units` int COMMENT 'How many.', `kept` boolean COMMENT 'Whether.')"
    )
    with pytest.raises(ContractError, match="day cannot be added as required"):
        add_statement(CONTRACT, {"day", "units"}, "/p")


def test_a_frame_has_exactly_the_contracts_columns_in_their_order_and_types(spark):
    def frame(*others, without=()):
        kinds = {column.name: column.spark_type for column in COLUMNS if column.name not in without} | dict(others)
        return spark.createDataFrame([], ", ".join(f"{name} {kind}" for name, kind in reversed(kinds.items())))

    assert conform(frame(), CONTRACT).columns == list(CONTRACT.column_names)
    for wrong, said in (
        (frame(("units", "bigint")), "units is bigint, the contract says int"), (frame(("more", "int")), "columns not in the contract: more"),
        (frame(without=("tags",)), "columns missing: tags"),
    ):  # fmt: skip
        with pytest.raises(ContractError, match=said):
            conform(wrong, CONTRACT)
