"""Which version serves: the champion, else the baseline. Fixed when a run starts, checked before it is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models import registry
from models.errors import ModelError
from models.promotion import BASELINE_ALIAS, CHAMPION_ALIAS, VERSIONS
from models.purchase import BASELINE, NAME

if TYPE_CHECKING:
    from lakehouse.run import Run
    from lakehouse.source import Shop

PIN = "serving_model"


@dataclass(frozen=True)
class Serving:
    """The version that serves a run: its bytes (checked) and its reference profile."""

    name: str
    version: int
    is_baseline: bool
    data: bytes
    reference_profile: str


@dataclass(frozen=True)
class ServingModel:
    """A read kind: the version that serves, the same for every table of a run."""

    table: str = VERSIONS

    def upstreams(self, shop: Shop) -> tuple[str, ...]:
        return (self.table,)

    def resolve(self, run: Run, name: str) -> Serving:
        """Raises ModelError where there is no version yet, or the one that should serve is not as registered."""
        if PIN not in run.info.pins:
            run.info.pins[PIN] = "/".join(map(str, _standing(run.lake.settings.mlflow_tracking_uri)))
        model, _, version = run.info.pins[PIN].rpartition("/")
        serving = _checked(run, model, int(version))
        run.facts.update(model_name=serving.name, model_version=serving.version)
        return serving


def serving_model() -> ServingModel:
    """Read the version that serves."""
    return ServingModel()


def _standing(uri: str) -> tuple[str, int]:
    """The model and version that an alias names now."""
    for name, alias in ((NAME, CHAMPION_ALIAS), (BASELINE, BASELINE_ALIAS)):
        version = registry.version_of_alias(uri, name, alias)
        if version is not None:
            return name, version
    raise ModelError("no model was trained yet; run ./greenhouse train, then score")


def _checked(run: Run, name: str, version: int) -> Serving:
    row = _row(run, name, version)
    data = registry.fetch(run.lake.settings.mlflow_tracking_uri, name, version, row["artifact_sha256"])
    return Serving(name, version, name == BASELINE, data, row["reference_profile_json"])


def _row(run: Run, name: str, version: int) -> dict[str, Any]:
    import pyarrow.dataset as ds

    wanted = (ds.field("model_name") == name) & (ds.field("version") == version)
    found = run.lake.arrow(VERSIONS, run.version_of(VERSIONS), ["artifact_sha256", "reference_profile_json"], wanted).to_pylist()
    if not found:
        raise ModelError(f"{name} version {version} carries the alias but has no row in {VERSIONS}, so it does not serve: train again")
    return dict(found[0])
