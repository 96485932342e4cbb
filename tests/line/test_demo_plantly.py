"""`./greenhouse demo plantly` and `demo --quick`, as the README says it: the simulated shop through the whole line, in a home of its own.

A trial: `./greenhouse test -- -m trial tests/line/test_demo_plantly.py`.
"""

import pytest

from tests.line.conftest import Home

pytestmark = pytest.mark.trial


@pytest.mark.parametrize("which", ["plantly", "--quick"])
def test_the_simulated_shop_is_built_scored_and_accounted_for(tmp_path, which):
    home = Home(tmp_path)
    try:
        built = home.greenhouse("demo", which)
        assert built.returncode == 0, built.stderr[-3000:]
        for said in ("What was built", "The model against its baseline", "Five recommendations", "./greenhouse ui"):
            assert said in built.stdout
        accounted = home.greenhouse("reconcile")
        assert accounted.returncode == 0, accounted.stdout
        assert "landed lines are accounted for." in accounted.stdout
    finally:
        home.greenhouse("engine", "stop")
