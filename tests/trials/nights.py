"""One night of the corner shop, as a process of its own: everything that is whole and new, and what corrections made stale.

With a place and a victim it dies there, as in `crashes`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from assets.open_lake import open_lake
from lakehouse.days import DayRange
from lakehouse.ingestion.bronze.ready import ready_until
from lakehouse.publishing.built_days import newest_day
from tests.trials.crashes import PUBLISHED, arm, crash_settings, publish_day


def night(home: Path, before: Callable[[str], None] = lambda table: None) -> str:
    """Publish the days that became whole since the last night, or the last one built again. Returns the range."""
    lake = open_lake(crash_settings(home))
    ready, built = ready_until(lake)[0], newest_day(lake, PUBLISHED[-1])
    first = max(built + timedelta(days=1), lake.shop.first_day) if built < ready else built
    days = str(DayRange(first, max(first, ready)))
    publish_day(home, days, before)
    return days


if __name__ == "__main__":
    print(night(Path(sys.argv[1]), *([arm(Path(sys.argv[1]), *sys.argv[2:4])] if sys.argv[2:] else [])))
