"""The records of delimited text, one after the other: the fields of each, or the line that begins none. See `csv_lines` for blocks and parts."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from lakehouse.ingestion.files.text_lines import BLANK, LONGEST_LINE
from lakehouse.shop.layout import Dialect

# A quote that is never closed must not take the rest of the file with it.
MOST_LINES_OF_A_ROW = 1_000


def records_of(lines: Lines, dialect: Dialect, width: int | None, *, may_go_on: bool = False) -> Iterator[tuple[list[str] | None, str]]:
    """The fields of each row, None where it is malformed, and its text. What may go on in the next block is left in `lines`."""
    csv.field_size_limit(LONGEST_LINE)  # a long text is no mistake; here, because in a worker no module of ours is imported
    reader = csv.reader(lines, strict=True, delimiter=dialect.delimiter, quotechar=dialect.quote)
    while True:
        lines.taken.clear()
        try:
            fields = next(reader, None)
        except csv.Error:
            if may_go_on and lines.is_over and not lines.is_long:
                lines.give_back(0)
                return
            fields, reader = [], csv.reader(lines, strict=True, delimiter=dialect.delimiter, quotechar=dialect.quote)
        if fields is None:
            return
        is_wrong = not fields if width is None else len(fields) != width
        if is_wrong and len(lines.taken) > 1:
            lines.give_back(1)  # a stray quote: the lines after it speak for themselves
        text = "".join(lines.taken)
        if text.strip(BLANK):
            yield None if is_wrong else fields, text.rstrip("\r\n")


@dataclass
class Lines:
    """The lines of a text, in order; those `taken` for a row can be given back."""

    text: str
    taken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._more, self._again = io.StringIO(self.text, newline="\n"), deque[str]()
        self.is_over = False

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = "" if self.is_long else self._again.popleft() if self._again else self._more.readline()
        if not line:
            self.is_over = not self.is_long
            raise StopIteration
        self.taken.append(line)
        return line

    @property
    def is_long(self) -> bool:
        return len(self.taken) >= MOST_LINES_OF_A_ROW

    def give_back(self, after: int) -> None:
        """All lines taken but for the first ones."""
        self._again.extendleft(reversed(self.taken[after:]))
        del self.taken[after:]

    def rest(self) -> str:
        """What was not taken."""
        found = "".join(self._again) + self._more.read()
        self._again.clear()
        return found
