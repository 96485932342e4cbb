"""Which partitions of an upstream Dagster takes a partition to read."""

from lakehouse.look_ups import LookedUp
from orchestration.partitions import ALL_DAYS, mapping_of


def test_what_is_looked_up_is_read_back_as_far_as_it_is_seen():
    assert mapping_of(LookedUp("visits", 7, 0)).start_offset == -6
    assert mapping_of(LookedUp("articles", None, 3)).start_offset == -ALL_DAYS
