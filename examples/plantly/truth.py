"""`truth.json`: what was injected into the files and when, for tests and demos to compare with what Greenhouse found.

{seed, customers, first_day, last_day, lines: {input: lines delivered, headers aside},
 injections: [{kind, start, days, size, counts: {input: {file day: lines}}, ids: {input: {what: [ids]}}, ids_are_complete}]}

Counts and ids are those of lines in the files from first_day to last_day; what would have been delivered later is not counted.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from examples.plantly.catalogue import Catalogue
from examples.plantly.rows import Rows, count, take
from examples.plantly.scenario import Scenario

LISTED_IDS = 10_000


class Truth:
    """Collects the marks of delivered rows; `write` makes the file of them."""

    def __init__(self, scenario: Scenario, first: date, last: date) -> None:
        self.scenario, self.first, self.last = scenario, first, last
        self.lines: Counter[str] = Counter()
        self.marks: list[tuple[str, str, str, str, int]] = []  # mark, input, file day, id (may be empty), lines

    def note(self, name: str, rows: Rows, id_column: str) -> None:
        """Take the rows of one input that are delivered."""
        self.lines[name] += count(rows)
        marked = take(rows, rows["injected"] != "")
        for injected, day, line in zip(marked["injected"], marked["file_day"], marked[id_column], strict=True):
            self.marks += [(mark, name, day, line, 1) for mark in injected.rstrip(";").split(";")]

    def note_market(self, catalogue: Catalogue) -> None:
        """Take what happened to products: it stands in the products file of the day it began."""
        touched = {"new_products": ("launched", catalogue.is_launch), "price_shock": ("repriced", ~catalogue.is_launch)}
        for n, injected in enumerate(self.scenario.injections):
            if injected.kind in touched and self.first <= injected.start <= self.last:
                what, which = touched[injected.kind]
                ids = catalogue.described["product_id"][which]
                self.marks += [(f"{n}:{what}", "products", str(injected.start), product, 1) for product in ids]

    def write(self, folder: Path) -> dict[str, Any]:
        """Write truth.json into the folder and return what it holds."""
        head: dict[str, Any] = {"seed": self.scenario.seed, "customers": self.scenario.customers}
        head |= {"first_day": str(self.first), "last_day": str(self.last), "lines": dict(sorted(self.lines.items()))}
        truth = {**head, "injections": [self._injection(n) for n in range(len(self.scenario.injections))]}
        (folder / "truth.json").write_text(json.dumps(truth, indent=1), encoding="utf-8")
        return truth

    def _injection(self, n: int) -> dict[str, Any]:
        injected = self.scenario.injections[n]
        counts: dict[str, Counter[str]] = {}
        ids: dict[str, dict[str, list[str]]] = {}
        mine = [mark for mark in self.marks if mark[0].split(":")[0] == str(n)]
        for mark, name, day, line, lines in sorted(mine):
            counts.setdefault(name, Counter())[day] += lines
            if line:
                ids.setdefault(name, {}).setdefault(mark.split(":")[1], []).append(line)
        listed, total = sum(len(v) for by in ids.values() for v in by.values()), sum(mark[4] for mark in mine)
        about = {"kind": injected.kind, "start": str(injected.start), "days": injected.days, "size": injected.size}
        return {**about, "counts": counts, "ids": ids, "ids_are_complete": listed == total}
