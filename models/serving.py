"""Which version serves: the champion, else the baseline. Fixed when a run starts, checked before it is used.

A version is given its own features. One that needs a feature which today's code computes no more does not serve.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse.tables.reads import TableRead
from lakehouse.tables.run import Served
from models import registry
from models.errors import ModelError
from models.evaluate import Fitted
from models.feature_list import FeatureList
from models.promotion import BASELINE_ALIAS, CHAMPION_ALIAS, VERSIONS, was_trained
from models.purchase import BASELINE, NAME
from models.versions import features_of, row_of

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake
    from lakehouse.tables.run import Run

PIN, WHY = "serving_model", "serving_model_because"
NO_MODEL = "none"
UNTRAINED = "no model yet: there is nothing to score with; ./greenhouse train makes one once there is enough to learn from"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Serving:
    """The version that serves a run: its bytes (checked), its reference profile and its own features."""

    name: str
    version: int
    is_baseline: bool
    data: bytes
    reference_profile: str
    features: FeatureList


@dataclass(frozen=True)
class Choice:
    """The version that serves as name/version (NO_MODEL: none), and why where it is not the champion; empty where no version ever won."""

    serves: str
    reason: str


@dataclass(frozen=True)
class ServingModel(TableRead):
    """A read kind: the version that serves, the same for every table of a run. `tells`: whether its reader says why it is not the champion."""

    table: str = VERSIONS
    tells: bool = False

    def resolve(self, run: Run, name: str) -> Serving | None:
        """None in a shop that has no model yet, and where not even the baseline can be computed.

        Raises ModelError where versions were trained and none may serve, or the one that should is not as registered.
        """
        if PIN not in run.info.pins:
            choice = choose(run.lake)
            run.info.pins.update({WHY: choice.reason, PIN: choice.serves} if choice.reason else {PIN: choice.serves})
        if self.tells and WHY in run.info.pins:
            run.note(run.info.pins[WHY])
        if run.info.pins[PIN] == NO_MODEL:
            return None
        model, _, version = run.info.pins[PIN].rpartition("/")
        serving = _checked(run, model, int(version))
        run.serving = Served(serving.name, serving.version)
        return serving


def serving_model(*, tells: bool = False) -> ServingModel:
    """Read the version that serves; of the tables of a run, one `tells` why it is not the champion."""
    return ServingModel(tells=tells)


def choose(lake: Lake) -> Choice:
    """The version that an alias names now and today's code can compute: the champion, else the baseline, else none.

    Raises ModelError where versions were trained and no alias names one, or one without a published row.
    """
    reasons: list[str] = []
    for name, version in _named(lake):
        reason = unfit(lake, _published(lake, name, version))
        if not reason:
            return Choice(f"{name}/{version}", _told(reasons, "the baseline serves"))
        reasons.append(reason)
    if reasons:
        return Choice(NO_MODEL, _told(reasons, "nothing serves and nothing is recommended"))
    if was_trained(lake):
        raise ModelError(f"{VERSIONS} holds versions, but the registry names none that serves; run ./greenhouse train, then score")
    return Choice(NO_MODEL, UNTRAINED)


def unfit(lake: Lake, row: dict[str, Any]) -> str:
    """Why a version cannot be computed by today's code; empty where it can."""
    try:
        missed = features_of(row, lake.contracts).missed
    except ModelError as error:
        return error.message
    if not missed:
        return ""
    listed = ", ".join(feature.said for feature in missed)
    return f"{row['model_name']} {row['version']} needs {listed}, which today's code computes no more"


@dataclass(frozen=True)
class Champion:
    """The version that `champion` names, to compare with; without a pipeline where it cannot serve, and then why."""

    fitted: Fitted | None
    reason: str = ""


def standing_champion(lake: Lake) -> Champion | None:
    """The version that `champion` names; None where there is none. What is no ModelError (a store out of reach) is raised."""
    uri = lake.settings.mlflow_tracking_uri
    version = registry.version_of_alias(uri, NAME, CHAMPION_ALIAS)
    if version is None:
        return None
    try:
        champion = _champion(lake, version)
    except ModelError as error:
        champion = Champion(None, error.message)
    if champion.reason:
        _log.warning("the champion is not compared with: %s", champion.reason)
    return champion


def _champion(lake: Lake, version: int) -> Champion:
    row = _published(lake, NAME, version)
    if reason := unfit(lake, row):
        return Champion(None, reason)
    pipeline = registry.load(lake.settings.mlflow_tracking_uri, NAME, version, row["artifact_sha256"])
    features = features_of(row, lake.contracts)
    if pipeline.n_features_in_ != len(features):
        return Champion(None, f"{NAME} {version} takes {pipeline.n_features_in_} features, and {len(features)} are recorded of it")
    return Champion(Fitted(pipeline, features))


def _told(reasons: list[str], so: str) -> str:
    way_out = "./greenhouse train makes a version of today's features, or put back what was taken away"
    return f"{'; '.join(reasons)}: {so}; {way_out}" if reasons else ""


def _named(lake: Lake) -> Iterator[tuple[str, int]]:
    """What the aliases name, the champion first; the registry is asked only as far as it must be."""
    for name, alias in ((NAME, CHAMPION_ALIAS), (BASELINE, BASELINE_ALIAS)):
        version = registry.version_of_alias(lake.settings.mlflow_tracking_uri, name, alias)
        if version is not None:
            yield name, version


def _checked(run: Run, name: str, version: int) -> Serving:
    row = _published(run.lake, name, version, run.version_of(VERSIONS))
    data = registry.fetch(run.lake.settings.mlflow_tracking_uri, name, version, row["artifact_sha256"])
    features = features_of(row, run.lake.contracts)
    return Serving(name, version, name == BASELINE, data, row["reference_profile_json"], features)


def _published(lake: Lake, name: str, version: int, at: int | None = None) -> dict[str, Any]:
    row = row_of(lake, name, version, at)
    if row is None:
        raise ModelError(f"{name} version {version} carries the alias but has no row in {VERSIONS}, so it does not serve: train again")
    return row
