"""Which shop lives in a home: one, chosen at its first run. What the shop is stands in its source.yaml."""

from __future__ import annotations

import json
from pathlib import Path

from lakehouse.errors import SourceError
from lakehouse.private import keep_private
from lakehouse.settings import REPOSITORY, Settings
from lakehouse.source import Shop, load_shop

DEFAULT_SOURCE = REPOSITORY / "examples" / "online_retail" / "source.yaml"


def adopt_shop(settings: Settings, source: Path) -> Shop:
    """Make the shop of that source file this home's shop.

    Raises SourceError where the home has another shop already.
    """
    shop = load_shop(source)
    known = _recorded(settings)
    if known and known.resolve() != source.resolve():
        raise SourceError(f"{settings.home} already holds the shop of {known}; choose another home with GREENHOUSE_HOME")
    keep_private(settings)
    draft = _record(settings).with_suffix(".draft")
    draft.write_text(json.dumps({"source": str(source.resolve())}))
    draft.replace(_record(settings))
    return shop


def shop_of(settings: Settings) -> Shop:
    """The home's shop; in a new home the example with real data. A home that others may read is closed to them."""
    if settings.home.exists():
        keep_private(settings)
    return load_shop(_recorded(settings) or DEFAULT_SOURCE)


def _record(settings: Settings) -> Path:
    return settings.home / "shop.json"


def _recorded(settings: Settings) -> Path | None:
    record = _record(settings)
    return Path(json.loads(record.read_text())["source"]) if record.exists() else None
