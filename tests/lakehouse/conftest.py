"""The corner shop, for tests of landing and publishing."""

import pytest

from tests.lakehouse.corner_shop import CornerShop


@pytest.fixture
def corner(settings, spark, tmp_path):
    """A new corner shop on the session's engine."""
    return CornerShop(settings, spark, tmp_path)


@pytest.fixture
def late_corner(settings, spark, tmp_path):
    """A corner shop whose events may be delivered three days late."""
    return CornerShop(settings, spark, tmp_path, lateness=3)
