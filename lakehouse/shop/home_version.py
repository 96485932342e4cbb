"""Which version of Greenhouse's homes a home has, and how one of before becomes today's. Which shop lives in it belongs in `home`.

A home of a later version is refused: what it holds may mean something else there. To change what homes hold, raise HOME_VERSION and say
in MIGRATIONS how one of before becomes the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lakehouse.errors import SourceError
from lakehouse.settings import Settings

HOME_VERSION = 2


def upgrade(settings: Settings, version: int) -> None:
    """Make the home one of today's version. Whoever opens it writes down that it is one; cut off before that, it is done again.

    Raises SourceError where the home is of a later version, or cannot be upgraded.
    """
    if version > HOME_VERSION:
        raise SourceError(
            f"{settings.home} is a home of version {version}, and this Greenhouse knows homes up to {HOME_VERSION}: run the newer one that wrote it"
        )
    for before in range(version, HOME_VERSION):
        MIGRATIONS[before](settings)


def _refuse_money_in_pounds(settings: Settings) -> None:
    """Version 2 holds money in the shop's currency (2026-11-27). Columns that were called by pounds stay as they are: their names would lie."""
    if any(name.endswith("_gbp") for name in _columns_of(settings, "silver/orders")):
        raise SourceError(
            f"the lake {settings.lake} was built when money was always in pounds, and its columns say so: build the shop anew in an empty home "
            "(GREENHOUSE_HOME, and GREENHOUSE_LAKE where it is set), from the same files, by ./greenhouse run --source FILE"
        )


def _columns_of(settings: Settings, place: str) -> list[str]:
    """The columns of a table of the lake; none where it was never made. Raises SourceError where the lake cannot be read."""
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    path = f"{str(settings.lake).rstrip('/')}/{place}"
    try:
        return [field.name for field in DeltaTable(path).schema().fields] if DeltaTable.is_deltatable(path) else []
    except (DeltaError, OSError) as error:
        raise SourceError(f"the lake {settings.lake} cannot be read to tell which version its home has: {type(error).__name__}") from error


MIGRATIONS: Mapping[int, Callable[[Settings], None]] = {1: _refuse_money_in_pounds}
