"""Where a publish can be killed, and the process that gets itself killed there.

Run as a program with the place and the victim; it publishes one day of the corner shop and dies at that place.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lakehouse.settings import Settings

PUBLISHED = ("bronze.lines", "silver.orders", "kpis.daily_sales")

# table being published, module and function at whose call (before or after it, or so many seconds into it) the victim dies
PLACES: dict[str, tuple[str, str, str, float | str]] = {
    "before_landing_is_planned": ("bronze.lines", "lakehouse.publishing.publish", "planned", "before"),
    "before_bronze_is_created": ("bronze.lines", "lakehouse.publishing.commit", "ensure_table", "before"),
    "after_bronze_is_created": ("bronze.lines", "lakehouse.publishing.commit", "ensure_table", "after"),
    "before_bronze_is_committed": ("bronze.lines", "lakehouse.publishing.commit", "replace", "before"),
    "while_bronze_is_written": ("bronze.lines", "lakehouse.publishing.commit", "replace", 0.3),
    "after_bronze_before_its_proof": ("bronze.lines", "lakehouse.publishing.commit", "_prove", "before"),
    "after_bronze_before_its_checks": ("bronze.lines", "lakehouse.publishing.commit_audited", "record_checks", "before"),
    "after_bronze_before_its_ledger": ("bronze.lines", "lakehouse.publishing.commit_audited", "record_checks", "after"),
    "before_silver_is_computed": ("silver.orders", "lakehouse.publishing.commit", "ensure_table", "after"),
    "before_rows_are_diverted": ("silver.orders", "lakehouse.publishing.publish_silver", "divert", "before"),
    "before_the_share_is_audited": ("silver.orders", "lakehouse.publishing.publish_silver", "divert", "after"),
    "before_quarantine_is_committed": ("silver.orders", "lakehouse.publishing.publish_silver", "_quarantine", "before"),
    "after_quarantine_before_silver": ("silver.orders", "lakehouse.publishing.publish_silver", "_quarantine", "after"),
    "before_silver_is_conformed": ("silver.orders", "lakehouse.publishing.commit_audited", "conform", "before"),
    "before_silver_is_committed": ("silver.orders", "lakehouse.publishing.commit_audited", "_commit", "before"),
    "while_silver_is_written": ("silver.orders", "lakehouse.publishing.commit_audited", "_commit", 0.3),
    "after_silver_is_committed": ("silver.orders", "lakehouse.publishing.commit_audited", "_commit", "after"),
    "before_kpis_are_committed": ("kpis.daily_sales", "lakehouse.publishing.commit_audited", "_commit", "before"),
    "while_kpis_are_written": ("kpis.daily_sales", "lakehouse.publishing.commit_audited", "_commit", 0.2),
    "after_kpis_before_their_checks": ("kpis.daily_sales", "lakehouse.publishing.commit_audited", "record_checks", "before"),
}
VICTIMS = ("run", "engine", "both")


def crash_settings(home: Path) -> Settings:
    """The settings of a trial's home, in whichever process."""
    return Settings(home=home, lake=str(home / "lake"), dagster_home=home / "dagster", engine_memory="2g")


def publish_day(home: Path, day: str, before: Callable[[str], None] = lambda table: None) -> None:
    """Publish one day of the shop in that home (or a range A..B), as a night would."""
    from assets.open_lake import open_lake
    from expectations.audit import audit
    from lakehouse.days import DayRange
    from lakehouse.publishing.publish import publish
    from lakehouse.tables.run import RunInfo

    lake = open_lake(crash_settings(home))
    for table in PUBLISHED:
        before(table)
        publish(lake, table, DayRange.parse(day), audit, RunInfo("a trial", "a trial", "trial"))


def arm(home: Path, place: str, victim: str) -> Callable[[str], None]:
    """What `publish_day` is to call before each table, so that the victim dies at that place."""
    wanted, module, function, moment = PLACES[place]

    def armed(table: str) -> None:
        if table == wanted:
            _wrap(module, function, moment, lambda: _kill(home, victim))

    return armed


def _wrap(module: str, name: str, moment: float | str, kill: Callable[[], None]) -> None:
    import importlib

    owner = importlib.import_module(module)
    real = getattr(owner, name)

    def fatal(*args: Any, **kwargs: Any) -> Any:
        if moment == "before":
            kill()
        elif moment != "after":
            threading.Timer(float(moment), kill).start()
        result = real(*args, **kwargs)
        if moment == "after":
            kill()
        return result

    setattr(owner, name, fatal)


def _kill(home: Path, victim: str) -> None:
    if victim in ("engine", "both"):
        from lakehouse.engine.state import read_state

        state = read_state(crash_settings(home))
        if state:
            os.kill(state.pid, signal.SIGKILL)
    if victim in ("run", "both"):
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    publish_day(Path(sys.argv[1]), sys.argv[2], arm(Path(sys.argv[1]), *sys.argv[3:5]))
