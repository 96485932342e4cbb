"""Whether a shop has a model: a version that was published, and no publish that made none."""

from assets.registered import model_versions
from expectations.audit import audit
from lakehouse.days import DayRange
from lakehouse.publishing.publish import publish
from lakehouse.tables.run import RunInfo
from models.errors import NothingToLearn
from models.serving import NO_MODEL, choose
from models.versions import was_trained
from tests.lakehouse.corner_shop import CornerShop


def test_a_training_that_found_nothing_to_learn_leaves_no_model(settings, spark, tmp_path, monkeypatch):
    """The publish is real and has no rows; the reads, none of which it asks for, need not be built."""
    lake = CornerShop(settings, spark, tmp_path).lake

    def nothing(run):
        raise NothingToLearn("there are no orders")

    monkeypatch.setattr(model_versions, "train", nothing)
    lake.tables["models.model_versions"] = _without_reads(lake.tables["models.model_versions"])
    info = RunInfo("a test run", "a test", "test")
    for _ in range(2):
        done = publish(lake, "models.model_versions", DayRange.parse("2011-03-25"), audit, info)
        assert (done.rows, done.notes) == (0, ("no model yet: there are no orders",))
        assert not was_trained(lake)
    assert choose(lake).serves == NO_MODEL


def _without_reads(table):
    from dataclasses import replace
    from functools import partial

    return replace(table, reads={}, function=partial(table.function, **dict.fromkeys(table.reads)))
