"""How two ways are timed: in turn, warmed up, pair by pair, and told beside the ratio that is promised."""

import pytest

from benchmarks import compare as compared
from benchmarks.compare import Comparison, compare


def test_both_are_warmed_up_then_timed_in_turn_each_going_first_every_other_time(monkeypatch):
    clock, calls = [0.0], []
    monkeypatch.setattr(compared, "perf_counter", lambda: clock[0])

    def takes(name, first, then):
        """Work that is slow the first time."""

        def work():
            clock[0] += then if name in calls else first
            calls.append(name)

        return work

    found = compare("a test", takes("ours", 100, 2), takes("peer", 100, 4), rounds=3, at_most=0.5)
    assert calls == ["ours", "peer", "ours", "peer", "peer", "ours", "ours", "peer"]
    assert (found.ours, found.peer) == ((2.0,) * 3, (4.0,) * 3), "warming up counts for nothing, and times stay with their way"
    assert (found.ratio, found.holds) == (0.5, True), "a ratio that is reached is kept"


def test_the_ratio_is_the_median_of_the_pairs_and_the_first_pair_of_those_given_warmed_up():
    found = Comparison.warmed_up("a test", [(90.0, 1.0), (1.0, 2.0), (9.0, 3.0), (4.0, 4.0)], at_most=0.9)
    assert (found.ours, found.peer) == ((1.0, 9.0, 4.0), (2.0, 3.0, 4.0))
    assert (found.ratio, found.holds) == (1.0, False), "not 9 / 3, nor the medians' ratio 4 / 3"
    assert str(found) == "a test: ours 4.00 s (1.00-9.00), peer 3.00 s (2.00-4.00), ratio 1.00 (at most 0.9: BROKEN)"


@pytest.mark.parametrize(("at_most", "told"), [(None, "ratio 2.00"), (2.0, "ratio 2.00 (at most 2: holds)")])
def test_where_nothing_is_promised_nothing_can_be_broken(at_most, told):
    found = Comparison("a test", (2.0,), (1.0,), at_most)
    assert found.holds
    assert str(found).endswith(told)
