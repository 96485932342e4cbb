"""A home copied to another path, both used: each keeps to itself. And a copy, or a moved home, whose original is gone."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import dagster as dg
import psutil
import pytest
import yaml
from dagster._core.launcher.base import WorkerStatus

from assets.open_lake import open_lake
from lakehouse.days import DayRange
from lakehouse.settings import Settings
from lakehouse.shop.home import adopt_shop, shop_of
from models import registry
from orchestration.definitions import definitions_of
from orchestration.instance import instance_of, prepare
from orchestration.launcher import PROCESS, ForkingRunLauncher
from orchestration.runs import TableSelection, run_job
from tests.lakehouse.corner_shop import deliver, lay_out, line

NAME = "purchase"


def settings_of(home: Path) -> Settings:
    return Settings(
        home=home, lake=str(home / "lake"), spark_remote=None, mlflow_tracking_uri=f"sqlite:///{home}/mlflow.db",
        dagster_home=home / "dagster", dagster_storage=None, landing_quiet_seconds=0,
    )  # fmt: skip


class Home:
    """A home by its path alone: everything in it is found anew at each use, as by a new process."""

    def __init__(self, folder: Path, spark: object, pipeline: object) -> None:
        self.folder, self.spark, self.pipeline = folder, spark, pipeline
        self.settings = settings_of(folder)

    def night(self, day: str, rows: int) -> tuple[str, str]:
        """Deliver a day's file into the home, land it by a Dagster run, register a model. Returns the run's id and the model's SHA-256."""
        deliver(self.folder / "corner", day, (line(number, day) for number in range(rows)))
        lake = open_lake(self.settings, shop_of(self.settings), lambda _: self.spark)
        only = TableSelection("bronze.lines")
        with instance_of(self.settings) as instance:
            outcome = run_job(definitions_of(lake), "build_history", DayRange.parse(day), instance, lake, asked_by="a test", only=only)
        assert outcome.succeeded, outcome.failures
        made = registry.register(self.settings.mlflow_tracking_uri, NAME, self.pipeline, {}, {"sha": "unknown yet"})
        registry.point(self.settings.mlflow_tracking_uri, NAME, made.version, "champion")
        return outcome.run_id, made.sha256

    def rows(self) -> int:
        return open_lake(self.settings).arrow("bronze.lines").num_rows

    def runs(self) -> set[str]:
        with instance_of(self.settings) as instance:
            return {run.run_id for run in instance.get_runs()}

    def models(self, *hashes: str) -> int:
        """How many versions come back whole, given the hashes they were registered with."""
        uri = self.settings.mlflow_tracking_uri
        return sum(len(registry.fetch(uri, NAME, number, sha256)) > 0 for number, sha256 in enumerate(hashes, start=1))

    def contents(self) -> dict[str, tuple[str, int]]:
        """Every file with its hash and its time of change."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


@pytest.fixture(scope="module")
def pipeline():
    from models import estimators
    from tests.models.conftest import made_up

    few = made_up(200, seed=1)
    return estimators.fit(estimators.baseline(), few.features, few.labels, few.weights)


@pytest.fixture
def home(spark, pipeline, tmp_path):
    home = Home(tmp_path / "original", spark, pipeline)
    adopt_shop(home.settings, lay_out(home.folder / "corner"))
    return home


def test_a_copy_and_its_original_keep_to_themselves(home, tmp_path):
    run_1, model_1 = home.night("2011-03-25", rows=3)
    copy = Home(shutil.copytree(home.folder, tmp_path / "copy"), home.spark, home.pipeline)

    before = home.contents()
    run_2, model_2 = copy.night("2011-03-26", rows=5)
    assert (copy.rows(), copy.runs(), copy.models(model_1, model_2)) == (8, {run_1, run_2}, 2)
    assert home.contents() == before

    before = copy.contents()
    other_run, other_model = home.night("2011-03-26", rows=7)
    assert (home.rows(), home.runs(), home.models(model_1, other_model)) == (10, {run_1, other_run}, 2)
    assert copy.contents() == before

    shutil.rmtree(home.folder)
    run_3, model_3 = copy.night("2011-03-27", rows=2)
    assert (copy.rows(), copy.runs(), copy.models(model_1, model_2, model_3)) == (10, {run_1, run_2, run_3}, 3)
    assert not home.folder.exists()


def test_the_rest_of_dagster_yaml_is_the_users_own(tmp_path):
    original, copy = settings_of(tmp_path / "original"), settings_of(tmp_path / "copy")
    prepare(original)
    path = original.dagster_home / "dagster.yaml"
    path.write_text(path.read_text().replace("max_concurrent_runs: 1", "max_concurrent_runs: 7"))
    shutil.copytree(original.home, copy.home)
    prepare(copy)
    said = yaml.safe_load((copy.dagster_home / "dagster.yaml").read_text())
    assert said["concurrency"] == {"runs": {"max_concurrent_runs": 7}}
    assert said["run_storage"]["config"]["base_dir"] == f"{copy.dagster_home}/storage/runs"
    said["run_storage"]["config"]["base_dir"] = "/elsewhere"
    (copy.dagster_home / "dagster.yaml").write_text(yaml.safe_dump(said))
    prepare(copy)
    assert yaml.safe_load((copy.dagster_home / "dagster.yaml").read_text()) == said, "a place the user chose stays"


def test_a_copy_leaves_the_run_alone_that_its_original_is_at(tmp_path):
    """The run's process lives: this one. The copy's daemon would wait for it for ever, and a click there would interrupt it."""
    original, copy = settings_of(tmp_path / "original"), settings_of(tmp_path / "copy")
    with instance_of(original) as instance:
        launcher = instance.run_launcher
        assert isinstance(launcher, ForkingRunLauncher)
        run = instance.create_run_for_job(dg.job(name="own")(lambda: None), status=dg.DagsterRunStatus.STARTED)
        instance.add_run_tags(run.run_id, {PROCESS: launcher._identity(psutil.Process())})
        assert launcher.check_run_worker_health(instance.get_run_by_id(run.run_id)).status == WorkerStatus.RUNNING
    shutil.copytree(original.home, copy.home)
    with instance_of(copy) as instance:
        run = instance.get_run_by_id(run.run_id)
        assert instance.run_launcher.check_run_worker_health(run).status == WorkerStatus.FAILED
        assert not instance.run_launcher.terminate(run.run_id)


def test_runs_come_one_at_a_time_nothing_is_reported_and_no_password_is_written_down(tmp_path: Path) -> None:
    own, elsewhere = settings_of(tmp_path / "own"), settings_of(tmp_path / "elsewhere")
    elsewhere = elsewhere.model_copy(update={"dagster_storage": "postgresql://ann:pa$$w@db.example/dagster"})
    for settings in (own, elsewhere):
        prepare(settings)
        text = (settings.dagster_home / "dagster.yaml").read_text()
        written = yaml.safe_load(text)
        assert written["concurrency"]["runs"]["max_concurrent_runs"] == 1
        assert (written["telemetry"], written["nux"]) == ({"enabled": False}, {"enabled": False})
        assert written["run_monitoring"]["enabled"]
        assert written["run_retries"]["max_retries"] == 0, "a run that failed is not done again unseen"
        assert "pa$$w" not in text
    assert written["storage"] == {"postgres": {"postgres_url": {"env": "GREENHOUSE_DAGSTER_STORAGE"}}}
