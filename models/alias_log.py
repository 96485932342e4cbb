"""The ledger of what serves: which version an alias names since when, who said so and why. MLflow's aliases follow it.

Whether a version may serve belongs in `promotion`, what a night does with it in `serving`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from lakehouse.errors import LakeError
from lakehouse.publishing.table_lock import table_lock
from lakehouse.tables import ledger
from models import registry
from models.errors import ModelError
from models.purchase import BASELINE, NAME
from models.versions import VERSIONS

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake

Alias = Literal["champion", "baseline"]
LEDGER = "models.alias_log"
ALIASES: dict[Alias, str] = {"champion": NAME, "baseline": BASELINE}
ADOPTED = "MLflow's alias named it when this ledger was begun"
EARLIER = "it passed every gate before this ledger was begun"


@dataclass(frozen=True)
class Change:
    """What an alias is to name from now on, and why; `version` None: nobody."""

    alias: Alias
    version: int | None
    why: str
    evidence_json: str | None = None


@dataclass(frozen=True)
class Entry:
    """A row of the ledger."""

    number: int
    alias: Alias
    model_name: str
    version: int | None
    version_before: int | None
    said_at: datetime
    said_by: str
    why: str
    run_id: str | None
    evidence_json: str | None


def entries(lake: Lake) -> list[Entry]:
    """Every change, the first one first. A home of before the ledger begins it with what MLflow's aliases name.

    Raises ModelError where MLflow must be asked for that and cannot be.
    """
    if not lake.exists(LEDGER):
        with table_lock(lake.settings, LEDGER):
            if not lake.exists(LEDGER):
                _begin(lake)
    return _read(lake)


def standing(lake: Lake, alias: Alias) -> Entry | None:
    """What the alias names: its newest row; None where it names nobody. Raises as `entries` does."""
    newest = _newest(entries(lake), alias)
    return newest if newest and newest.version is not None else None


def named(lake: Lake, alias: Alias) -> list[int | None]:
    """The versions that the alias named, one after the other; None: nobody. Raises as `entries` does."""
    return [entry.version for entry in entries(lake) if entry.alias == alias]


def named_now(lake: Lake) -> list[tuple[str, int]]:
    """The model and version of each alias that names somebody, the champion first. Raises as `entries` does."""
    last = {entry.alias: entry.version for entry in entries(lake)}
    return [(name, version) for alias, name in ALIASES.items() if (version := last.get(alias)) is not None]


def say(lake: Lake, changes: Sequence[Change], said_by: str, run_id: str | None = None) -> tuple[Entry, ...]:
    """Write the changes down in one commit, without those that say what stands and those of an alias that the run spoke of before, whatever
    was said since. Returns what was written."""
    entries(lake)
    with table_lock(lake.settings, LEDGER):
        known = _read(lake)
        new = tuple(_entered(known, [change for change in changes if _is_new(known, change, run_id)], said_by, run_id))
        ledger.append(lake, LEDGER, [asdict(entry) for entry in new])
    return new


def follow(lake: Lake) -> list[str]:
    """Point MLflow's aliases at what the ledger says. Returns what a person should know: an alias that somebody moved, a store that cannot be
    used now; no error, for no night needs them."""
    known = _read(lake)
    newest = [entry for alias in ALIASES if (entry := _newest(known, alias))]
    try:
        return list(filter(None, (_pointed(lake.settings.mlflow_tracking_uri, entry) for entry in newest)))
    except ModelError as error:
        return [f"MLflow's aliases do not follow {LEDGER} yet: {error.message}"]


def _pointed(uri: str, entry: Entry) -> str:
    found = registry.version_of_alias(uri, entry.model_name, entry.alias)
    if found == entry.version:
        return ""
    registry.point(uri, entry.model_name, entry.version, entry.alias)
    if found in (entry.version_before, None):
        return ""
    return f"MLflow's alias {entry.alias} named version {found}, where {LEDGER} says {entry.version or 'nobody'}; it was set back"


def _is_new(known: Sequence[Entry], change: Change, run_id: str | None) -> bool:
    newest = _newest(known, change.alias)
    stands = newest.version if newest else None
    was_said = run_id is not None and any((entry.run_id, entry.alias) == (run_id, change.alias) for entry in known)
    return change.version != stands and not was_said


def _entered(known: Sequence[Entry], changes: Sequence[Change], said_by: str, run_id: str | None) -> Iterator[Entry]:
    now = datetime.now(UTC)
    named = {entry.alias: entry.version for entry in known}
    for number, change in enumerate(changes, start=len(known) + 1):
        name, before = ALIASES[change.alias], named.get(change.alias)
        yield Entry(number, change.alias, name, change.version, before, now, said_by, change.why, run_id, change.evidence_json)
        named[change.alias] = change.version


def _begin(lake: Lake) -> None:
    uri = lake.settings.mlflow_tracking_uri
    found = {alias: registry.version_of_alias(uri, name, alias) for alias, name in ALIASES.items()}
    changes = [Change("champion", version, EARLIER) for version in _won_before(lake, found["champion"] or 0)]
    changes += [Change(alias, version, ADOPTED) for alias, version in found.items() if version is not None]
    ledger.append(lake, LEDGER, [asdict(entry) for entry in _entered([], changes, "greenhouse", None)])


def _won_before(lake: Lake, champion: int) -> list[int]:
    """The versions that served before the first one this ledger knows: each that passed every gate did, as things were then."""
    import pyarrow.dataset as ds

    if champion <= 1:
        return []
    won = lake.arrow(VERSIONS, columns=["version"], filter=ds.field("is_champion") & (ds.field("version") < champion))
    return sorted(won["version"].to_pylist())


def _read(lake: Lake) -> list[Entry]:
    from deltalake.exceptions import DeltaError
    from pyarrow import ArrowException

    columns = [each.name for each in fields(Entry)]
    try:
        rows = ledger.rows(lake, LEDGER, columns=columns)
    except (DeltaError, ArrowException, LakeError, OSError) as error:
        raise ModelError(f"{LEDGER} cannot be read: {type(error).__name__}") from error
    return sorted((Entry(**row) for row in rows), key=lambda entry: entry.number)


def _newest(known: Sequence[Entry], alias: Alias) -> Entry | None:
    return next((entry for entry in reversed(known) if entry.alias == alias), None)
