"""A source file that is no YAML: the line that is to be looked at, and plain words, never the parser's."""

import pytest
import yaml

from lakehouse.shop.yaml_flaws import flaw

GOOD = """\
shop: corner
inputs:
  lines:
    files: "lines/{day}.csv"
    columns:
      - {name: id, description: The line.}
      - {name: kind, description: "s3cret"}
tables:
  orders:
    select: |
      SELECT id
      FROM lines
"""
PARSERS = ("expected", "found", "while", "scanning", "token", "mapping", "scalar", "stream", "s3cret")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("    files", "\tfiles", 4, "a tab stands where only spaces may"),
        ("      FROM", "\tFROM", 12, "a tab stands where only spaces may"),
        ("    files", "     files", 5, "indented otherwise than those it stands among (from line 3 on)"),
        ("    columns", "      columns", 5, "indented otherwise than those it stands among (from line 4 on)"),
        ("      - {name: kind", "       - {name: kind", 7, "indented otherwise than those it stands among (from line 6 on)"),
        ("shop: corner", "  shop: corner", 2, "indented otherwise than those it stands among; align"),
        ("      FROM lines", "    FROM lines", 12, "indent it as far as the text that it goes on with"),
        ("      - {name: kind", "      -{name: kind", 7, "begin it with - and a blank"),
        ("      - {name: kind", "      {name: kind", 7, "no entry of a list"),
        ("    columns:\n      -", "    columns: -", 5, "an entry of a list begins in the middle of a line"),
        ("shop: corner", "shop:corner", 2, "give the line above its colon"),
        ("shop: corner", "shop: the corner: 2", 1, "put a text that holds one in quotes"),
        ("The line.}", "The line.", 6, "the bracket that opens here does not close before line 7"),
        ("The line.}", "It: the line.}", 6, "does not close; give it its end, commas between its parts, and quotes to a text"),
        ('"lines/{day}.csv"', "'lines/{day}.csv", 4, "the quote that opens here is not closed"),
        ('"lines/{day}.csv"', "{day}.csv", 4, "behind a closing quote or bracket; put the whole value in quotes"),
        ('"lines/{day}.csv"', "*.csv", 4, "must stand in quotes"),
        ('"lines/{day}.csv"', "@day", 4, "must stand in quotes"),
        ('"lines/{day}.csv"', r'"C:\lines\{day}.csv"', 4, "a backslash between double quotes"),
        ("select: |", "select: | SELECT", 10, "behind the | or >; begin the text in the next line"),
        ("shop: corner", "shop: corner\n---", 2, "a second document begins here"),
        ("shop: corner", "{a: b}: c", 1, "the name of a field must be plain text"),
        ("shop: corner", "<<: 3", 1, "look at indentation, quotes and brackets"),
    ],
)
def test_the_line_and_what_to_look_at_are_told(old, new, line, words):
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        yaml.safe_load(text)
    at, reason = flaw(caught.value, text)
    assert (at, words in reason) == (line, True), reason
    assert not any(word in reason for word in PARSERS)
