"""Files that lie where an input's are delivered, and are called as none of them: most likely what is missed under its right name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lakehouse.shop.inputs import Input
from lakehouse.shop.location import UNREADABLE
from lakehouse.shop.source import Shop

SHOWN = 3


def strangers(shop: Shop, name: str) -> str:
    """The end of a sentence about a file that is missed: which others lie in its folder; empty where none do."""
    below = _folder(str(shop.inputs[name].files))
    try:
        found = sorted(last for last in (shop.landing_folder / below if below else shop.landing_folder).names() if _is_file(last))
    except UNREADABLE:
        return ""
    patterns = [pattern for entry in shop.inputs.values() for pattern in _patterns(entry)]
    others = [last for last in found if not any(pattern.match(f"{below}/{last}" if below else last) for pattern in patterns)]
    more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
    return f"; beside it lie {', '.join(others[:SHOWN])}{more}, which are called otherwise" if others else ""


def _folder(pattern: str) -> str:
    return pattern.rpartition("/")[0]


def _is_file(name: str) -> bool:
    return "." in name and not name.startswith(".")


def _patterns(entry: Input) -> Iterator[re.Pattern[str]]:
    """What its files and manifests are called, the day as days are written."""
    for pattern in filter(None, (entry.files, entry.manifest)):
        yield re.compile(re.escape(pattern).replace(r"\{day\}", r"\d{4}-\d{2}-\d{2}").replace(r"\*", r"[^/]*") + "$")
