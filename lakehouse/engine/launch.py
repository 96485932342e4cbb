"""How the local engine's process is started: its command line, configuration and environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lakehouse.engine.jars import jar_files, spark_home
from lakehouse.engine.state import EngineFiles
from lakehouse.private import OWNER_ONLY, umask
from lakehouse.settings import Settings

# The shell writes its own process id, then becomes spark-submit, which becomes Java: one id from first to last.
_WRITE_PID_THEN_BECOME = 'echo $$ > "$0" && exec "$@"'

# All that the engine and its Python workers inherit; a name that ends with _ stands for all that begin with it. Whoever can look at a
# process can read its environment, so what only this process needs (connections, tokens, Dagster's database) stays with it. What would
# point Spark elsewhere, or let its workers import this repository, is not among them either (SPARK_, PYSPARK_, PYTHON).
INHERITED = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_", "TZ", "TMPDIR",
    # Java itself, native libraries, how memory is taken; trust stores of a company's own.
    "JAVA_HOME", "JAVA_TOOL_OPTIONS", "LD_LIBRARY_PATH", "LD_PRELOAD", "MALLOC_", "SSL_CERT_FILE", "SSL_CERT_DIR",
    # Object stores and clusters of files, by their own libraries' names: these logins the engine must have.
    "AWS_", "AZURE_", "GOOGLE_", "HADOOP_", "KRB5CCNAME", "KRB5_CONFIG",
    # How many threads the libraries in Python workers take.
    "OPENBLAS_", "OMP_", "MKL_",
    # The way out of a closed network.
    "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
)  # fmt: skip

_LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd HH:mm:ss} %p %c{1}: %m%n%ex{short}
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.sizes.name = org.apache.spark.sql.catalyst.util.SparkStringUtils
logger.sizes.level = error
logger.errors.name = org.apache.spark.sql.connect.utils.ErrorUtils
logger.errors.level = off
logger.conf.name = org.apache.spark.SparkConf
logger.conf.level = error
logger.sender.name = org.apache.spark.sql.connect.execution.ExecuteGrpcResponseSender
logger.sender.level = error
"""

_CONFIGURATION = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.hadoop.fs.file.impl": "com.globalmentor.apache.hadoop.fs.BareLocalFileSystem",
    # deltalake, DuckDB and Polars are to read every table, so no feature they lack.
    "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
    # Delta's 50 and Spark's 200 are for clusters: here each task costs more than it saves.
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.sql.shuffle.partitions": "4",
    # Frames laid out by day are joined by day and key as they lie.
    "spark.sql.requireAllClusterKeysForCoPartition": "false",
    # What turns out small enough is joined by a hash map, and nothing is sorted for it.
    "spark.sql.adaptive.maxShuffledHashJoinLocalMapThreshold": "64m",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.python.worker.reuse": "true",
    # Rows go to Python by their number alone: with a limit in bytes too, Spark measures the batch anew for every row, half the cost.
    "spark.sql.execution.arrow.maxRecordsPerBatch": "25000",
    "spark.sql.execution.arrow.maxBytesPerBatch": "2147483647",
    # Frames are cached for minutes on the machine that made them: finding the best encoding costs more than it saves.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    # A night asks some hundreds of different queries, the same every night: compiled once, not each time anew (Spark keeps 100).
    "spark.sql.codegen.cache.maxEntries": "5000",
    # A night writes few partitions: rows go straight to their files, not through a sort by day first.
    "spark.sql.maxConcurrentOutputFileWriters": "4",
    # The smaller side of a join up to this size goes whole to every task; Spark's 10 MB is for clusters, where it goes over a network.
    "spark.sql.autoBroadcastJoinThreshold": "32m",
    # Every small table that is joined so takes a page of memory at least, as long as its query lives. Spark's own choice is 64 MB of a heap
    # of 4 GB, of which a training, with a few dozen such joins, used up all.
    "spark.buffer.pageSize": "4m",
    "spark.ui.enabled": "false",
    # People get the one line that says what is wrong, not 150 lines of the server's stack.
    "spark.sql.connect.serverStacktrace.enabled": "false",
    "spark.sql.pyspark.jvmStacktrace.enabled": "false",
    # Python looks for IPython along its whole path at each call, to name a notebook's cell in errors that nobody is shown.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    # Everything listens on loopback only.
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    # Two ports of the driver are open to every user of this machine, and give blocks of data to who asks: with this, to who knows a
    # secret. In local mode Spark draws it at its start and keeps it in its own memory.
    "spark.authenticate": "true",
    # Options whose values Spark's own words blot out; its default does not know Kafka's login.
    "spark.redaction.regex": "(?i)secret|password|token|access[.]?key|credential|jaas",
    # A session ends when its process does (`orphans` sees to it), not because a daemon was idle for an hour.
    "spark.connect.session.manager.defaultSessionTimeout": "7d",
    # An abandoned operation stays known until `orphans` has seen it end; the default forgets it after 5 minutes.
    "spark.connect.execute.manager.detachedTimeout": "1d",
}


