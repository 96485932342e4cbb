"""What a run was pinned to: seen by every process of it as a tag, and never taken away."""

import dagster as dg
import pytest

from orchestration.runs import Pins


@dg.op
def nothing() -> None:
    """An op of no effect."""


@dg.job
def idle() -> None:
    nothing()


def test_what_a_run_was_pinned_to_is_seen_by_others_and_stays():
    with dg.DagsterInstance.ephemeral() as instance:
        run_ids = [idle.execute_in_process(instance=instance).run_id for _ in range(2)]
        mine, other = (Pins(instance, run_id) for run_id in run_ids)
        mine["serving_model"] = "purchase/3"
        again = Pins(instance, run_ids[0])
        assert (dict(again), len(again), "serving_model" in again) == ({"serving_model": "purchase/3"}, 1, True)
        assert dict(other) == {}
        with pytest.raises(TypeError, match="stays so"):
            del again["serving_model"]
        assert dict(mine) == {"serving_model": "purchase/3"}
