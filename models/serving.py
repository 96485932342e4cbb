"""Which version serves: the champion, else a baseline. Fixed when a run starts, checked before it is used.

A version is given its own features. One that needs a feature which today's code computes no more does not serve, nor one whose files are
not those registered. Who may serve is decided in `promotion`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse.tables.reads import TableRead
from lakehouse.tables.run import Served
from models import alias_log, artifact_store
from models.errors import ModelError
from models.evaluate import Fitted
from models.feature_list import FeatureList
from models.promotion import repair_ledger
from models.purchase import BASELINE, NAME
from models.versions import VERSIONS, baselines, features_of, row_of, unfit, unusable, was_trained

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake
    from lakehouse.tables.run import Run

PIN, WHY = "serving_model", "serving_model_because"
NO_MODEL = "none"
NOBODY = "no version is named to serve, and there is no baseline"
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
        """None in a shop that has no model yet, and where not even a baseline can be computed.

        Raises ModelError where the files of the version chosen change while the run goes on.
        """
        if PIN not in run.info.pins:
            repair_ledger(run)
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
    """The version that serves, with the reason where it is not the one that should: the champion, else the baseline, else an older baseline,
    else none. Never raises what is wrong with a version, a ledger or a store: the night goes on with what can serve."""
    if not was_trained(lake):
        return Choice(NO_MODEL, UNTRAINED)
    reasons: list[str] = []
    for name, version in _candidates(lake, reasons):
        reason = _unusable(lake, name, version)
        if not reason:
            return Choice(f"{name}/{version}", _format_reasons(reasons, "the baseline serves"))
        reasons.append(reason)
    return Choice(NO_MODEL, _format_reasons(reasons or [NOBODY], "nothing serves and nothing is recommended"))


def _candidates(lake: Lake, reasons: list[str]) -> Iterator[tuple[str, int]]:
    """What the ledger names, the champion first; then every other baseline, the newest first."""
    named: list[tuple[str, int]] = []
    try:
        named = alias_log.named_now(lake)
    except ModelError as error:
        reasons.append(error.message)
    yield from named
    for version in sorted(baselines(lake), reverse=True):
        if (BASELINE, version) not in named:
            yield BASELINE, version


def _unusable(lake: Lake, name: str, version: int) -> str:
    """Why a version cannot serve: it has no published row, or is unusable; empty where it can."""
    try:
        return unusable(lake, _published(lake, name, version))
    except ModelError as error:
        return error.message


@dataclass(frozen=True)
class Champion:
    """The version that `champion` names, to compare with; without a pipeline where it cannot serve, and then why."""

    version: int
    fitted: Fitted | None
    reason: str = ""


def standing_champion(lake: Lake) -> Champion | None:
    """The version that the ledger names champion; None where there is none. Raises ModelError where nobody can say whether there is."""
    standing = alias_log.standing(lake, "champion") if was_trained(lake) else None
    if standing is None or standing.version is None:
        return None
    try:
        champion = _champion(lake, standing.version)
    except ModelError as error:
        champion = Champion(standing.version, None, error.message)
    if champion.reason:
        _log.warning("the champion is not compared with: %s", champion.reason)
    return champion


def _champion(lake: Lake, version: int) -> Champion:
    row = _published(lake, NAME, version)
    if reason := unfit(lake, row):
        return Champion(version, None, reason)
    pipeline = artifact_store.load(lake, NAME, version, row["artifact_sha256"])
    features = features_of(row, lake.contracts)
    if pipeline.n_features_in_ != len(features):
        return Champion(version, None, f"{NAME} {version} takes {pipeline.n_features_in_} features, and {len(features)} are recorded of it")
    return Champion(version, Fitted(pipeline, features))


def _format_reasons(reasons: list[str], so: str) -> str:
    way_out = "./greenhouse train makes a version of today's features, or put back what was taken away"
    return f"{'; '.join(reasons)}: {so}; {way_out}" if reasons else ""


def _checked(run: Run, name: str, version: int) -> Serving:
    row = _published(run.lake, name, version, run.version_of(VERSIONS))
    data = artifact_store.model_bytes(run.lake, name, version, row["artifact_sha256"])
    features = features_of(row, run.lake.contracts)
    return Serving(name, version, name == BASELINE, data, row["reference_profile_json"], features)


def _published(lake: Lake, name: str, version: int, at: int | None = None) -> dict[str, Any]:
    row = row_of(lake, name, version, at)
    if row is None:
        raise ModelError(f"{name} version {version} is named to serve and has no row in {VERSIONS}, so it does not")
    return row
