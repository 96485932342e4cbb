"""What is wrong with a text that is no YAML, in words for whoever wrote it. The parser's own are about its inner working, and quote what stands there."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml


@dataclass(frozen=True)
class _Flaw:
    """`parser`: what of the parser's words tells it. `begins`: whether the line is that where the part began, which the parser could not end."""

    parser: str
    reason: str
    begins: bool = False


FLAWS = (
    _Flaw(
        r"parsing a flow (mapping|sequence)",
        "the bracket that opens here does not close{upto}; give it its end, commas between its parts, and quotes to a text that holds a colon, comma or bracket",
        begins=True,
    ),
    _Flaw(r"scanning a quoted scalar.*(end of stream|document separator)", "the quote that opens here is not closed", begins=True),
    _Flaw(r"double-quoted scalar", "a backslash between double quotes begins something that YAML does not know; use single quotes"),
    _Flaw(
        r"mapping values are not allowed",
        "a colon stands where none may; put a text that holds one in quotes, align the line with its fields, or give the line above its colon",
    ),
    _Flaw(
        r"could not find expected ':'",
        "this line is no field, as name: value is, and no entry of a list, as - value is; mend it, or indent it as far as the text that it goes on with",
        begins=True,
    ),
    _Flaw(r"but found '\?'", "this line is no entry of the list above it; begin it with - and a blank"),
    _Flaw(
        r"expected <block end>, but found '(<block|-)|'<document start>', but found '<block",
        "this line is indented otherwise than those it stands among{begun}; align it with them",
    ),
    _Flaw(
        r"expected <block end>|but found '<scalar>'",
        "something stands behind a closing quote or bracket; put the whole value in quotes, and see that each quote above is closed",
    ),
    _Flaw(r"scanning a block scalar", "something stands behind the | or >; begin the text in the next line"),
    _Flaw(r"alias|anchor|tag", "a value that begins with *, & or ! must stand in quotes"),
    _Flaw(r"cannot start any token", "a value that begins with such a sign must stand in quotes"),
    _Flaw(r"sequence entries are not allowed", "an entry of a list begins in the middle of a line; begin it in the next, indented"),
    _Flaw(r"single document|<document start>", "a second document begins here; a source file is one, so take out the line of --- or ..."),
    _Flaw(
        r"unhashable key|mapping keys|simple keys", "the name of a field must be plain text; put what stands before this colon in quotes"
    ),
)
OTHER = _Flaw("", "it cannot be read from here on; look at indentation, quotes and brackets of this line and of the one above")


def flaw(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """The line that is to be looked at, and the reason."""
    at = _line(error.problem_mark or error.context_mark)
    if _begins_with_tab(text, at):
        return at, "a tab stands where only spaces may; indent with spaces"
    said = ", ".join(filter(None, (error.context, error.problem)))
    found = next((each for each in FLAWS if re.search(each.parser, said)), OTHER)
    began = _line(error.context_mark) if error.context_mark else at
    begun, upto = (f" (from line {began} on)", f" before line {at}") if began < at else ("", "")
    return began if found.begins else at, found.reason.format(begun=begun, upto=upto)


def _line(mark: yaml.Mark | None) -> int:
    return mark.line + 1 if mark else 1


def _begins_with_tab(text: str, line: int) -> bool:
    lines = text.split("\n")
    return line <= len(lines) and re.match(r" *\t", lines[line - 1]) is not None
