"""Fifteen kinds of errors in one home; then every byte of the home, and all that was said, is searched for every secret there is.

What needs an engine, a database and a broker of its own is a trial: tests/trials/test_secrets_stay_in.py.
"""

from __future__ import annotations

import json
import os
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from cli.__main__ import main
from cli.pipeline import Pipeline
from cli.progress import Progress
from lakehouse.days import DayRange
from lakehouse.engine import server, state
from lakehouse.errors import GreenhouseError
from lakehouse.settings import Settings
from lakehouse.shop.home import adopt_shop
from orchestration.definitions import definitions_of
from orchestration.instance import instance_of
from orchestration.runs import TableSelection
from tests.lakehouse.corner_shop import CornerShop, line
from tests.leaks import files_with, leaks, pads

DAY = "2011-03-25"
PASSWORD = "pa55 \"of\\the; shop'"
KAFKA = "kafka: {connection: origin, topic: lines}"
POSTGRES = "postgres: {connection: origin, table: lines, key: [line]}"


class Home:
    """A corner shop with a home, a Dagster instance and a command line of its own."""

    def __init__(self, settings: Settings, spark: SparkSession, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shop = CornerShop(settings, spark, folder)
        self.source = (folder / "source.yaml").read_text()
        self.home, self._monkeypatch = folder / "home", monkeypatch
        adopt_shop(self.shop.lake.settings, folder / "source.yaml")
        self.shop.deliver(DAY, [line(1, DAY), line(2, DAY, product="0")])
        self.shop.publish("bronze.lines", DAY)

    def job(self, table: str, source: str = "", **more: object) -> None:
        """One table by Dagster, as `greenhouse run` would."""
        self.shop.reload(source or self.source)
        settings = self.shop.lake.settings.model_copy(update={"dagster_home": self.home / "dagster", **more})
        self.shop.lake.settings = settings
        whole = Pipeline(settings, self.shop.lake, instance_of(settings), definitions_of(self.shop.lake), Progress())
        whole.job("build_history", DayRange.parse(DAY), "a night", asked_by="a test", only=TableSelection(table))

    def select(self, was: str, now: str) -> None:
        """silver.orders by another SELECT."""
        assert was in self.source
        self.job("silver.orders", self.source.replace(was, now))

    def pull(self, origin: str, connections: str) -> None:
        """bronze.lines, brought in from somewhere else."""
        source = re.sub(r"    files: .*", f"    {origin}", self.source).replace("    duplicates: {key: [line]}\n", "")
        self.job("bronze.lines", source, connections=SecretStr(connections))

    def command(self, *arguments: str, **environment: str) -> None:
        """The command line, in this process."""
        with self._monkeypatch.context() as patch:
            for name, value in {"GREENHOUSE_HOME": str(self.home), **environment}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["greenhouse", *arguments])
            main()

    def fails(self, how: Callable[[Home], None], capfd: pytest.CaptureFixture[str]) -> tuple[str, str]:
        """What one error said, in its own words or on the screen; and the exception with all its causes."""
        with pytest.raises((GreenhouseError, SystemExit)) as caught:
            how(self)
        return "\n".join([str(caught.value), *capfd.readouterr()]), "".join(traceback.format_exception(caught.value))


def _password_in_source(home: Home) -> None:
    path = home.shop.folder / "with_password.yaml"
    path.write_text(
        home.source.replace("lateness_days: 0", f"lateness_days: 0\nlanding: s3a://shop:{quote(PASSWORD, safe='')}@bucket/lines")
    )
    home.command("run", "--source", str(path))
    path.unlink()


def _open_file(home: Home) -> None:
    path = home.shop.folder / "connections.yaml"
    path.write_text(f"origin: postgresql://shop:{quote(PASSWORD)}@db/shop\n")
    path.chmod(0o644)
    home.job(
        "bronze.lines",
        re.sub(r"    files: .*", f"    {POSTGRES}", home.source).replace("    duplicates: {key: [line]}\n", ""),
        connections_file=path,
    )


def _url(scheme: str, password: str = PASSWORD) -> str:
    return json.dumps({"origin": f"{scheme}://shop:{quote(password, safe='')}@127.0.0.1:1/shop"})