# An engine's life is many short, different queries. Left alone, Java's second compiler takes as much of two cores as the
# queries do, for code that soon runs no more: it waits ten times longer. (With uncompressed caches: 149 s of publishes became 112 s.)
_JAVA = (
    "-XX:+UseParallelGC",
    "-XX:Tier4InvocationThreshold=50000",
    "-XX:Tier4MinInvocationThreshold=6000",
    "-XX:Tier4CompileThreshold=150000",
    "-XX:Tier4BackEdgeThreshold=400000",
)


def launch(settings: Settings, where: EngineFiles, port: int, token: str, held: tuple[int, ...]) -> subprocess.Popen:
    """Start the engine's process and return at once; `held` are the lock descriptors it keeps for its life."""
    work = where.folder / "work"  # Python workers put their working folder on the import path: it stays empty
    for folder in (work, where.temporary):
        folder.mkdir(parents=True, exist_ok=True)
    logging = where.folder / "log4j2.properties"
    logging.write_text(_LOGGING)
    command = ["bash", "-c", _WRITE_PID_THEN_BECOME, str(where.pid), *_spark_submit(settings, where, port, logging)]
    with where.log.open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=work,
            env=_environment(where, token),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            umask=umask(settings),
            pass_fds=held,
            start_new_session=True,
        )


def _spark_submit(settings: Settings, where: EngineFiles, port: int, logging: Path) -> list[str]:
    configuration = _CONFIGURATION | {
        "spark.connect.grpc.binding.port": str(port),
        "spark.local.dir": str(where.temporary),
        "spark.sql.warehouse.dir": str(where.folder / "warehouse"),
    }
    if umask(settings) == OWNER_ONLY:
        configuration["spark.hadoop.fs.permissions.umask-mode"] = f"{OWNER_ONLY:03o}"  # Hadoop sets modes by a mask of its own
    command = [str(spark_home() / "bin" / "spark-submit"), "--master", "local[*]"]
    command += ["--name", f"greenhouse engine of {settings.home}", "--driver-memory", settings.engine_memory]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    command += ["--driver-class-path", ":".join(str(jar) for jar in jar_files(settings))]
    command += ["--driver-java-options", _java_options(where, logging)]
    for name, value in configuration.items():
        command += ["--conf", f"{name}={value}"]
    return [*command, "spark-internal"]


def _java_options(where: EngineFiles, logging: Path) -> str:
    """An engine out of memory ends at once and is replaced; a half-dead one would have to be found out."""
    options = ["-XX:+ExitOnOutOfMemoryError", "-Duser.timezone=UTC", *_JAVA]
    options += [f'"-Djava.io.tmpdir={where.temporary}"', f'"-Dlog4j2.configurationFile={logging.as_uri()}"']
    return " ".join(options)


def _environment(where: EngineFiles, token: str) -> dict[str, str]:
    """Of the caller's environment what the engine needs, and the token (never on a command line)."""
    kept = {name: value for name, value in os.environ.items() if _is_inherited(name)}
    own = {
        "SPARK_HOME": str(spark_home()),
        "SPARK_CONF_DIR": str(where.folder / "conf"),  # not there: no spark-env.sh or defaults of another Spark
        "SPARK_CONNECT_AUTHENTICATE_TOKEN": token,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
    }
    return kept | own


def _is_inherited(name: str) -> bool:
    return name in INHERITED or name.startswith(tuple(prefix for prefix in INHERITED if prefix.endswith("_")))
