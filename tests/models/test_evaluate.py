"""Figures on held-out weeks, and what the gates make of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from sklearn.pipeline import Pipeline

from models import estimators
from models.baselines import BASELINES
from models.dense_features import Day
from models.evaluate import Examples, Fitted, Week, compare
from models.feature_list import Feature, FeatureList
from models.gates import all_passed, judge
from models.purchase import FEATURE_NAMES, FEATURES, POPULARITY
from models.purchase import RANK as RANK_FEATURE
from tests.models.conftest import REPEAT, made_up
from tests.models.frames import table_of

RANK = FEATURE_NAMES.index(POPULARITY)
PRODUCTS = 40


def week(seed: int, customers: int = 150) -> Week:
    """Customers buy again what they bought before, and else what is popular."""
    random = np.random.default_rng(seed)
    ids = [f"p{n:02d}" for n in range(PRODUCTS)]
    chance = 1 / np.arange(1, PRODUCTS + 1)
    keys = [f"{seed}-{n}" for n in range(customers)]
    before = {key: set(random.choice(ids, 3, replace=False)) for key in keys}
    bought = [frozenset([*random.choice(sorted(before[key]), 1), *random.choice(ids, 1, p=chance / chance.sum())]) for key in keys]
    pairs = [{"customer_key": key, "product_id": p, "product_group": "fern", "orders_90d": 2} for key in keys for p in sorted(before[key])]
    products = [{"product_id": p, "product_group": "fern", "popularity_rank_30d": n + 1} for n, p in enumerate(ids)]
    own = [{"customer_key": key, "orders_90d": int(random.integers(1, 6))} for key in keys]
    return Week(Day(table_of("customer", own), table_of("product", products), table_of("pair", pairs)), bought)


@pytest.fixture(scope="module")
def weeks() -> list[Week]:
    return [week(1), week(2)]


@pytest.fixture(scope="module")
def held_out() -> Examples:
    return made_up(2000, seed=9)


class Alike:
    """A stand-in pipeline that says what a function of the features says."""

    def __init__(self, chance) -> None:  # type: ignore[no-untyped-def]
        self.chance = chance

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        yes = self.chance(features)
        return np.column_stack([1 - yes, yes])


def _told(model: object, baseline: Pipeline, weeks: Sequence[Week], held_out: Examples) -> dict[str, float]:
    return figures(model, baseline, weeks, held_out)


def figures(model: object, baseline: object, weeks: Sequence[Week], held_out: Examples, champion: Fitted | None = None) -> dict[str, float]:
    return compare(_own(model), {"popularity": _own(baseline)}, weeks, held_out, champion).figures


def _own(pipeline: object) -> Fitted:
    return Fitted(pipeline, FEATURES)  # type: ignore[arg-type]


def test_a_model_that_knows_more_passes(trained: Pipeline, baseline: Pipeline, weeks: list[Week], held_out: Examples) -> None:
    found = _told(trained, baseline, weeks, held_out)
    assert found["customers"] == 300
    assert found["ndcg_at_10"] > found["baseline_ndcg_at_10"]
    assert all_passed(judge(found))


def test_the_champion_is_ranked_on_the_same_weeks(trained: Pipeline, baseline: Pipeline, weeks: list[Week], held_out: Examples) -> None:
    worse = figures(baseline, baseline, weeks, held_out, champion=_own(trained))
    assert worse["champion_ndcg_at_10"] == _told(trained, baseline, weeks, held_out)["ndcg_at_10"]
    assert worse["champion_ndcg_gain"] < 0
    assert figures(trained, baseline, weeks, held_out, champion=_own(trained))["champion_ndcg_gain"] == 0


def test_a_champion_of_other_features_is_ranked_by_its_own(baseline: Pipeline, weeks: list[Week], held_out: Examples) -> None:
    """It takes features in another order, and one that today's list does not hold."""
    own = FeatureList((Feature("customer", "orders_30d", absent=None), Feature("pair", "orders_90d", absent=None), RANK_FEATURE))
    likes_again = Alike(lambda x: (np.nan_to_num(x[:, 1]) + 1 / (1 + x[:, 2])) / 9)
    same = Alike(lambda x: (x[:, REPEAT] + 1 / (1 + x[:, RANK])) / 9)
    found = figures(baseline, baseline, weeks, held_out, champion=Fitted(likes_again, own))  # type: ignore[arg-type]
    assert found["champion_ndcg_at_10"] == _told(same, baseline, weeks, held_out)["ndcg_at_10"]
    assert found["champion_ndcg_at_10"] > found["ndcg_at_10"]