PRICE = "try_cast(price AS decimal(18,4))"
TELLS_ITS_PLAN = "abs(array(price))"
PLAN = b"Relation ["  # stands in every plan that Spark prints of a SELECT over files
# Each with what it must say: an error that is another one would prove nothing.
KINDS: dict[str, tuple[Callable[[Home], None], str]] = {
    "a column that is not there": (lambda home: home.select(PRICE, "cost"), "reads cost, which is no column of lines"),
    "a function that is not there": (lambda home: home.select(PRICE, "tools.no_such_function(price)"), "UNRESOLVED_ROUTINE"),
    "types that do not fit": (lambda home: home.select(PRICE, TELLS_ITS_PLAN), "data type mismatch"),
    "a column that the platform misses": (lambda home: home.select("AS event_at", "AS sold"), "event_at"),
    "text that is no number": (lambda home: home.select(PRICE, "cast(product AS decimal(18,4))"), "SELECT of silver.orders stops"),
    "a division by zero": (
        lambda home: home.select(PRICE, "cast(1 / length(replace(product, '0', '')) AS decimal(18,4))"),
        "SELECT of silver.orders stops",
    ),
    "a refused audit": (lambda home: home.select(PRICE, "cast(-1 AS decimal(18,4))"), "the audit refused"),
    "a database that does not answer": (lambda home: home.pull(POSTGRES, _url("postgresql")), "does not answer"),
    "a login no broker can carry": (lambda home: home.pull(KAFKA, _url("kafka", f"{PASSWORD}\n")), "control character"),
    "connections that are no JSON": (lambda home: home.pull(KAFKA, f"origin={PASSWORD}"), "no JSON object"),
    "connections that others may read": (_open_file, "others may read it"),
    "a password in source.yaml": (_password_in_source, "may not hold a password"),
    "a wrong token": (lambda home: home.command("engine", "status", SPARK_REMOTE=f"{os.environ['THE_ENGINE']}wrong"), "refused"),
    "a query of a column that is not there": (lambda home: home.command("sql", "SELECT nothing FROM bronze.lines"), "Binder Error"),
    "a setting that cannot be used": (
        lambda home: home.command("tables", GREENHOUSE_EXECUTOR=PASSWORD),
        "GREENHOUSE_EXECUTOR cannot be used",
    ),
}


def test_no_error_tells_a_secret(
    settings: Settings, spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    running = server.status(settings).state
    assert running is not None
    monkeypatch.setenv("THE_ENGINE", running.endpoint.url)
    monkeypatch.setenv("GREENHOUSE_LAKE", str(tmp_path / "lake"))
    home = Home(settings, spark, tmp_path, monkeypatch)
    said = {kind: home.fails(how, capfd) for kind, (how, _) in KINDS.items()}
    assert {kind: told for kind, (told, _) in said.items() if KINDS[kind][1] not in told} == {}

    # On the screen when it happens, and in what the run ends with; the command line says what is left of that.
    assert said["text that is no number"][0].count("SELECT of silver.orders stops") == 2

    key = home.home / "secrets" / "customer_key"
    secrets = {**pads(key.read_bytes()), "token": running.token.encode(), "password": PASSWORD.encode(), "quoted": quote(PASSWORD).encode()}
    assert {kind: found for kind, told in said.items() if (found := leaks(secrets, "".join(told).encode()))} == {}
    assert files_with(secrets, home.home, but=[key]) == {}
    assert files_with(secrets, tmp_path / "lake") == {}
    engine = state.files(settings)
    assert files_with(secrets, engine.folder, but=[engine.state]) == {}
    log = b"".join(path.read_bytes() for path in (home.home / "dagster").rglob("*.db"))
    assert all(kind in log for kind in (b"UNRESOLVED_ROUTINE", b"CAST_INVALID_INPUT", b"DIVIDE_BY_ZERO")), "Dagster's log was searched"
    assert PLAN not in log
    assert [kind for kind, told in said.items() if PLAN.decode() in "".join(told)] == []


def test_of_types_that_do_not_fit_the_engine_itself_tells_its_plan(spark: SparkSession, tmp_path: Path) -> None:
    """Or the error above would prove nothing."""
    lines = str(tmp_path / "lines")
    spark.sql("SELECT '1' AS price").write.parquet(lines)
    with pytest.raises(PySparkException) as caught:
        spark.read.parquet(lines).selectExpr(TELLS_ITS_PLAN).collect()
    assert PLAN.decode() in str(caught.value)
