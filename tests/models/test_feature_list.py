"""A version's own features: recorded and read again, and what of them today's code computes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assets.open_lake import written_contracts
from models.errors import ModelError
from models.feature_list import Feature, FeatureList
from models.purchase import FEATURES, POPULARITY

CONTRACTS = written_contracts()


def without(table: str, column: str) -> dict:
    contract = CONTRACTS[table]
    return {**CONTRACTS, table: replace(contract, columns=tuple(c for c in contract.columns if c.name != column))}


def test_what_is_recorded_is_read_again_with_order_kinds_and_absent_values() -> None:
    own = FeatureList(
        (
            Feature("pair", "units_90d", absent=0.0),
            Feature("product", "product_group", "category"),
            Feature("customer", "x", is_needed=False),
        )
    )
    back = FeatureList.from_json(own.to_json())
    assert back == own
    assert back.names == ("pair_units_90d", "product_group", "customer_x")
    assert back.categories == ("product_group",)
    assert [each.absent for each in back] == [0.0, None, None]


@pytest.mark.parametrize("text", ["", "{}x", "[1]", '[{"grain": "customer"}]', '[{"grain": "customer", "column": "x", "more": 1}]', "3"])
def test_what_is_no_list_of_features_is_said(text: str) -> None:
    with pytest.raises(ModelError, match="features_json is no list of features"):
        FeatureList.from_json(text)


def test_todays_features_are_all_computed() -> None:
    assert FEATURES.seen_by(CONTRACTS).lost == frozenset()


@pytest.mark.parametrize(
    ("table", "column", "lost"),
    [
        ("features.customer_daily", "orders_7d", {"customer_orders_7d"}),
        ("features.product_daily", "product_group", {"product_group", "pair_group_orders_90d"}),
        ("features.customer_product_daily", "orders_90d", {"pair_orders_90d", "pair_group_orders_90d"}),
        ("features.customer_daily", "units_7d", set()),
    ],
)
def test_a_column_that_is_gone_is_lost_with_what_is_made_of_it(table: str, column: str, lost: set[str]) -> None:
    seen = FEATURES.seen_by(without(table, column))
    assert seen.lost == lost
    assert {each.name for each in seen.missed} == lost
    assert seen.names == FEATURES.names, "its place in the matrix stays"
    assert [each.name for each in seen.computed] == [name for name in FEATURES.names if name not in lost]


def test_who_needs_one_feature_alone_misses_no_other() -> None:
    baseline = FEATURES.needing(POPULARITY)
    assert baseline.seen_by(without("features.customer_daily", "orders_7d")).missed == ()
    assert [each.name for each in baseline.seen_by(without("features.product_daily", "popularity_rank_30d")).missed] == [POPULARITY]


def test_joined_lists_say_where_each_ones_columns_stand() -> None:
    a, b, c = Feature("customer", "a"), Feature("product", "b"), Feature("pair", "c", absent=0.0)
    missing = replace(c, absent=None)
    one, other = FeatureList((a, b, c)), FeatureList((missing, b))
    both = one.joined(other)
    assert both.features == (a, b, c, missing)
    assert (both.places(one), both.places(other)) == ([0, 1, 2], [3, 1])


def test_the_same_column_as_a_number_and_as_a_category_are_two() -> None:
    number, category = Feature("product", "size"), Feature("product", "size", "category")
    assert FeatureList((number,)).joined(FeatureList((category,))).features == (number, category)


def test_what_either_list_has_lost_is_lost_to_both() -> None:
    one = FeatureList((Feature("customer", "a"),), lost=frozenset({"customer_a"}))
    other = FeatureList((Feature("customer", "b"),), lost=frozenset({"customer_b"}))
    assert one.joined(other).lost == other.joined(one).lost == {"customer_a", "customer_b"}


def test_a_column_of_another_kind_is_lost() -> None:
    group, units = Feature("product", "product_group"), Feature("product", "units_90d", "category")
    assert FeatureList((group, units)).seen_by(CONTRACTS).lost == {"product_group", "product_units_90d"}
