"""Moves aliases once the rows of a training run are published: a version serves only if the world can read why."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from models import registry
from models.errors import ModelError
from models.purchase import BASELINE, FEATURE_NAMES, NAME

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from lakehouse.lake import Lake

VERSIONS = "models.model_versions"
_log = logging.getLogger(__name__)
CHAMPION_ALIAS, BASELINE_ALIAS = "champion", "baseline"


def promote(lake: Lake, run_id: str) -> dict[str, int]:
    """Point `champion` at the run's version if it passed every gate, and `baseline` at its baseline. Safe to repeat.

    Returns the versions promoted, by model name.
    """
    import pyarrow.dataset as ds

    rows = lake.arrow(VERSIONS, columns=["model_name", "version", "is_champion"], filter=ds.field("run_id") == run_id).to_pylist()
    promoted = {row["model_name"]: row["version"] for row in rows if row["is_champion"] or row["model_name"] == BASELINE}
    for name, version in promoted.items():
        alias = BASELINE_ALIAS if name == BASELINE else CHAMPION_ALIAS
        registry.promote(lake.settings.mlflow_tracking_uri, name, version, alias)
    return promoted


def standing_champion(lake: Lake) -> Pipeline | None:
    """The pipeline that `champion` names; None where there is none, or none that could serve today.

    One whose files were changed is not loaded, and one of other features cannot score: neither may hold a new version back.
    """
    import pyarrow.dataset as ds

    uri = lake.settings.mlflow_tracking_uri
    version = registry.version_of_alias(uri, NAME, CHAMPION_ALIAS)
    if version is None or not lake.exists(VERSIONS):
        return None
    wanted = (ds.field("model_name") == NAME) & (ds.field("version") == version)
    rows = lake.arrow(VERSIONS, columns=["artifact_sha256"], filter=wanted).to_pylist()
    try:
        pipeline = registry.load(uri, NAME, version, rows[0]["artifact_sha256"]) if rows else None
    except ModelError as error:
        _log.warning("the champion is not compared with: %s", error)
        return None
    return pipeline if pipeline is not None and pipeline.n_features_in_ == len(FEATURE_NAMES) else None
