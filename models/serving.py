"""Which version serves: the champion, else the baseline. Fixed when a run starts, checked before it is used."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse.reads import TableRead
from models import registry
from models.errors import ModelError
from models.promotion import BASELINE_ALIAS, CHAMPION_ALIAS, VERSIONS, was_trained
from models.purchase import BASELINE, FEATURE_NAMES, NAME

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from lakehouse.lake import Lake
    from lakehouse.run import Run

PIN = "serving_model"
NO_MODEL = "none"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Serving:
    """The version that serves a run: its bytes (checked) and its reference profile."""

    name: str
    version: int
    is_baseline: bool
    data: bytes
    reference_profile: str


@dataclass(frozen=True)
class ServingModel(TableRead):
    """A read kind: the version that serves, the same for every table of a run."""

    table: str = VERSIONS

    def resolve(self, run: Run, name: str) -> Serving | None:
        """None, with a note, in a shop that has no model yet.

        Raises ModelError where versions were trained and none may serve, or the one that should is not as registered.
        """
        if PIN not in run.info.pins:
            run.info.pins[PIN] = _standing(run.lake)
        if run.info.pins[PIN] == NO_MODEL:
            run.note("no model yet: there is nothing to score with; ./greenhouse train makes one once there is enough to learn from")
            return None
        model, _, version = run.info.pins[PIN].rpartition("/")
        serving = _checked(run, model, int(version))
        run.facts.update(model_name=serving.name, model_version=serving.version)
        return serving


def serving_model() -> ServingModel:
    """Read the version that serves."""
    return ServingModel()


def _standing(lake: Lake) -> str:
    """The model and version that an alias names now, as model/version; NO_MODEL where none was ever trained."""
    for name, alias in ((NAME, CHAMPION_ALIAS), (BASELINE, BASELINE_ALIAS)):
        version = registry.version_of_alias(lake.settings.mlflow_tracking_uri, name, alias)
        if version is not None:
            return f"{name}/{version}"
    if was_trained(lake):
        raise ModelError(f"{VERSIONS} holds versions, but the registry names none that serves; run ./greenhouse train, then score")
    return NO_MODEL


def standing_champion(lake: Lake) -> Pipeline | None:
    """The pipeline that `champion` names; None where there is none, or none that could serve today.

    One whose files were changed is not loaded, and one of other features cannot score: neither may hold a new version back.
    """
    uri = lake.settings.mlflow_tracking_uri
    version = registry.version_of_alias(uri, NAME, CHAMPION_ALIAS)
    if version is None:
        return None
    try:
        pipeline = registry.load(uri, NAME, version, _row(lake, NAME, version)["artifact_sha256"])
    except ModelError as error:
        _log.warning("the champion is not compared with: %s", error)
        return None
    return pipeline if pipeline.n_features_in_ == len(FEATURE_NAMES) else None


def _checked(run: Run, name: str, version: int) -> Serving:
    row = _row(run.lake, name, version, run.version_of(VERSIONS))
    data = registry.fetch(run.lake.settings.mlflow_tracking_uri, name, version, row["artifact_sha256"])
    return Serving(name, version, name == BASELINE, data, row["reference_profile_json"])


def _row(lake: Lake, name: str, version: int, at: int | None = None) -> dict[str, Any]:
    """What was published of a version, as the table stood at its version `at` (None: now)."""
    import pyarrow.dataset as ds

    wanted = (ds.field("model_name") == name) & (ds.field("version") == version)
    found = lake.arrow(VERSIONS, at, ["artifact_sha256", "reference_profile_json"], wanted).to_pylist()
    if not found:
        raise ModelError(f"{name} version {version} carries the alias but has no row in {VERSIONS}, so it does not serve: train again")
    return dict(found[0])
