"""Splits a silver table's rows into those to publish and those not: they break a rule, are duplicates, or their file is in dispute.

Bad rows go to `quarantine.<table>` with the rules they broke; nothing is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from lakehouse.contracts.model import Column, Contract, Rule
from lakehouse.contracts.row_conditions import condition, diverting_rules
from lakehouse.ingestion.bronze.overwritten_files import SUPERSEDED
from lakehouse.ingestion.files.delivery_ledger import LANDED, OVERWRITTEN
from lakehouse.ingestion.silver.change_capture import DELETED
from lakehouse.publishing.held import Held, hold

if TYPE_CHECKING:
    from pyspark.sql import Column as SparkColumn
    from pyspark.sql import DataFrame

LATE = "event_is_within_the_lateness_allowance"
EARLY = "event_is_not_before_the_first_day"
MALFORMED = "line_is_well_formed"
DEFAULT_SHARE = 0.05
# Of a day that is not being written: read, and left to the publish of that day.
ELSEWHERE = "elsewhere"
# A line of a file that was overwritten waits, whatever else may be wrong with it; null: it is published.
OUTCOME = f"""
CASE WHEN NOT is_written THEN '{ELSEWHERE}' WHEN delivery_state <> '{LANDED}' THEN delivery_state WHEN is_broken THEN 'quarantined' WHEN is_duplicate THEN 'duplicate' END
"""
# Where a line stands and since when it is known, which its repetition has of its own.
OF_THE_LINE = ("source_file", "source_row", "known_at", "known_day", "first_known_at", "first_known_day")
OUTCOMES = ("quarantined", "duplicate", OVERWRITTEN, SUPERSEDED, DELETED)


@dataclass(frozen=True)
class Diversion:
    """`kept`: to publish; `diverted`: quarantined rows and duplicates; `judged`: every row, with its `outcome`."""

    kept: DataFrame
    diverted: DataFrame
    judged: Held


def divert(df: DataFrame, contract: Contract, most_here: int | None = None) -> Diversion:
    """Judge every row by the contract's row-level rules, once; `most_here` as in `hold`."""
    judged = hold(_flagged(df, contract), most_here)
    flagged = judged.rows
    kept = flagged.where("outcome IS NULL")
    kept = (_last_lines(kept, contract) if contract.merges else kept).select(*contract.column_names)
    diverted = _quarantine_rows(flagged.where("is_written AND outcome IS NOT NULL"), contract)
    return Diversion(kept, diverted, judged)


def _flagged(df: DataFrame, contract: Contract) -> DataFrame:
    from pyspark.sql import functions as F

    df = df if contract.partition else df.withColumn("day", F.col("file_day"))
    df = df.withColumn("is_broken", reduce(or_, _broken(contract).values()))
    return _with_duplicates(df, contract).withColumn("outcome", F.expr(OUTCOME))


def _with_duplicates(df: DataFrame, contract: Contract) -> DataFrame:
    """`is_duplicate`: another line of the same key and day counts; `is_other_version`: with other values than the line that does.

    The first file's line counts, and in a file the last. A line that is not to be published makes no other a duplicate: the right
    repetition of a line in quarantine counts.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    if dict(df.dtypes)["duplicate_key"] == "void":
        return df.withColumns({"is_duplicate": F.lit(False), "is_other_version": F.lit(False)}).drop("duplicate_key")
    may_count = (F.col("delivery_state") == LANDED) & ~F.coalesce("is_broken", F.lit(False))
    line = F.concat_ws(":", "source_file", "source_sha256", "source_row")
    # Counted within the day, so that writing one day finds the same duplicates as writing a year. A line without a key is alone.
    of_key = Window.partitionBy(F.coalesce("duplicate_key", line), "day", may_count).orderBy(
        "file_day", "source_file", F.desc("source_row")
    )
    told = F.xxhash64(*(name for name in contract.column_names if name not in OF_THE_LINE))
    again = F.col("duplicate_key").isNotNull() & may_count & (F.row_number().over(of_key) > 1)
    return df.withColumns({"is_duplicate": again, "is_other_version": again & (told != F.first(told).over(of_key))}).drop("duplicate_key")


def _last_lines(df: DataFrame, contract: Contract) -> DataFrame:
    """Of several lines of a key that became known together the last: of the later file, by name, and in a file the later line."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    together = Window.partitionBy(*contract.primary_key, "known_at")
    place = together.orderBy(F.desc("file_day"), F.desc("source_file"), F.desc("source_row"))
    return df.withColumn("place", F.row_number().over(place)).where("place = 1").drop("place")


