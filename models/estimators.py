"""The pipelines: the model that `purchase.MODEL` names, and the simple rankings. Whole pipelines of scikit-learn's own parts.

Whatever is fitted is fitted in `fit`; predicting refits nothing. No class of ours is among them, so that a model
loads wherever scikit-learn and skops are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from models.baselines import BASELINES
from models.errors import ModelError
from models.learnable import FOLDS, refuse_unlearnable
from models.purchase import FALL, FEATURES, MODEL, RISE, SEED

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from models.feature_list import FeatureList

UNRANKED = 1e6
# Examples not bought weigh fifty times those bought: a leaf that holds none of them by chance would otherwise be sure.
SHRINKAGE = 50.0


def model(kind: str = MODEL, features: FeatureList = FEATURES) -> Pipeline:
    """The unfitted pipeline of that kind over those features. Raises ModelError naming the kinds."""
    kinds = {"gradient_boosting": _gradient_boosting, "logistic_regression": _logistic_regression}
    if kind not in kinds:
        raise ModelError(f"models/purchase.py: MODEL is {kind!r}; it may be {' or '.join(kinds)}")
    return kinds[kind](features)


def baseline(features: FeatureList = FEATURES, kind: str = "popularity") -> Pipeline:
    """The unfitted pipeline of a simple ranking: the chance by the features it is made of alone, each of which it may follow in one
    direction only; ties go to the lower 30-day rank.

    Left free, it would turn popularity upside down: beyond the popular, a product is a candidate because the customer
    bought it before, so the less popular candidates are bought more often.
    """
    made_of = BASELINES[kind]
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline

    directions = [*((name, 1, 0.0) for name in made_of.rise), *((name, -1, UNRANKED) for name in made_of.fall)]
    picked = [
        (name, SimpleImputer(strategy="constant", fill_value=absent, keep_empty_features=True), [features.names.index(name)])
        for name, _, absent in directions
    ]
    one_way = HistGradientBoostingClassifier(
        max_iter=50, min_samples_leaf=200, l2_regularization=SHRINKAGE, monotonic_cst=[way for _, way, _ in directions],
        early_stopping=False, random_state=SEED,
    )  # fmt: skip
    return Pipeline([("made_of", ColumnTransformer(picked)), ("chance", one_way)])


def fit(pipeline: Pipeline, features: Any, labels: Any, weights: Any, names: Sequence[str] = ()) -> Pipeline:
    """The pipeline fitted on weighted examples; the weights go to its last step.

    Raises NothingToLearn, by the features' names where they are told, where no model can be made of these.
    """
    import warnings

    refuse_unlearnable(features, labels, weights, names)
    with warnings.catch_warnings():
        # A feature that a shop never has (conversion without impressions) is all missing: `varying` leaves it out.
        warnings.filterwarnings("ignore", category=RuntimeWarning, module="numpy|sklearn.feature_selection")
        _leave_out_directions_of_what_does_not_vary(pipeline, features, labels)
        return pipeline.fit(features, labels, **{f"{pipeline.steps[-1][0]}__sample_weight": weights})


def _leave_out_directions_of_what_does_not_vary(pipeline: Pipeline, features: Any, labels: Any) -> None:
    """The trees are told a direction for each column that reaches them, which only the examples tell."""
    from sklearn.base import clone

    ways = getattr(pipeline[-1], "monotonic_cst", None)
    if ways is None or "varying" not in pipeline.named_steps:
        return
    before = clone(pipeline[:-1]).fit(features, labels)
    kept = before.named_steps["varying"].get_support()
    pipeline[-1].set_params(monotonic_cst=[way for way, stays in zip(ways, kept, strict=True) if stays])


def _directions(features: FeatureList) -> list[int]:
    """For each column, as `_categories` orders them: 1 where the chance never falls with it, -1 where it never rises, else 0."""
    ordered = [*features.categories, *(name for name in features.names if name not in features.categories)]
    return [(name in RISE) - (name in FALL) for name in ordered]


def _gradient_boosting(features: FeatureList) -> Pipeline:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.feature_selection import VarianceThreshold
    from sklearn.pipeline import Pipeline

    trees = HistGradientBoostingClassifier(
        max_iter=200, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=200, l2_regularization=SHRINKAGE,
        monotonic_cst=_directions(features), categorical_features=None, early_stopping=False, random_state=SEED,
    )  # fmt: skip
    return Pipeline([("categories", _categories(features)), ("varying", VarianceThreshold()), ("chance", trees)])


def _logistic_regression(features: FeatureList) -> Pipeline:
    from sklearn.feature_selection import VarianceThreshold
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    steps = [
        ("categories", _categories(features)),
        ("varying", VarianceThreshold()),
        ("missing", SimpleImputer(strategy="median", add_indicator=True)),
        ("scale", StandardScaler()),
        ("chance", LogisticRegression(max_iter=500)),
    ]
    return Pipeline(steps)


def _categories(features: FeatureList) -> Any:
    """Each category as the smoothed share bought, cross-fitted; one never seen gets the mean of all."""
    from sklearn.compose import ColumnTransformer
    from sklearn.model_selection import StratifiedKFold
    from sklearn.preprocessing import TargetEncoder

    encoder = TargetEncoder(target_type="binary", cv=StratifiedKFold(FOLDS, shuffle=True, random_state=SEED))
    return ColumnTransformer([("category", encoder, [features.names.index(name) for name in features.categories])], remainder="passthrough")
