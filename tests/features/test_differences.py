"""What a test of features says where one differs."""

from tests.features.differences import differences


def test_a_feature_that_differs_is_named_with_both_values():
    row = {"orders_7d": 1, "units_7d": None}
    assert differences({"a": row}, {"a": row}) == []
    assert differences({"a": row}, {"a": {**row, "orders_7d": 2}}) == ["orders_7d of a is 1, expected 2"]
    assert differences({"a": row, "b": row}, {"a": {"orders_7d": 1}, "c": row}) == [
        "b: is there, and should not be", "c: is missing", "units_7d of a is None, expected None",
    ]  # fmt: skip
    assert differences(dict.fromkeys(range(9), row), {})[-1] == "and 4 more"
