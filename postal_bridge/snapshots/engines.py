"""Who runs the comparison: DuckDB inside this process, or Spark on this machine.

Both are given the same expression and read the same files; nothing leaves the machine.
"""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis import Table

from postal_bridge.errors import Misuse

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

QUIET = """rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c{1}: %m%n%ex
"""
"""Spark's own settings tell of every step on the terminal."""


@lru_cache(maxsize=64)
def _in_words(question: Table, dialect: str) -> str:
    """The expression in an engine's own words; to find them takes as long as a small answer."""
    return str(ibis.to_sql(question, dialect=dialect))


class Engine(Protocol):
    """Answers an expression from Parquet files."""

    def answer(self, question: Table, files: Mapping[str, Path]) -> pa.Table:
        """The answer, in no order; `files` are the tables that the question names."""
        ...


class DuckDBEngine:
    """DuckDB in this process."""

    def __init__(self, folder: Path, *, threads: int | None = None, memory: str = "2GB") -> None:
        """Open it.

        Args:
            folder: where it may put down what does not fit into memory.
            threads: at most so many; as many as there are cores when it is not said.
            memory: what it may hold, such as `500MB`.
        """
        self._views: dict[str, Path] = {}
        self._connection = duckdb.connect(
            config={
                "temp_directory": str(folder),
                "memory_limit": memory,
                "preserve_insertion_order": "false",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                **({"threads": str(threads)} if threads else {}),
            }
        )

    def answer(self, question: Table, files: Mapping[str, Path]) -> pa.Table:
        """See `Engine`."""
        for name, path in files.items():
            if self._views.get(name) != path:
                file = str(path).replace("'", "''")
                self._connection.execute(
                    f"CREATE OR REPLACE VIEW {name} AS FROM read_parquet('{file}')"
                )
                self._views[name] = path
        sql = _in_words(question, "duckdb")
        found: pa.Table = self._connection.sql(sql).to_arrow_table()
        return found

    def close(self) -> None:
        """Give its memory back."""
        self._connection.close()


class SparkEngine:
    """Spark in a Java process of its own on this machine; nobody else can reach it."""

    def __init__(self, folder: Path, *, threads: int | None = None, memory: str = "2g") -> None:
        """Start it, which takes some seconds.

        Args:
            folder: where it may put down what does not fit into memory.
            threads: at most so many; as many as there are cores when it is not said.
            memory: of the Java process, such as `2g`.

        Raises:
            Misuse: it is not installed, or there is no Java.
        """
        self._folder = folder
        settings = folder / "log4j2.properties"
        settings.write_text(QUIET)
        # Its Python side keeps a connection for every thread that ever asked; ours asks from one.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spark")
        self._spark = self._thread.submit(
            _spark,
            {
                "spark.master": f"local[{threads or '*'}]",
                "spark.app.name": "postal-bridge",
                "spark.driver.host": "127.0.0.1",
                "spark.driver.bindAddress": "127.0.0.1",
                "spark.driver.memory": memory,
                "spark.driver.extraJavaOptions": (
                    f"-Dlog4j2.configurationFile={settings.as_uri()}"
                    " -Djava.net.preferIPv4Stack=true"
                    f" -Dderby.system.home={folder}"
                ),
                "spark.local.dir": str(folder),
                "spark.sql.warehouse.dir": (folder / "warehouse").as_uri(),
                "spark.sql.session.timeZone": "UTC",
                "spark.sql.shuffle.partitions": "4",
                "spark.ui.enabled": "false",
                "spark.ui.showConsoleProgress": "false",
            },
        ).result()

    def answer(self, question: Table, files: Mapping[str, Path]) -> pa.Table:
        """See `Engine`."""
        return self._thread.submit(self._answer, question, files).result()

    def close(self) -> None:
        """End the Java process."""
        self._thread.submit(self._end).result()
        self._thread.shutdown()

    def _answer(self, question: Table, files: Mapping[str, Path]) -> pa.Table:
        for name, path in files.items():
            self._spark.read.parquet(path.as_uri()).createOrReplaceTempView(name)
        answer = self._folder / "answer"
        found = self._spark.sql(_in_words(question, "pyspark"))
        # As a file, because what it sends through a socket it sends through one more each time.
        found.coalesce(1).write.mode("overwrite").parquet(answer.as_uri())
        try:
            return pq.read_table(answer)
        finally:
            shutil.rmtree(answer)

    def _end(self) -> None:
        gateway = self._spark.sparkContext._gateway  # noqa: SLF001 - stop() leaves Java running
        self._spark.stop()
        if gateway is not None:
            gateway.shutdown()
            gateway.proc.stdin.close()
            gateway.proc.wait()


def _spark(settings: Mapping[str, str]) -> "SparkSession":
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError as missing:
        msg = "[nightly] engine is spark, which is not installed (requirements/spark.txt)"
        raise Misuse(msg) from missing
    try:
        return SparkSession.builder.config(map=dict(settings)).getOrCreate()
    except (PySparkRuntimeError, FileNotFoundError) as why:
        msg = "[nightly] engine is spark, which needs Java 17"
        raise Misuse(msg) from why


@contextlib.contextmanager
def opened(name: str, folder: Path) -> Iterator[Engine]:
    """The engine of that name (`duckdb` or `spark`), closed after the block.

    Raises:
        Misuse: it cannot start.
    """
    makes: dict[str, type[DuckDBEngine | SparkEngine]] = {
        "duckdb": DuckDBEngine,
        "spark": SparkEngine,
    }
    with contextlib.closing(makes[name](folder)) as engine:
        yield engine
