"""The corner shop whose lines are pulled: from a table of a database, or from a topic."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from tests.lakehouse.corner_shop import TABLES, CornerShop

ZONE = ZoneInfo("Europe/London")
TODAY = datetime.now(ZONE).date()
FIRST = TODAY - timedelta(days=20)
WHOLE = f"{FIRST}..{TODAY}"

SOURCE = """\
shop: corner
time_zone: Europe/London
first_day: {first}
lateness_days: 3
consent_basis: a test
inputs:
  lines:
{origin}
    columns:
{columns}
""" + TABLES.format(event_at="try_to_timestamp(sold_at)")
OWN = ("line", "customer", "product", "quantity", "price", "sold_at")


class PulledShop(CornerShop):
    """A corner shop with one pulled input, `lines`."""

    def __init__(self, settings: object, spark: object, folder: Path, url: str, origin: str, columns: tuple[str, ...] = OWN) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "source.yaml").write_text(source(origin, columns))
        self._open(settings, spark, folder / "source.yaml", connections=SecretStr(json.dumps({"origin": url})))

    def land(self, days: str = WHOLE) -> object:
        """Pull, and land what came."""
        return self.publish("bronze.lines", days)


def source(origin: str, columns: tuple[str, ...] = OWN) -> str:
    """The source.yaml, `origin` being the lines that say where the input comes from."""
    listed = "\n".join(f"      - {{name: {name}, description: The {name}.}}" for name in columns)
    indented = "\n".join(f"    {line}" for line in origin.strip().splitlines())
    return SOURCE.format(first=FIRST, origin=indented, columns=listed)
