"""Malformed files of every format: each line is read right, set aside as it stands, or its file refused with a sentence; none is silently another.

Some hundreds are tried in CI, thousands by `tests/trials/test_malformed_files.py`.
"""

import random
from datetime import date

import pytest

from lakehouse.errors import LandingError
from lakehouse.ingestion.files.file_formats import FORMATS
from lakehouse.ingestion.files.file_inspection import examine
from lakehouse.shop.inputs import Input
from lakehouse.shop.landed_file import LandedFile
from lakehouse.shop.location import Location
from tests.lakehouse.ingestion.files.mutations import REFUSED, independent, mutated, valid

COLUMNS = [{"name": "a", "description": "x"}, {"name": "b", "description": "x"}]


def read(path, form, number):
    """(a, b) of each row, the text of each malformed line, or REFUSED."""
    entry = Input(files="{day}", format=form, columns=COLUMNS)
    location = Location(str(path))
    file = LandedFile(f"{number}", location, date(2025, 1, 1), *location.as_it_lies())
    try:
        contents = examine(entry, file).contents
    except LandingError as error:
        assert error.message.startswith(f"{path}: ") and "\n" not in error.message, "a sentence"
        return REFUSED
    batches = (each for part in contents.parts for each in FORMATS[form].batches(location, entry.layout, contents.header, part))
    rows = [
        row["malformed_line"] if row["malformed_line"] is not None else (row["a"], row["b"])
        for batch in batches
        for row in batch.to_pylist()
    ]
    assert len(rows) == contents.rows
    return rows


def tried(tmp_path, form, seeds):
    """Whether each fault was read as it should be, and how many files were refused."""
    refused = 0
    for seed in seeds:
        rng = random.Random(f"{form} {seed}")
        whole = valid(form, rng)
        path = tmp_path / f"{seed}.{form}"
        path.write_bytes(mutated(whole, rng))
        found, wanted = read(path, form, seed), independent(form, path)
        refused += found == REFUSED
        if form != "parquet":
            assert found == wanted, (seed, path.read_bytes())
        elif found != REFUSED:
            path.write_bytes(whole)
            assert found in (wanted, independent(form, path)), (seed, "what was not found broken is as it was written")
    return refused


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_malformed_file_is_read_right_set_aside_or_refused(tmp_path, form):
    refused = tried(tmp_path, form, range(150))
    assert 0 < refused < 150, "the faults are of both kinds"
