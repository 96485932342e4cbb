"""Where a lake may lie: what not every reader takes as it stands is refused at once, everything else works from end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.sql import query_lake
from lakehouse.errors import PublishError, SettingsError
from lakehouse.publishing.commit import _prove
from lakehouse.settings import UNREADABLE, load_settings
from tests.lakehouse.corner_shop import CornerShop, line

DAY = "2011-03-25"


@pytest.mark.parametrize("variable", ["GREENHOUSE_LAKE", "GREENHOUSE_HOME"])
@pytest.mark.parametrize("name", ["a%20b", "`y`", "a%b", "back\\slash", "a*b", "a?b", "a#b", "[z]", "a^b", "a|b", 'a"b', "a\nb"])
def test_a_name_that_some_reader_takes_for_something_else_is_refused(variable: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, f"/tmp/{name}/lake")
    with pytest.raises(SettingsError, match=rf"^{variable} cannot be used: ./tmp/.*choose another name\.$"):
        load_settings()


def test_a_folder_that_leads_there_is_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "50%").mkdir()
    (tmp_path / "lake").symlink_to(tmp_path / "50%")
    monkeypatch.setenv("GREENHOUSE_LAKE", str(tmp_path / "lake"))
    with pytest.raises(SettingsError, match="50%"):
        load_settings()


def test_every_other_name_works(settings, spark, tmp_path: Path) -> None:
    """One folder with all of them: landed, cleaned, quarantined, merged by SQL, restored, read without the engine."""
    folder = tmp_path / "{x} it's ä+b,c;d=e&f $g ~h"
    assert not UNREADABLE & set(str(folder))
    shop = CornerShop(settings, spark, folder)
    shop.deliver(DAY, [*(line(number, DAY) for number in range(40)), line(99, DAY, quantity="none")])
    shop.build(DAY)
    assert query_lake(shop.lake, "SELECT count(*) FROM silver.orders")[1] == [(40,)]
    assert query_lake(shop.lake, "SELECT count(*) FROM quarantine.orders WHERE outcome = 'quarantined'")[1] == [(1,)]
    before = shop.lake.version("silver.orders")
    done = shop.publish("silver.orders", DAY)
    assert done.version is not None
    report = type("Report", (), {"content_hash": "another"})()
    with pytest.raises(PublishError, match=f"version {before} was restored"):
        _prove(shop.lake, shop.lake.contract("silver.orders"), before, "written", report)
    assert {path.name for path in tmp_path.iterdir()} == {folder.name}, "nothing was written beside it"
