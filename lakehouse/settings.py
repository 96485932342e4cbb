"""Every setting of Greenhouse, read from the environment here and nowhere else.

What belongs to one shop stands in its `source.yaml`, what belongs to one table in its contract.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from lakehouse.errors import SettingsError

# In a path of tables: deltalake takes `%` for a code of a URL, `\` for a slash, and refuses `[ ] ^ |`; a backtick ends the path in SQL,
# `* ? #` mean something to file systems and URLs, a quote or a line's end to the engine's command line.
UNREADABLE = frozenset('%\\[]^|`*?#"\n\r\t')

REPOSITORY = Path(__file__).resolve().parent.parent
"""The folder that holds the launcher, `pyproject.toml` and the packages."""


class Settings(BaseSettings):
    """The settings of one Greenhouse home; frozen, so it may be a key and cannot drift within a run.

    Fields come from the environment variable named beside each, or from keyword arguments (tests).
    """

    model_config = SettingsConfigDict(
        env_prefix="GREENHOUSE_", env_ignore_empty=True, frozen=True, populate_by_name=True, extra="ignore", hide_input_in_errors=True
    )

    home: Path = REPOSITORY / ".greenhouse"
    """GREENHOUSE_HOME: the folder of state, logs and keys (absolute)."""
    lake: str = ""
    """GREENHOUSE_LAKE: root of the tables: a folder, or a URL such as `s3a://bucket/lake`; default `home/lake`."""
    spark_remote: str | None = Field(default=None, validation_alias="SPARK_REMOTE")
    """SPARK_REMOTE: a Spark Connect address (`sc://…`); unset means the home's own local engine."""
    mlflow_tracking_uri: str = Field(default="", validation_alias="MLFLOW_TRACKING_URI")
    """MLFLOW_TRACKING_URI: default `sqlite:///<home>/mlflow.db`."""
    dagster_home: Path = Path()
    """GREENHOUSE_DAGSTER_HOME: folder of `dagster.yaml` and Dagster's storage; default `home/dagster`."""
    dagster_storage: str | None = None
    """GREENHOUSE_DAGSTER_STORAGE: a PostgreSQL URL for Dagster's storage; unset means SQLite files in the home."""
    executor: Literal["in_process", "multiprocess"] = "in_process"
    """GREENHOUSE_EXECUTOR: how Dagster runs the steps of a run."""
    engine_memory: str = Field(default="6g", pattern=r"^[1-9][0-9]*[mg]$")
    """GREENHOUSE_ENGINE_MEMORY: largest Java heap of the local engine, as `6g` or `512m`."""
    landing_quiet_seconds: float = Field(default=2.0, ge=0)
    """GREENHOUSE_LANDING_QUIET_SECONDS: how long a delivered file must have been left alone to count as whole."""
    connections: SecretStr = SecretStr("")
    """GREENHOUSE_CONNECTIONS: a JSON object, connection name → URL with user and password (`postgresql://…`, `kafka://…`)."""
    connections_file: Path | None = None
    """GREENHOUSE_CONNECTIONS_FILE: a YAML file of such lines, outside the repository, readable by its owner only."""
    few_rows: int = Field(default=10_000, ge=0)
    """GREENHOUSE_FEW_ROWS: up to so many rows a table is read and written without the engine's own scan, cache and commit; 0: never."""
    promotion: Literal["automatic", "approval"] = "automatic"
    """GREENHOUSE_PROMOTION: whether a version that passed every gate serves by itself, or once a person says `greenhouse promote`."""
    jars: Path | None = None
    """GREENHOUSE_JARS: folder with Delta's JARs; unset means they are fetched once into the Python environment."""

    @field_validator("home", mode="after")
    @classmethod
    def _absolute_home(cls, home: Path) -> Path:
        home = home.expanduser().resolve()
        _refuse_unreadable(str(home))
        return home

    @field_validator("lake", mode="before")
    @classmethod
    def _lake_text(cls, lake: Any) -> str:
        _refuse_unreadable(_absolute_lake(str(lake)) if lake else "")
        return str(lake)

    @model_validator(mode="after")
    def _fill_from_home(self) -> Settings:
        fill = self.__dict__  # the model is frozen from the outside; its own defaults depend on `home`
        fill["lake"] = _absolute_lake(self.lake or str(self.home / "lake"))
        fill["mlflow_tracking_uri"] = self.mlflow_tracking_uri or f"sqlite:///{self.home / 'mlflow.db'}"
        dagster_home = self.home / "dagster" if self.dagster_home == Path() else self.dagster_home
        fill["dagster_home"] = dagster_home.expanduser().resolve()
        fill["connections_file"] = self.connections_file.expanduser().resolve() if self.connections_file else None
        fill["jars"] = self.jars.expanduser().resolve() if self.jars else None
        return self

    @property
    def lake_folder(self) -> Path | None:
        """The lake's root where it is a local folder, None where it is an object store."""
        return None if "://" in self.lake else Path(self.lake)

    def environment(self) -> dict[str, str]:
        """The variables that make a child process load these very settings; holds the Spark Connect token and the connections."""
        named = {
            "GREENHOUSE_HOME": self.home,
            "GREENHOUSE_LAKE": self.lake,
            "SPARK_REMOTE": self.spark_remote,
            "MLFLOW_TRACKING_URI": self.mlflow_tracking_uri,
            "GREENHOUSE_DAGSTER_HOME": self.dagster_home,
            "GREENHOUSE_DAGSTER_STORAGE": self.dagster_storage,
            "GREENHOUSE_EXECUTOR": self.executor,
            "GREENHOUSE_ENGINE_MEMORY": self.engine_memory,
            "GREENHOUSE_LANDING_QUIET_SECONDS": self.landing_quiet_seconds,
            "GREENHOUSE_CONNECTIONS": self.connections.get_secret_value() or None,
            "GREENHOUSE_CONNECTIONS_FILE": self.connections_file,
            "GREENHOUSE_FEW_ROWS": self.few_rows,
            "GREENHOUSE_PROMOTION": self.promotion,
            "GREENHOUSE_JARS": self.jars,
        }
        return {name: str(value) for name, value in named.items() if value is not None}


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises SettingsError naming the first setting that cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        variable = name if name in {"SPARK_REMOTE", "MLFLOW_TRACKING_URI"} else f"GREENHOUSE_{name}"
        raise SettingsError(f"{variable} cannot be used: {first['msg'].removeprefix('Value error, ')}.") from error


def _refuse_unreadable(path: str) -> None:
    if found := sorted(UNREADABLE & set(path)):
        raise ValueError(
            f"{path!r} holds {' '.join(map(repr, found))}, which not every reader of a table takes as it stands; choose another name"
        )


def _absolute_lake(lake: str) -> str:
    """A folder as an absolute path; URLs of object stores as they are, without a trailing slash."""
    lake = lake.removeprefix("file://")
    return lake.rstrip("/") if "://" in lake else str(Path(lake).expanduser().resolve())
