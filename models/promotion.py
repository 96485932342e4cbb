"""Decides what serves: a training's version that passed every gate, or what a person asks for. Written down in `alias_log`, which says what does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lakehouse.errors import GreenhouseError
from models import alias_log
from models.alias_log import Change, Entry
from models.errors import ModelError
from models.purchase import BASELINE, NAME
from models.versions import VERSIONS, known_row_of, spoilt, unfit, was_trained

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake
    from lakehouse.tables.run import Run

_OTHERWISE = "let another serve (./greenhouse promote VERSION, rollback --to VERSION, rollback --to-baseline), or train one"
WON, FOR_THE_SHOP = "it passed every gate", "the newest baseline serves where no version does"


def settle(run: Run) -> tuple[Entry, ...]:
    """Let the run's version serve if it passed every gate and nobody has to approve it, and its baseline stand behind it. Safe to repeat:
    what the run said once it does not say again, whatever was decided since. Returns what changed."""
    said = _settle_rows(run, _rows(run.lake, run.run_id))
    for told in alias_log.follow(run.lake):
        run.note(told)
    return said


def repair_ledger(run: Run) -> None:
    """Settle the trainings that published their versions and were cut off before they said so, unless somebody said something since.

    Raises nothing: what is wrong with the ledger or its store is told, and left to who reads it.
    """
    from deltalake.exceptions import DeltaError
    from pyarrow import ArrowException

    if not was_trained(run.lake):
        return
    try:
        said = [entry for rows in _unheard(run.lake) for entry in _settle_rows(run, rows)]
    except (GreenhouseError, DeltaError, ArrowException, OSError) as error:
        run.note(f"whether a training was cut off before {alias_log.LEDGER} heard of it cannot be told: {type(error).__name__}")
        return
    for told in alias_log.follow(run.lake) if said else ():
        run.note(told)


def _unheard(lake: Lake) -> list[list[dict[str, Any]]]:
    """The rows of each run that made versions after the ledger's last word, its own or anybody's, in the order of their versions. A training
    of before that word is not heard any more: whoever spoke saw what there was."""
    last = max((entry.said_at for entry in alias_log.entries(lake)), default=None)
    rows = [row for row in _rows(lake) if last is None or row["trained_at"] > last]
    runs = dict.fromkeys(row["run_id"] for row in sorted(rows, key=lambda row: row["version"]))
    return [[row for row in rows if row["run_id"] == run_id] for run_id in runs]


def _settle_rows(run: Run, rows: list[dict[str, Any]]) -> tuple[Entry, ...]:
    """What the training that made these rows says of the aliases."""
    trained = {row["model_name"]: row for row in rows}
    changes = [Change("baseline", trained[BASELINE]["version"], FOR_THE_SHOP)] if BASELINE in trained else []
    won = trained.get(NAME)
    if won and won["is_champion"] and run.lake.settings.promotion == "automatic":
        changes.append(Change("champion", won["version"], WON, won["gates_json"]))
    elif won and won["is_champion"]:
        run.note(f"{NAME} {won['version']} passed every gate and waits for approval: ./greenhouse promote {won['version']} --why ...")
    return alias_log.say(run.lake, changes, rows[0]["asked_by"], rows[0]["run_id"]) if changes else ()


def promote(lake: Lake, version: int, why: str, said_by: str) -> Entry | None:
    """Let a version serve that passed every gate, or served before. Returns the change; None where it serves already.

    Raises ModelError where there is no such version, it failed a gate and never served, or it cannot serve now.
    """
    row = known_row_of(lake, NAME, version)
    failed = [gate["name"] for gate in json.loads(row["gates_json"] or "[]") if not gate["passed"]]
    if not row["is_champion"] and version not in alias_log.named(lake, "champion"):
        told = f"did not pass {', '.join(failed)}" if failed else "passed no gate"
        raise ModelError(f"{NAME} {version} {told}, so it does not serve; ./greenhouse train makes another version")
    return _serve(lake, row, why, said_by)


def roll_back(lake: Lake, why: str, said_by: str, to: int | None = None) -> Entry:
    """Let the version serve that did before the one that serves, or `to`, which served once; the baseline, where none did.

    Raises ModelError where nothing serves that could be taken back, `to` never served, or it cannot serve now.
    """
    named = _champions(lake)
    version = before(named) if to is None else to
    if version is None:
        return withdraw(lake, why, said_by)
    if version not in named:
        raise ModelError(f"{NAME} {version} never served; ./greenhouse serving lists those that did")
    if said := _serve(lake, known_row_of(lake, NAME, version), why, said_by):
        return said
    raise ModelError(f"{NAME} {version} serves already")


def withdraw(lake: Lake, why: str, said_by: str) -> Entry:
    """Let no version serve, and so the baseline. Raises ModelError where none serves."""
    _champions(lake)
    if withdrawn := alias_log.say(lake, [Change("champion", None, why)], said_by):
        return withdrawn[0]
    raise ModelError("no version serves any more: somebody took it back at the same time")


def _champions(lake: Lake) -> list[int | None]:
    """What served, the version that serves last. Raises ModelError where none does."""
    named = alias_log.named(lake, "champion")
    if not named or named[-1] is None:
        raise ModelError("no version serves, so there is none to take back: the baseline serves already")
    return named


def _serve(lake: Lake, row: dict[str, Any], why: str, said_by: str) -> Entry | None:
    if reason := unfit(lake, row):
        release = f"its release is commit {row['code_version'][:12]}"
        raise ModelError(f"{reason}; {release}: run that one, or {_OTHERWISE}")
    if reason := spoilt(lake, row):
        raise ModelError(f"{NAME} {row['version']} cannot serve, for {reason}: {_OTHERWISE}")
    return next(iter(alias_log.say(lake, [Change("champion", row["version"], why, row["gates_json"])], said_by)), None)


def before(named: Sequence[int | None]) -> int | None:
    """The version to go back to, of those that the alias named one after the other: the one before the last, without those that were taken
    back since; None: nobody."""
    line: list[int] = []
    for version in named:
        line = line[: line.index(version)] if version in line else line
        line = [] if version is None else [*line, version]
    return line[-2] if len(line) > 1 else None


def _rows(lake: Lake, run_id: str | None = None) -> list[dict[str, Any]]:
    """What was published of every version, or of those that a run made."""
    import pyarrow.dataset as ds

    columns = ["model_name", "version", "trained_at", "run_id", "asked_by", "is_champion", "gates_json"]
    found: list[dict[str, Any]] = lake.arrow(
        VERSIONS, columns=columns, filter=None if run_id is None else ds.field("run_id") == run_id
    ).to_pylist()
    return found
