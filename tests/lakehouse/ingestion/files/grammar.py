"""RFC 4180 by its grammar, as an oracle: it shares nothing with what reads files."""

from __future__ import annotations

import re

# RFC 4180, 2: a record is fields, each quoted (quotes within are doubled) or without quote, comma and line break. A quote within a field
# that does not begin with one is taken as a letter, and any number of carriage returns ends a line with its line feed.
FIELD = r'(?:"(?:[^"]|"")*"|[^",\r\n][^,\r\n]*|)'
RECORD = re.compile(rf"{FIELD}(?:,{FIELD})*(?=\r*(?:\n|\Z))")
MOST_LINES = 1_000


def by_grammar(text: str, width: int | None) -> list[tuple[list[str] | None, str, str]]:
    """Of each record its fields, the line it begins with, and what follows it. No fields where the line begins no record of that width."""
    found = []
    while text:
        line, _, after = text.partition("\n")
        match = RECORD.match(text) if line.strip(" \t\r\x1a") else None
        fields = [each for each in re.findall(rf"(?:\A|,)({FIELD})", match.group())] if match else None
        if fields is not None and (width is None or len(fields) == width) and match.group().count("\n") < MOST_LINES:
            after = text[match.end() :].lstrip("\r").removeprefix("\n")
            found.append(([each[1:-1].replace('""', '"') if each.startswith('"') else each for each in fields], line.rstrip("\r"), after))
        elif line.strip(" \t\r\x1a"):
            found.append((None, line.rstrip("\r"), after))
        text = after
    return found