def test_a_week_in_which_nobody_bought_or_nothing_is_on_sale_is_not_ranked(
    trained: Pipeline, baseline: Pipeline, held_out: Examples
) -> None:
    full = week(1)
    nobody = Week(Day(full.features.customers.slice(0, 0), full.features.products, full.features.purchases), [])
    nothing = Week(Day(full.features.customers, full.features.products.slice(0, 0), full.features.purchases), full.bought)
    assert "ndcg_at_10" not in _told(trained, baseline, [nobody, nothing], held_out)
    assert _told(trained, baseline, [nobody, full], held_out) == _told(trained, baseline, [full], held_out)


def test_popularity_in_disguise_does_not_pass(baseline: Pipeline, weeks: list[Week], held_out: Examples) -> None:
    random = np.random.default_rng(0)
    disguises = {
        "the baseline itself": baseline,
        "another scale": Alike(lambda x: 1 / (1 + x[:, RANK])),
        "a little noise": Alike(lambda x: 1 / (1 + x[:, RANK]) + random.normal(0, 1e-3, len(x))),
        "only the rank to learn from": _on_rank_alone(),
    }
    for name, model in disguises.items():
        gates = {gate.name: gate for gate in judge(_told(model, baseline, weeks, held_out))}
        assert not all_passed(tuple(gates.values())), name
        assert not gates["ndcg_beats_the_best_baseline"].passed, name


@pytest.fixture(scope="module")
def baselines(examples: Examples) -> dict[str, Fitted]:
    """As training fits them."""
    made = {
        kind: estimators.fit(estimators.baseline(kind=kind), examples.features, examples.labels, examples.weights) for kind in BASELINES
    }
    return {kind: Fitted(pipeline, FEATURES.needing(*BASELINES[kind].names)) for kind, pipeline in made.items()}


def test_the_best_baseline_is_the_one_that_ranks_best(baselines: dict[str, Fitted], weeks: list[Week], held_out: Examples) -> None:
    found = compare(baselines["buyers"], baselines, weeks, held_out)
    each = {kind: found.figures[f"{kind}_ndcg_at_10"] for kind in BASELINES}
    assert found.best_baseline == max(each, key=each.__getitem__) == "again", "people buy again what they bought before"
    assert found.figures["baseline_ndcg_at_10"] == each["again"] > each["popularity"] > 0
    assert found.figures["ndcg_at_10"] == each["buyers"]
    alone = compare(baselines["again"], {"again": baselines["again"]}, weeks, held_out).figures
    assert [found.figures[f"baseline_{name}"] for name in ("log_loss", "pr_auc")] == [alone[name] for name in ("log_loss", "pr_auc")]
    popular = [Week(one.features, [frozenset({"p00", "p01"})] * len(one.bought)) for one in weeks]
    assert compare(baselines["again"], baselines, popular, held_out).best_baseline == "popularity"


