"""Moves aliases once the rows of a training run are published: a version serves only if the world can read why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import registry
from models.purchase import BASELINE

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake

VERSIONS = "models.model_versions"
CHAMPION_ALIAS, BASELINE_ALIAS = "champion", "baseline"


def was_trained(lake: Lake) -> bool:
    """Whether any version was ever published; a publish that made none is no version."""
    return lake.exists(VERSIONS) and lake.arrow(VERSIONS, columns=["version"]).num_rows > 0


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
