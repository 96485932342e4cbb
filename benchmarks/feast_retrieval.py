"""Feast's side of the benchmark `point_in_time_feast`, run by a Python that has Feast: FOLDER TABLES TO. Prints the seconds of the retrieval."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import timedelta

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, ValueType
from feast.repo_config import RepoConfig
from feast.types import Float64


def retrieve(folder: str, tables: int, to: str) -> float:
    """The examples with the value of every table as of their moment, from Parquet to Parquet; the seconds it took."""
    with tempfile.TemporaryDirectory() as home:
        store = _store(folder, tables, home)
        began = time.perf_counter()
        examples = pd.read_parquet(f"{folder}/examples").rename(columns={"as_of": "event_timestamp"})
        store.get_historical_features(examples, [f"table_{n}:value_{n}" for n in range(tables)]).to_df().to_parquet(to)
        return time.perf_counter() - began


def _store(folder: str, tables: int, home: str) -> FeatureStore:
    config = RepoConfig(
        project="peer", provider="local", registry=f"{home}/registry.db", offline_store={"type": "file"}, entity_key_serialization_version=3
    )
    store = FeatureStore(config=config)
    customer = Entity(name="customer", join_keys=["customer"], value_type=ValueType.STRING)
    store.apply([customer, *(_view(folder, number, customer) for number in range(tables))])
    return store


def _view(folder: str, number: int, customer: Entity) -> FeatureView:
    """One table; a time to live of nothing means for ever."""
    return FeatureView(
        name=f"table_{number}",
        entities=[customer],
        ttl=timedelta(0),
        schema=[Field(name=f"value_{number}", dtype=Float64)],
        source=FileSource(path=f"{folder}/table_{number}", timestamp_field="visible_at"),
    )


if __name__ == "__main__":
    print(retrieve(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