def test_repeat_purchase_in_disguise_does_not_pass(baselines: dict[str, Fitted], weeks: list[Week], held_out: Examples) -> None:
    random = np.random.default_rng(0)
    disguises = {
        "the ranking itself": baselines["again"],
        "a count of orders": _own(Alike(lambda x: x[:, REPEAT] / 10)),
        "with a little noise": _own(Alike(lambda x: (x[:, REPEAT] + random.random(len(x)) / 100) / 10)),
    }
    for name, model in disguises.items():
        gates = {gate.name: gate for gate in judge(compare(model, baselines, weeks, held_out).figures)}
        assert not gates["ndcg_beats_the_best_baseline"].passed, name
    only = compare(disguises["a count of orders"], {"popularity": baselines["popularity"]}, weeks, held_out)
    assert judge(only.figures)[0].passed, "against popularity alone it would"


def test_what_is_the_same_for_all_is_scored_once_and_ranked_alike(
    baselines: dict[str, Fitted], weeks: list[Week], held_out: Examples
) -> None:
    for kind in ("popularity", "buyers"):
        assert baselines[kind].is_same_for_all
        long_way = Fitted(baselines[kind].pipeline, FEATURES)
        assert not long_way.is_same_for_all
        once, each = (compare(one, baselines, weeks, held_out).figures for one in (baselines[kind], long_way))
        assert once == each
    assert not baselines["again"].is_same_for_all


def test_where_nothing_can_be_ranked_the_first_baseline_stands(baselines: dict[str, Fitted], held_out: Examples) -> None:
    found = compare(baselines["again"], baselines, [], held_out)
    assert found.best_baseline == "popularity"
    assert not all_passed(judge(found.figures))


def _on_rank_alone() -> Pipeline:
    known = made_up(3000, seed=1)
    blind = np.zeros_like(known.features)
    blind[:, RANK] = known.features[:, RANK]
    return estimators.fit(estimators.model(), blind, known.labels, known.weights)


def test_nothing_held_out_gives_no_figures_and_shuts_the_gates(trained: Pipeline, baseline: Pipeline, held_out: Examples) -> None:
    assert not all_passed(judge(_told(trained, baseline, [], held_out)))


def test_held_out_examples_all_alike_give_no_log_loss(trained: Pipeline, baseline: Pipeline, weeks: list[Week], held_out: Examples) -> None:
    alike = Examples(held_out.features, np.zeros_like(held_out.labels), held_out.weights)
    found = _told(trained, baseline, weeks, alike)
    assert "log_loss" not in found
    assert not all_passed(judge(found))


def test_weights_are_used(trained: Pipeline, baseline: Pipeline, held_out: Examples) -> None:
    once = _told(trained, baseline, [], held_out)
    repeated = np.repeat(np.arange(len(held_out.labels)), held_out.weights.astype(int))
    spelled_out = Examples(held_out.features[repeated], held_out.labels[repeated], np.ones(len(repeated)))
    for figure in ("log_loss", "pr_auc", "baseline_log_loss"):
        assert once[figure] == pytest.approx(_told(trained, baseline, [], spelled_out)[figure])


def test_the_ranking_is_that_of_scoring_each_pair(trained: Pipeline, baseline: Pipeline) -> None:
    one = week(3, customers=70)
    found = figures(trained, baseline, [one], made_up(200, seed=4))
    hits = total = 0
    for row, key in enumerate(one.features.customers["customer_key"].to_pylist()):
        best = _best_of(one, trained, row)
        hits += len(one.bought[row] & set(best)) / len(one.bought[row])
        total += 1
        assert key
    assert found["recall_at_10"] == pytest.approx(hits / total)


def _best_of(one: Week, pipeline: Pipeline, row: int) -> list[str]:
    from models.dense_features import grid

    products = one.features.products
    alone = Day(one.features.customers.slice(row, 1), products, one.features.purchases)
    _, cube = next(iter(grid(alone, FEATURES)))
    scores = pipeline.predict_proba(cube[0])[:, 1]
    order = sorted(range(len(scores)), key=lambda n: (-scores[n], cube[0, n, RANK]))
    return [products["product_id"][n].as_py() for n in order[:10]]


