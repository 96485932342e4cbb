"""Whether the features that today's model names are there to learn from. What a registered version needs belongs in `serving`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.baselines import BASELINES
from models.errors import ModelError
from models.feature_list import FEATURE_TABLES, MADE_OF, Feature, FeatureList

if TYPE_CHECKING:
    from lakehouse.tables.run import Run


def refuse_unmade(run: Run, features: FeatureList) -> None:
    """Raises ModelError naming the features that no contract holds, or that a table was not published with yet."""
    if missed := features.seen_by(run.lake.contracts).missed:
        raise ModelError(
            f"models/purchase.py names {', '.join(each.said for each in missed)}, which the contract does not hold (or as another kind): "
            "add the column there and to the table's function, or take the feature out"
        )
    for feature in features:
        if feature.column not in MADE_OF and feature.column not in _standing(run, feature):
            table = FEATURE_TABLES[feature.grain]
            raise ModelError(
                f"{table} was not published with {feature.column} yet: ./greenhouse backfill {table} --feature {feature.column} "
                f"--from {run.lake.shop.first_day} makes its history, then train"
            )


def refuse_rankings_unmade(features: FeatureList) -> None:
    """Raises ModelError naming what a simple ranking is made of and the model does not take: only the model's features are joined. Asked
    before a training set is made, too."""
    for kind, made_of in BASELINES.items():
        if left_out := sorted({*made_of.names} - {*features.names}):
            raise ModelError(
                f"models/baselines.py makes {kind} of {', '.join(left_out)}, which models/purchase.py does not name: put it back there, or "
                "take the ranking out"
            )


def _standing(run: Run, feature: Feature) -> set[str]:
    """The columns of the feature's table, at the version that the run reads."""
    table = FEATURE_TABLES[feature.grain]
    return {field.name for field in run.lake.delta(table, run.version_of(table)).schema().fields}
