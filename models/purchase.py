"""The purchase model, in a minute: what it predicts, from what, and what it must beat. How any of it is done stands elsewhere.

"Will this customer buy this product within seven days?" Asked of the pairs that a shop could show; the top ten of
each customer are recommended. `MODEL` is the one line that chooses the algorithm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.feature_list import Feature, FeatureList

MODEL: Literal["gradient_boosting", "logistic_regression"] = "gradient_boosting"
NAME, BASELINE = "purchase", "purchase_baseline"
SEED = 20101201

LABEL = "bought"
LABEL_DAYS = 7  # bought on the example's day or the six after it
EXAMPLE_WEEKDAY = 0  # without impressions: examples on Mondays
WINDOW_DAYS = 90  # an example whose features look back over less is left out
HELD_OUT_WEEKS = 4
HELD_OUT_CUSTOMERS = 2000  # a customer-week each; more are sampled by hash

ON_SALE_DAYS = 30  # a product without a sale for that long is not on sale
POPULAR_CANDIDATES = 300
NEGATIVES_PER_CUSTOMER = 5  # on average; weighted back to all candidates
RECOMMENDATIONS = 10

CUSTOMER = (
    "orders_7d", "orders_30d", "orders_90d", "units_90d", "spend_30d", "spend_90d", "returned_units_90d",
    "days_since_last_order", "distinct_products_90d", "impressions_30d", "clicks_30d",
)  # fmt: skip
PRODUCT = (
    "units_7d", "units_30d", "units_90d", "buyers_7d", "buyers_30d", "buyers_90d", "revenue_30d", "returned_units_90d",
    "days_since_last_sale", "mean_price_30d", "popularity_rank_30d", "impressions_30d", "clicks_30d", "conversion_30d",
)  # fmt: skip
PAIR = ("orders_7d", "orders_30d", "orders_90d", "units_90d", "spend_90d", "returned_units_90d", "group_orders_90d")

# What a version made today takes. One that was made earlier brings its own list (`versions`), and is scored from that.
FEATURES = FeatureList((
    *(Feature("customer", column) for column in CUSTOMER),
    *(Feature("product", column) for column in PRODUCT),
    Feature("product", "product_group", kind="category"),
    *(Feature("pair", column, absent=0.0) for column in PAIR),
    Feature("pair", "days_since_last_order"),
))  # fmt: skip
FEATURE_NAMES, CATEGORIES = FEATURES.names, FEATURES.categories
# What was ordered more often, more lately, by more people is never taken for less likely. A shop whose customers buy by a cycle (who bought
# yesterday does not today) takes the pairs' names out; the gates say which is better.
RISE = (
    "pair_orders_7d", "pair_orders_30d", "pair_orders_90d", "pair_units_90d", "pair_spend_90d", "pair_group_orders_90d",
    "product_buyers_7d", "product_buyers_30d", "product_buyers_90d",
)  # fmt: skip
FALL = ("pair_days_since_last_order", "product_days_since_last_sale", "product_popularity_rank_30d")
RANK = Feature("product", "popularity_rank_30d")
POPULARITY = RANK.name

SEGMENT_EDGE = 3  # orders in 90 days: occasional customers below, frequent ones from here on


@dataclass(frozen=True)
class Thresholds:
    """What a version must reach on the held-out weeks, against the best baseline and the champion that serves."""

    ndcg_gain: float = 0.0  # lower 5 % bound of a paired bootstrap over customers, above this
    recall_gain: float = 0.0  # at least
    log_loss_drop: float = 0.0  # above
    pr_auc_gain: float = 0.0  # above
    segment_ndcg_gain: float = 0.0  # at least, in each segment
    champion_ndcg_gain: float = 0.0  # at least, where a champion serves
    same_first_share: float = 0.95  # of the lists, at most: more is one list for everybody, whatever it reaches
    customers: int = 200  # customer-weeks ranked, at least
    segment_customers: int = 50


THRESHOLDS = Thresholds()
