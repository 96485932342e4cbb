"""Two thousand malformed files of every format, against an independent reading.

A trial: `./greenhouse test -- -m trial tests/trials/test_malformed_files.py`; its results stand in docs/trials.md. Some hundreds are tried
in CI (`tests/lakehouse/ingestion/files/test_mutations.py`).
"""

import pytest

from tests.lakehouse.ingestion.files.test_mutations import tried

pytestmark = pytest.mark.trial
FILES = 2_000


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_two_thousand_malformed_files(tmp_path, form):
    print(
        f"{form}: {tried(tmp_path, form, range(1_000, 1_000 + FILES))} of {FILES} refused, the others read line by line as they should be"
    )
