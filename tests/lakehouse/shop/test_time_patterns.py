"""Patterns by which a text would be read as another time are told; those that mean what they say are not."""

import pytest

from lakehouse.errors import SourceError
from lakehouse.shop.source import load_shop
from lakehouse.shop.time_patterns import pattern_slips
from tests.lakehouse.corner_shop import lay_out


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("YYYY-MM-dd", "write yyyy"),
        ("yyyy-MM-DD", "write dd"),
        ("yyyy-mm-dd", "write MM for months"),
        ("dd.mm.yyyy HH:mm", "write MM for months"),
        ("yyyy-MM-dd HH:MM:ss", "write mm for minutes"),
        ("yyyy-MM-dd HH:mm:SS", "write ss"),
        ("yyyy-MM-dd hh:mm:ss", "write HH, or a where AM or PM stands"),
        ("MM/dd/yyyy KK:mm", "write HH"),
    ],
)
def test_a_letter_that_means_something_else_is_told(pattern, reason):
    ((line, told),) = pattern_slips(f"SELECT\n  to_utc_timestamp(try_to_timestamp(coalesce(at, 'x'), '{pattern}'), 'UTC') AS a FROM t")
    assert (line, told.startswith(f"reads times by '{pattern}', in which "), reason in told) == (2, True, True)


@pytest.mark.parametrize(
    "call",
    [
        *(
            f'to_timestamp(at, "{pattern}")'
            for pattern in (
                "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "dd.MM.yy H:m", "MM/dd/yyyy hh:mm a", "yyyyMMddHHmmss", "yyyyDDD", "HH:mm",
                "EEE MMM dd HH:mm:ss yyyy", "a h:mm dd/MM/yyyy", "yyyy-MM-dd'T'HH:mm:ss.SSSSSS", "dd 'mmYY' MM yyyy", "d MMMM uuuu", "mm:ss",
            )
        ),
        "date_format(at, 'hh:mm')", "to_date(at)", "to_date(concat(at, 'YYYY'))", "to_date(at, pattern)", "split(at, 'YYYY')", "to_date(substring(at, 1, 2), 'dd')",
    ],
)  # fmt: skip
def test_what_means_what_it_says_is_taken(call):
    assert list(pattern_slips(f"SELECT {call} AS a FROM t")) == []


def test_a_source_file_is_refused_with_it(tmp_path):
    path = lay_out(tmp_path)
    path.write_text(path.read_text().replace("yyyy-MM-dd HH:mm:ss", "yyyy-mm-dd HH:mm:ss"))
    with pytest.raises(SourceError, match=r"source\.yaml:\d+: tables\.orders\.select: reads times by .* write MM for months$"):
        load_shop(path)
