"""Settings: from the environment and back, wherever a child process needs the very same; where the lake stands; what is said of a wrong one."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from lakehouse.errors import SettingsError
from lakehouse.settings import Settings, load_settings

EVERY = {
    "home": Path("/srv/green house"), "lake": "s3a://shop/lake", "spark_remote": "sc://engine:15002/;token=x", "mlflow_tracking_uri": "http://mlflow",
    "dagster_home": Path("/srv/dagster"), "dagster_storage": "postgresql://ann@db/dagster", "executor": "multiprocess", "engine_memory": "512m",
    "landing_quiet_seconds": 0.5, "connections": SecretStr('{"db": "postgresql://db"}'), "connections_file": Path("/srv/connections.yaml"),
    "few_rows": 7, "promotion": "approval", "jars": Path("/srv/jars"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it comes from whoever runs the tests."""
    for name in (*Settings.model_construct().environment(), *Settings(**EVERY).environment()):
        monkeypatch.delenv(name, raising=False)


def test_a_child_process_is_given_every_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(EVERY) == set(Settings.model_fields), "or one is not tried"
    own = Settings(**EVERY)
    assert all(getattr(own, name) != getattr(Settings(), name) for name in EVERY)
    for name, value in own.environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings() == own


def test_what_is_not_said_lies_in_the_home_and_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GREENHOUSE_HOME", str(tmp_path))
    monkeypatch.setenv("GREENHOUSE_ENGINE_MEMORY", "")
    own = load_settings()
    assert (own.home, own.lake, own.dagster_home, own.mlflow_tracking_uri) == (
        tmp_path, f"{tmp_path}/lake", tmp_path / "dagster", f"sqlite:///{tmp_path}/mlflow.db",
    )  # fmt: skip
    assert (own.engine_memory, own.landing_quiet_seconds, own.few_rows, own.executor) == ("6g", 2.0, 10_000, "in_process")


@pytest.mark.parametrize(
    ("said", "lake", "folder"),
    [
        ("s3a://shop/lake/", "s3a://shop/lake", None),
        ("file:///srv/lake/", "/srv/lake", Path("/srv/lake")),
        ("lake", f"{Path.cwd()}/lake", Path.cwd() / "lake"),
        ("~/lake", f"{Path.home()}/lake", Path.home() / "lake"),
    ],
)
def test_a_lake_is_a_folder_by_its_whole_path_or_a_url_without_its_last_slash(said: str, lake: str, folder: Path | None) -> None:
    assert (Settings(lake=said).lake, Settings(lake=said).lake_folder) == (lake, folder)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GREENHOUSE_ENGINE_MEMORY", "six"), ("GREENHOUSE_EXECUTOR", "celery"), ("GREENHOUSE_FEW_ROWS", "-1"),
        ("GREENHOUSE_LANDING_QUIET_SECONDS", "-1"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_said_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=rf"^{variable} cannot be used: \S.*\.$"):
        load_settings()
