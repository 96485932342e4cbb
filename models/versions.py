"""What `models.model_versions` says of a version: its row, and the features it brings. Choosing which serves belongs in `serving`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse.tables.reads import TableRead
from models import artifact_store
from models.errors import ModelError
from models.feature_list import FeatureList
from models.purchase import BASELINE, FEATURES, POPULARITY
from models.reference_profile import SCORE

if TYPE_CHECKING:
    from lakehouse.contracts.model import Contract
    from lakehouse.tables.lake import Lake
    from lakehouse.tables.run import Run

VERSIONS = "models.model_versions"
Brought = Mapping[tuple[str, int], FeatureList]


def row_of(lake: Lake, name: str, version: int, at: int | None = None) -> dict[str, Any] | None:
    """What was published of a version, as the table stood at its version `at` (None: now); None where nothing was."""
    import pyarrow.dataset as ds

    # All columns: the table of an older home has no features_json yet.
    found = lake.arrow(VERSIONS, at, filter=(ds.field("model_name") == name) & (ds.field("version") == version)).to_pylist()
    return dict(found[0]) if found else None


def known_row_of(lake: Lake, name: str, version: int) -> dict[str, Any]:
    """The same of a version that somebody asks for by its number. Raises ModelError where there is none of it."""
    row = row_of(lake, name, version) if was_trained(lake) else None
    if row is None:
        raise ModelError(
            f'there is no version {version} of {name}; ./greenhouse sql "SELECT model_name, version FROM {VERSIONS}" lists them'
        )
    return row


def was_trained(lake: Lake) -> bool:
    """Whether any version was ever published; a publish that made none is no version."""
    return lake.exists(VERSIONS) and lake.arrow(VERSIONS, columns=["version"]).num_rows > 0


def baselines(lake: Lake) -> set[int]:
    """The versions of the baseline that were published."""
    import pyarrow.dataset as ds

    return set(lake.arrow(VERSIONS, columns=["version"], filter=ds.field("model_name") == BASELINE)["version"].to_pylist())


def features_of(row: Mapping[str, Any], contracts: Mapping[str, Contract]) -> FeatureList:
    """The features that a version was made with, those that today's contracts hold no more as lost.

    Raises ModelError where nobody can say any more which they were.
    """
    recorded = row.get("features_json")
    return (FeatureList.from_json(recorded) if recorded else _unrecorded(row)).seen_by(contracts)


def unfit(lake: Lake, row: Mapping[str, Any]) -> str:
    """Why a version cannot be computed by today's code; empty where it can."""
    try:
        missed = features_of(row, lake.contracts).missed
    except ModelError as error:
        return error.message
    if not missed:
        return ""
    listed = ", ".join(feature.said for feature in missed)
    return f"{row['model_name']} {row['version']} needs {listed}, which today's code computes no more"


def unusable(lake: Lake, row: Mapping[str, Any]) -> str:
    """Why a version cannot serve: features that are gone, files that are not those registered; empty where it can."""
    return unfit(lake, row) or spoilt(lake, row)


def spoilt(lake: Lake, row: Mapping[str, Any]) -> str:
    """Why a version's files cannot be used: they are not those registered, or out of reach; empty where they can."""
    try:
        artifact_store.model_bytes(lake, row["model_name"], row["version"], row["artifact_sha256"])
    except ModelError as error:
        return error.message
    return ""


@dataclass(frozen=True)
class FeaturesBrought(TableRead):
    """A read kind: the features of every version, by its model and number; of none before a first training."""

    table: str = VERSIONS

    def resolve(self, run: Run, name: str) -> Brought:
        if not run.lake.exists(VERSIONS):
            return {}
        found: dict[tuple[str, int], FeatureList] = {}
        for row in run.lake.arrow(VERSIONS, run.version_of(VERSIONS)).to_pylist():
            # What nobody can say the features of does not serve either.
            with suppress(ModelError):
                found[row["model_name"], row["version"]] = features_of(row, run.lake.contracts)
        return found


def features_brought() -> FeaturesBrought:
    """Read which features each version brings."""
    return FeaturesBrought()


def _unrecorded(row: Mapping[str, Any]) -> FeatureList:
    """Those of a version of before versions recorded theirs: its profile names them, and today's code has kept their order."""
    named = set(json.loads(row["reference_profile_json"]).get("features", ())) - {SCORE}
    features = FeatureList(tuple(feature for feature in FEATURES if feature.name in named))
    if unknown := sorted(named - set(features.names)):
        raise ModelError(
            f"{row['model_name']} {row['version']} recorded no order of its features, and today's code knows no {', '.join(unknown)}"
        )
    return features.needing(POPULARITY) if row["model_name"] == BASELINE else features
