"""Numbers as a source's CSV marks them (1.234,50), written with a point and no other mark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column

    from lakehouse.shop.inputs import CsvDialect

_WITH_POINT = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"


def with_point(text: Column, marks: CsvDialect) -> Column:
    """A number by the source's marks, with a point; null where it is one by other marks (1.234 may mean a thousand), any other text as it is."""
    from pyspark.sql import functions as F

    if not marks.marks_numbers:
        return text
    whole = rf"\d{{1,3}}({re.escape(marks.thousands)}\d{{3}})+|\d*" if marks.thousands else r"\d*"
    ours = rf"^\s*[+-]?(?=.*\d)({whole})({re.escape(marks.decimal)}\d*)?\s*$"
    plain = F.replace(text, F.lit(marks.thousands), F.lit("")) if marks.thousands else text
    return F.when(text.rlike(ours), F.replace(plain, F.lit(marks.decimal), F.lit("."))).when(~text.rlike(_WITH_POINT), text)
