"""`greenhouse explain`: of each feature the version that was read, however often its table was written since."""

from rich.tree import Tree

from assets.explain import Explanation, Publish
from cli.explain import _add_features, show

PREDICTION = {
    "prediction_id": "p1", "day": "2011-03-25", "product_id": "fern", "rank": 2, "customer_key": "0123456789abcdef", "score": 0.25,
    "model_name": "purchase", "model_version": 3,
}  # fmt: skip


def publish(table, version, **columns):
    return Publish(table, version, "p", "run 123456789", "ann", "code 12345678901234567890", {"silver.orders": 4}, 5, 6, columns)


def test_a_feature_is_told_by_the_nearest_publish_that_wrote_it():
    later, earlier = publish("features.a", 7, orders="new"), publish("features.a", 5, orders="old", units="u1")
    tree = Tree("")
    _add_features(tree, Explanation(PREDICTION, None, (publish("kpis.x", 1), later, earlier)))
    assert [child.label for child in tree.children] == ["features.a: orders new, units u1"]


def test_what_stands_behind_a_prediction_is_shown(capsys):
    model = {"mlflow_run_id": "run", "trained_at": "then", "asked_by": "bea", "code_version": "c", "artifact_sha256": "abc"}
    show(Explanation(PREDICTION, model, (publish("features.a", 7, orders="new"),)))
    said = capsys.readouterr().out
    for part in (
        "on 2011-03-25: product fern at rank 2 for customer 0123456789ab…, score 0.2500",
        "model purchase version 3",
        "trained_at: then",
    ):
        assert part in said
    assert ["features.a", "7", "5", "of", "6", "ann", "run", "1234", "code", "12345678901", "silver.orders", "v4"] in [
        line.split() for line in said.splitlines()
    ]
