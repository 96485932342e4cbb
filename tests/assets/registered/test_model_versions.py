"""`models.model_versions` where nothing can be learnt: no rows, in the contract's own columns, and the reason."""

from types import SimpleNamespace

from assets.open_lake import written_contracts
from assets.registered.model_versions import model_versions
from lakehouse.contracts.spark_schema import conform

CONTRACT = written_contracts()["models.model_versions"]


def test_a_shop_without_a_consent_basis_gets_no_version_and_is_told_why(spark, tmp_path):
    notes = []
    lake = SimpleNamespace(shop=SimpleNamespace(consent_basis=None), exists=lambda table: False, contract=lambda table: CONTRACT)
    run = SimpleNamespace(lake=lake, spark=spark, note=notes.append)
    made = model_versions(None, None, None, None, None, None, run)
    assert conform(made, CONTRACT).count() == 0
    (note,) = notes
    assert note.startswith("no model yet: the shop states no consent_basis")