def _broken(contract: Contract) -> dict[str, SparkColumn]:
    """By rule, whether a row breaks it; null, where that cannot be told, counts as not."""
    from pyspark.sql import functions as F

    broken = {rule.name: ~F.expr(condition(rule, contract)) for rule in diverting_rules(contract)}
    broken[LATE] = ~F.col("is_in_time") & F.expr(_has_event(contract))
    return broken | {EARLY: F.col("is_before_first_day"), MALFORMED: F.col("is_malformed")}


def _has_event(contract: Contract) -> str:
    # Without a readable time, `event_at_is_present` is the reason; it is not late as well.
    return "event_at IS NOT NULL" if "event_at" in contract.column_names else "true"


def _quarantine_rows(bad: DataFrame, contract: Contract) -> DataFrame:
    from pyspark.sql import functions as F

    row = F.to_json(F.struct(*contract.column_names))
    # Named here, of the few rows that need it: building an array of every row took a tenth of a large ingest.
    names = F.array_compact(F.array(*(F.when(is_broken, F.lit(name)) for name, is_broken in _broken(contract).items())))
    names = F.when(F.col("is_malformed"), F.array(F.lit(MALFORMED))).otherwise(names)  # it has no values that other rules could speak of
    return bad.select(
        "day", "outcome", names.alias("broken_rules"), "source_file", "source_sha256", "source_row", "file_day",
        row.alias("row_json"), F.lit(contract.version).alias("contract_version"),
    )  # fmt: skip


def quarantine_contract(silver: Contract) -> Contract:
    """The contract of the quarantine beside a silver table."""
    personal = "pii" if silver.personal_columns else "internal"
    columns = (
        Column("day", "date", "The event's day, or the file's day where that cannot be told.", required=True),
        Column("outcome", "string", "Why: the row broke rules (quarantined), the source delivered it again (duplicate), its file was overwritten and nobody chose yet (overwritten), another version stands instead (superseded), or the source says that it is gone (deleted).", required=True, enum=OUTCOMES),
        Column("broken_rules", "array<string>", "The rules the row broke.", required=True),
        Column("source_file", "string", "The landed file; of a Kafka record, topic/partition.", required=True, primary_key=True),
        Column("source_sha256", "string", "SHA-256 of the file's content: which version of it.", required=True, primary_key=True),
        Column("source_row", "bigint", "The row's number in its file, from 1, the header not counted; of a Kafka record, its offset.", required=True, primary_key=True),
        Column("file_day", "date", "The day of the file.", required=True),
        Column("row_json", "string", "The row as it would have been published.", required=True, classification=personal),
        Column("contract_version", "string", "The version of the contract whose rules judged it.", required=True),
    )  # fmt: skip
    rules = [Rule(f"{column.name}_is_present", "present", column.name, (column.name,)) for column in columns if column.required]
    key = ("source_file", "source_sha256", "source_row")
    rules.append(Rule("source_file_and_source_sha256_and_source_row_are_unique", "unique", columns=key))
    rules.append(Rule("outcome_is_a_known_value", "in_set", "outcome", ("outcome",), {"values": list(OUTCOMES)}))
    return replace(
        silver, table=f"quarantine.{silver.name}", layer="quarantine", columns=columns, primary_key=key,
        description=f"One row per line that silver.{silver.name} could not take: what broke, and duplicates.",
        partition="day", write="replace_days", rules=tuple(rules), subject_key=None, quarantine_share=None,
    )  # fmt: skip


def share_rule(silver: Contract) -> Rule:
    """The rule on the share of each day's rows that may be quarantined."""
    allowed = silver.quarantine_share if silver.quarantine_share is not None else DEFAULT_SHARE
    name = f"at_most_{f'{allowed * 100:g}'.replace('.', '_point_')}_percent_of_rows_are_quarantined"
    return Rule(name, "sql", None, ("outcome",), {"query": "outcome <> 'quarantined'"}, allowed_share=allowed)
