"""Shows a run's progress: which table, rows, elapsed. What runs belongs in `orchestration/`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.status import Status

from cli.screen import err, styled, working

if TYPE_CHECKING:
    from lakehouse.publishing.publication import Publication

MOST_WARNINGS = 3


class Progress:
    """Told by the run when a table starts and ends; prints a line for each on standard error."""

    def __init__(self) -> None:
        self._status: Status | None = None
        self.published: list[Publication] = []
        self.refused: dict[str, str] = {}

    def started(self, table: str) -> None:
        """A table is being computed."""
        if self._status:
            self._status.update(styled(f"{table} …"))

    def ended(self, done: Publication) -> None:
        """A table was published."""
        self.published.append(done)
        said = "nothing new" if not done.days else f"{done.rows:>10,} rows  version {done.version}"
        extra = f"  {done.quarantined:,} diverted" if done.quarantined else ""
        err.print(styled("  ", ("✓", "green"), f" {done.table:<34}{said:<28}{done.seconds:>7.1f} s{extra}"))
        if warned := [check.name for check in done.checks if check.severity == "warning" and not check.passed]:
            more = f" and {len(warned) - MOST_WARNINGS} more" if len(warned) > MOST_WARNINGS else ""
            err.print(styled("    ", (f"published with warnings: {', '.join(warned[:MOST_WARNINGS])}{more}", "yellow")))
        for note in done.notes:
            err.print(styled("    ", (str(note), "yellow")))
        for told in done.recomputed:
            err.print(styled("    ", (told, "dim")))

    def failed(self, table: str, why: str) -> None:
        """A table was refused, and why: said at once, for the run may go on for long with others."""
        self.refused[table] = why
        err.print(styled("  ", ("✗", "red"), f" {table}"))
        err.print(styled("    ", (why, "red")), soft_wrap=True)

    def standing(self) -> str:
        """What stands where the run was interrupted."""
        written = list(dict.fromkeys(done.table for done in self.published if done.days))
        newest = f", the last of them {written[-1]}" if len(written) > 1 else f" ({written[0]})" if written else ""
        tables = f"{len(written)} {'table was' if len(written) == 1 else 'tables were'} published and stand{'s' if len(written) == 1 else ''}{newest}"
        return f"{tables}; nothing is half written, and the same command, given again, goes on from there"

    @contextmanager
    def showing(self, title: str) -> Iterator[None]:
        """Show one stage with a spinner where there is a terminal, and how long it took."""
        began = time.monotonic()
        err.print(styled((title, "bold")))
        with working("") as status:
            self._status = status
            yield
        self._status = None
        err.print(styled((f"  {time.monotonic() - began:.0f} s", "dim")))