def test_the_recall_of_both_is_told_and_what_the_model_gains(held_out: Examples) -> None:
    """Of twelve products each puts ten on its list: the baseline not the last two, the model not the first two."""
    products = [{"product_id": f"p{n:02}", "product_group": "fern", "popularity_rank_30d": n} for n in range(1, 13)]
    week = Week(Day(table_of("customer", [{"customer_key": "c"}]), table_of("product", products), table_of("pair", [])), [frozenset({"p12", "p11", "p05", "p01"})])  # fmt: skip
    found = _told(Alike(lambda x: 1 - 1 / (1 + x[:, RANK])), Alike(lambda x: 1 / (1 + x[:, RANK])), [week], held_out)  # type: ignore[arg-type]
    assert (found["recall_at_10"], found["baseline_recall_at_10"], found["recall_gain"]) == (0.75, 0.5, 0.25)


def test_one_list_for_everybody_is_told_though_it_is_another_each_week(baseline: Pipeline, weeks: list[Week], held_out: Examples) -> None:
    by_rank = Alike(lambda x: 1 / (1 + x[:, RANK]))
    other = week(3)
    turned = other.features.products.set_column(
        other.features.products.schema.get_field_index("popularity_rank_30d"), "popularity_rank_30d", pa.array(range(PRODUCTS, 0, -1))
    )
    another_week = Week(Day(other.features.customers, turned, other.features.purchases), other.bought)
    found = _told(by_rank, baseline, [weeks[0], another_week], held_out)  # type: ignore[arg-type]
    assert found["same_first_share"] == 1
    gates = {gate.name: gate.passed for gate in judge(found)}
    assert not gates["customers_are_not_all_given_the_same_first"]


def test_the_share_that_is_given_the_same_first_is_counted_by_hand(held_out: Examples) -> None:
    """Three customers bought p2 before and are given it first; of the other four the most popular comes first."""
    people = [{"customer_key": f"c{n}", "orders_90d": 1} for n in range(7)]
    products = [{"product_id": f"p{n}", "product_group": "fern", "popularity_rank_30d": n} for n in (1, 2, 3)]
    pairs = [{"customer_key": f"c{n}", "product_id": "p2", "product_group": "fern", "orders_90d": 1} for n in range(3)]
    one = Week(Day(table_of("customer", people), table_of("product", products), table_of("pair", pairs)), [frozenset({"p1"})] * 7)
    likes_again = Alike(lambda x: (x[:, REPEAT] + 1 / (1 + x[:, RANK])) / 9)
    assert _told(likes_again, likes_again, [one], held_out)["same_first_share"] == pytest.approx(4 / 7)  # type: ignore[arg-type]


def test_who_ordered_three_times_is_frequent_and_each_segment_has_its_own_gain(held_out: Examples) -> None:
    """Occasional customers buy what the model puts first, frequent ones what the baseline does; the edge itself is frequent."""
    people = [{"customer_key": f"c{orders}", "orders_90d": orders} for orders in (1, 2, 3, 4, 5)]
    products = [{"product_id": name, "product_group": "fern", "popularity_rank_30d": n} for n, name in ((1, "popular"), (2, "rare"))]
    bought = [frozenset({"rare" if each["orders_90d"] < 3 else "popular"}) for each in people]
    one = Week(Day(table_of("customer", people), table_of("product", products), table_of("pair", [])), bought)
    found = _told(Alike(lambda x: 1 - 1 / (1 + x[:, RANK])), Alike(lambda x: 1 / (1 + x[:, RANK])), [one], held_out)  # type: ignore[arg-type]
    assert (found["occasional_customers"], found["frequent_customers"]) == (2, 3)
    assert (found["recall_at_10"], found["baseline_recall_at_10"], found["recall_gain"]) == (1, 1, 0), "both are among ten"
    second_place = 1 / np.log2(3)
    assert found["occasional_ndcg_gain"] == pytest.approx(1 - second_place)
    assert found["frequent_ndcg_gain"] == pytest.approx(second_place - 1)
