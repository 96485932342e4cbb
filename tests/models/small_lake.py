"""A lake whose ledgers and models are real and whose versions stand in memory: what serves is tested on it, without an engine."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
from sklearn.pipeline import Pipeline

from assets.open_lake import written_contracts
from lakehouse.settings import Settings
from lakehouse.tables.lake import Lake
from models import artifact_store, registry
from models.feature_list import FeatureList
from models.promotion import settle
from models.purchase import BASELINE, FEATURES, NAME, POPULARITY
from models.versions import VERSIONS


class SmallLake(Lake):
    """A lake whose ledgers and files are real, and whose versions stand in memory; with a model store of its own."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.settings = Settings(home=folder, lake=str(folder / "lake"), mlflow_tracking_uri=f"sqlite:///{folder}/mlflow.db", **more)
        self.shop = SimpleNamespace(consent_basis=None)  # type: ignore[assignment]
        self.contracts = dict(written_contracts())
        self.rows: list[dict[str, Any]] = []
        self.earlier: dict[int, list[dict[str, Any]]] = {}

    def exists(self, table: str) -> bool:
        return bool(self.rows) if table == VERSIONS else super().exists(table)

    def arrow(self, table: str, version: int | None = None, columns: list[str] | None = None, filter: Any = None) -> pa.Table:
        if table != VERSIONS:
            return super().arrow(table, version, columns, filter)
        rows = self.rows if version is None else self.earlier.get(version, self.rows)
        return ds.dataset(pa.Table.from_pylist(rows)).to_table(columns=columns, filter=filter)

    def publish(self, made: registry.Registered, run_id: str, is_champion: bool, features: FeatureList | None = None, **more: Any) -> None:
        own = features or (FEATURES.needing(POPULARITY) if made.name == BASELINE else FEATURES)
        gate = {"name": "ndcg_beats_the_best_baseline", "passed": is_champion}
        row: dict[str, Any] = {
            "trained_at": datetime.now(UTC),
            "model_name": made.name,
            "version": made.version,
            "run_id": run_id,
            "asked_by": "a test",
            "is_champion": is_champion,
            "code_version": "c0ffee",
        }
        row |= {"gates_json": json.dumps([gate] if made.name == NAME else []), "artifact_sha256": made.sha256}
        self.rows.append({**row, "reference_profile_json": "{}", "features_json": own.to_json(), **more})

    def take_away(self, table: str, *columns: str) -> None:
        """As if today's code computed those columns no more."""
        contract = self.contracts[table]
        self.contracts[table] = replace(contract, columns=tuple(c for c in contract.columns if c.name not in columns))


def run_of(lake: SmallLake, run_id: str = "a night") -> Any:
    info = SimpleNamespace(pins={})
    notes: list[str] = []
    own = {"run_id": run_id, "asked_by": "a test", "version_of": lambda table: 0}
    return SimpleNamespace(lake=lake, info=info, serving=None, notes=notes, note=notes.append, **own)


def settled(lake: SmallLake, run_id: str) -> dict[str, int | None]:
    """What a training run lets serve."""
    return {entry.model_name: entry.version for entry in settle(run_of(lake, run_id))}


def register(lake: SmallLake, name: str, pipeline: Pipeline) -> registry.Registered:
    made = registry.register(lake.settings.mlflow_tracking_uri, name, pipeline, {}, {})
    artifact_store.keep(lake, made.sha256, made.files)
    return made
