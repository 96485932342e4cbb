"""The moments that examples ask about, and which of them is the first to see a row. What a row is, and which counts, belongs in `point_in_time`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# How many moments of a key a row is held against, at most, beside as many blocks of them.
BLOCK = 64
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def key_names(keys: Sequence[str]) -> list[str]:
    """The names of those keys on both sides of the join: key_0, key_1, …"""
    return [f"key_{n}" for n in range(len(keys))]


def moments_of(examples: DataFrame, keys: Sequence[str], as_of: str) -> DataFrame:
    """key_0…, moment, after, slot, block: the moments of each key, once, and the moment before; `slot` a number of its own.

    A number, since rows sorted by one number are sorted fastest. It is a hash; two that hash alike are refused, not mixed.
    `block`: which BLOCK moments in a row it belongs to.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    names = key_names(keys)
    columns = [F.col(f"`{name}`").alias(number) for number, name in zip(names, keys, strict=True)]
    distinct = examples.select(*columns, F.col(f"`{as_of}`").alias("moment")).na.drop().distinct()
    hashed = distinct.withColumn("slot", F.xxhash64(*names, "moment"))
    alike = F.count("*").over(Window.partitionBy("slot")) > 1
    alone = F.when(alike, F.raise_error(F.lit("two moments hash alike: join fewer examples at once"))).otherwise(F.col("slot"))
    in_time = Window.partitionBy(*names).orderBy("moment")
    after = F.coalesce(F.lag("moment").over(in_time), F.lit(BEFORE_ALL))
    block = F.floor((F.row_number().over(in_time) - 1) / BLOCK)
    return hashed.withColumns({"slot": alone, "after": after, "block": block})


def first_seen(line: DataFrame, moments: DataFrame, names: Sequence[str]) -> DataFrame:
    """The rows with the slot of the first moment of their keys by which they were true and known; rows without one are left out.

    First the block is found, then the moment in it: a key with many rows and many moments does not cost their product.
    """
    from pyspark.sql import functions as F

    stays = F.collect_list(F.struct("after", "moment", "slot")).alias("stays")
    blocks = moments.groupBy(*names, "block").agg(F.min("after").alias("after"), F.max("moment").alias("moment"), stays)
    # Looked up by a hash, a number again; what hashes alike is told apart by bounds, since equality would make the keys what is looked up.
    hashed = F.xxhash64(*(F.col(f"l.{key}") for key in names)) == F.xxhash64(*(F.col(f"m.{key}") for key in names))
    of_key = [condition for key in names for condition in (F.col(f"l.{key}") <= F.col(f"m.{key}"), F.col(f"l.{key}") >= F.col(f"m.{key}"))]
    within = (F.col("l.at") > F.col("m.after")) & (F.col("l.at") <= F.col("m.moment"))
    in_block = line.alias("l").join(blocks.alias("m"), [hashed, *of_key, within]).select("l.*", "m.stays")
    return in_block.select("*", F.inline("stays")).where("at > after AND at <= moment").drop(*names, "stays", "at", "after", "moment")
