"""A commit's record goes through the log's JSON and comes back as it was; what it does not know is passed over."""

import json

from hypothesis import given
from hypothesis import strategies as st

from lakehouse.tables.commit_record import Commit, CommitRecord

TEXT = st.text(max_size=9)
RECORDS = st.builds(
    CommitRecord, days=st.lists(TEXT).map(tuple), publish_id=TEXT, run_id=TEXT, asked_by=TEXT, code_version=TEXT, contract_version=TEXT,
    inputs=st.dictionaries(TEXT, st.integers()), only_columns=st.lists(TEXT).map(tuple), built=st.none() | st.lists(TEXT, min_size=1).map(tuple),
    quarantine_version=st.none() | st.integers(), quarantined=st.none() | st.integers(),
    books=st.none() | st.dictionaries(TEXT, TEXT, min_size=1), model_name=st.none() | TEXT, model_version=st.none() | st.integers(),
    landed=st.lists(st.dictionaries(TEXT, TEXT)).map(tuple), column_versions=st.dictionaries(TEXT, TEXT), lines_by_day=st.dictionaries(TEXT, st.integers()),
)  # fmt: skip


@given(RECORDS)
def test_a_record_comes_back_as_it_was(record):
    assert CommitRecord.from_json(record.as_json()) == record


def test_a_publish_of_no_day_is_a_publish_and_version_nought_of_a_quarantine_one():
    record = CommitRecord((), quarantine_version=0, quarantined=0)
    assert CommitRecord.from_json(record.as_json()) == record


def test_what_is_no_record_of_ours_is_none_and_what_is_not_known_is_passed_over():
    assert [CommitRecord.from_json(text) for text in (None, "", "{}", "no json", "[1]", '{"author": "ann"}')] == [None] * 6
    assert CommitRecord.from_json('{"days": ["2011-03-25"], "of a later Greenhouse": 1}') == CommitRecord(("2011-03-25",))


def test_a_commit_is_read_as_either_writer_tells_it():
    told = {"version": 3, "timestamp": 9, "operationParameters": {"version": "1"}, "userMetadata": json.dumps({"days": []})}
    assert Commit.of_entry({**told, "operation": "WRITE", "clientVersion": "delta-rs.1"}) == Commit(
        3, 9, "WRITE", "delta-rs.1", None, CommitRecord(())
    )
    assert Commit.of_entry({**told, "operation": "RESTORE", "engineInfo": "Spark"}).restored_to == 1
    assert Commit.of_entry({**told, "operation": "WRITE", "engineInfo": "Spark"}).writer == "Spark"
