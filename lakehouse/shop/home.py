"""Which shop lives in a home: one, chosen at its first run. What the shop is stands in its source.yaml.

A home may be copied or moved: a source file that lies in it, or among the examples, is written down by its place there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from lakehouse.errors import SourceError
from lakehouse.private import keep_private
from lakehouse.settings import REPOSITORY, Settings
from lakehouse.shop.home_version import HOME_VERSION, upgrade
from lakehouse.shop.source import Shop, load_shop

EXAMPLES = REPOSITORY / "examples"
DEFAULT_SOURCE = EXAMPLES / "online_retail" / "source.yaml"


@dataclass(frozen=True)
class Record:
    """What a home writes down of its shop. `source` is a path, relative where it lies below `below` ("home" or "examples"); `version` is the
    home's, 1 where homes did not write it down yet."""

    source: str
    below: str | None = None
    shop: str | None = None
    currency: str | None = None
    version: int = 1


def adopt_shop(settings: Settings, source: Path) -> Shop:
    """Make the shop of that source file this home's shop.

    Raises SourceError where the home has another shop already, or the same in another currency, or is of a version that this code does not
    know. A source file that is gone may have been moved: the same shop's is taken.
    """
    shop, record = load_shop(source), _record(settings)
    known = _source(settings, record) if record else None
    if record and known:
        _refuse_another_shop(settings, record, known, shop)
    _refuse_another_currency(settings, record, shop)
    _write(settings, source.resolve(), shop)
    return shop


def shop_of(settings: Settings) -> Shop:
    """The home's shop; in a new home the example with real data. A home that others may read is closed to them.

    Raises SourceError where its source file is gone, or says another currency, or the home is of a version that this code does not know.
    """
    if settings.home.exists():
        keep_private(settings)
    record = _record(settings)
    if record is None:
        return load_shop(DEFAULT_SOURCE)
    source = _source(settings, record)
    if not source.is_file():
        raise SourceError(
            f"{source} is gone, from which {settings.home} was built; where it was moved, say so once: greenhouse run --source FILE"
        )
    shop = load_shop(source)
    _refuse_another_currency(settings, record, shop)
    if (record.shop, record.currency, record.version) != (shop.shop, shop.currency.code, HOME_VERSION):  # as homes were written before
        with suppress(PermissionError):
            _write(settings, source.resolve(), shop)
    return shop


def _refuse_another_shop(settings: Settings, record: Record, known: Path, shop: Shop) -> None:
    """Two files that say the same shop may be two shops of that name, so only one that is gone is taken for moved."""
    is_there, is_same_name = known.is_file(), record.shop in (None, shop.shop)
    if known.resolve() == shop.path or (is_same_name and not is_there):
        return
    way = f"{shop.path} is another, {shop.shop};"
    if is_same_name:
        way = f"if {shop.path} is to take its place, move that one away first; else"
    elif not is_there:
        way = f"that file is gone, so if {shop.path} is the same shop, let it say shop: {record.shop} as before; else"
    held = f"the shop {record.shop} of {known}" if record.shop else f"the shop of {known}"
    raise SourceError(f"{settings.home} already holds {held}; {way} choose another home with GREENHOUSE_HOME")


def _refuse_another_currency(settings: Settings, record: Record | None, shop: Shop) -> None:
    if record and record.currency not in (None, shop.currency.code):
        raise SourceError(
            f"{shop.path}: currency: it is {shop.currency.code}, and the figures of {settings.home} are in {record.currency}, as it was at the first run; "
            f"say {record.currency} again, or choose an empty home with GREENHOUSE_HOME"
        )


def _write(settings: Settings, source: Path, shop: Shop) -> None:
    below = next((name for name, folder in _bases(settings).items() if source.is_relative_to(folder)), None)
    place = source.relative_to(_bases(settings)[below]) if below else source
    keep_private(settings)
    draft = _path(settings).with_suffix(".draft")
    draft.write_text(json.dumps(asdict(Record(str(place), below, shop.shop, shop.currency.code, HOME_VERSION))))
    draft.replace(_path(settings))


def _source(settings: Settings, record: Record) -> Path:
    if record.below:
        return _bases(settings)[record.below] / record.source
    written = Path(record.source)
    return next(_taken_along(settings, written), written) if record.shop is None else written


def _taken_along(settings: Settings, written: Path) -> Iterator[Path]:
    """Where a file of an absolute path may lie that was copied or moved along with what it lay in: the same one, if both are there."""
    parts = written.parts
    places = [settings.home.joinpath(*parts[depth:]) for depth in range(1, len(parts))]
    places += [REPOSITORY.joinpath(*parts[parts.index(EXAMPLES.name) :])] if EXAMPLES.name in parts else []
    for here in places:
        if here.is_file() and (not written.is_file() or here.read_bytes() == written.read_bytes()):
            yield here


def _bases(settings: Settings) -> dict[str, Path]:
    return {"home": settings.home, EXAMPLES.name: EXAMPLES}


def _record(settings: Settings) -> Record | None:
    path = _path(settings)
    if not path.exists():
        upgrade(settings, 1)  # its lake may stand there from before
        return None
    found = json.loads(path.read_text())
    upgrade(settings, found.get("version", 1))
    return Record(**found)


def _path(settings: Settings) -> Path:
    return settings.home / "shop.json"
