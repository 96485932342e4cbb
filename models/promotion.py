"""Decides what serves: a training's version that passed every gate, or what a person asks for. Written down in `alias_log`, which says what does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from models import alias_log
from models.alias_log import Change, Entry
from models.errors import ModelError
from models.purchase import BASELINE, NAME
from models.versions import VERSIONS, row_of, unfit, was_trained

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake
    from lakehouse.tables.run import Run

WON, FOR_THE_SHOP = "it passed every gate", "the newest baseline serves where no version does"


def settle(run: Run) -> tuple[Entry, ...]:
    """Let the run's version serve if it passed every gate and nobody has to approve it, and its baseline stand behind it. Safe to repeat:
    what the run said once it does not say again, whatever was decided since. Returns what changed."""
    trained = {row["model_name"]: row for row in _rows_of_run(run.lake, run.run_id)}
    changes = [Change("baseline", trained[BASELINE]["version"], FOR_THE_SHOP)] if BASELINE in trained else []
    won = trained.get(NAME)
    if won and won["is_champion"] and run.lake.settings.promotion == "automatic":
        changes.append(Change("champion", won["version"], WON, won["gates_json"]))
    elif won and won["is_champion"]:
        run.note(f"{NAME} {won['version']} passed every gate and waits for approval: ./greenhouse promote {won['version']} --why ...")
    said = alias_log.say(run.lake, changes, run.asked_by, run.run_id) if changes else ()
    for told in alias_log.follow(run.lake):
        run.note(told)
    return said


def promote(lake: Lake, version: int, why: str, said_by: str) -> Entry | None:
    """Let a version serve that passed every gate, or served before. Returns the change; None where it serves already.

    Raises ModelError where there is no such version, it failed a gate and never served, or today's code cannot compute it.
    """
    row = _published(lake, version)
    failed = [gate["name"] for gate in json.loads(row["gates_json"] or "[]") if not gate["passed"]]
    if not row["is_champion"] and version not in alias_log.named(lake, "champion"):
        told = f"did not pass {', '.join(failed)}" if failed else "passed no gate"
        raise ModelError(f"{NAME} {version} {told}, so it does not serve; ./greenhouse train makes another version")
    return _said(lake, row, why, said_by)


def roll_back(lake: Lake, why: str, said_by: str, to: int | None = None) -> Entry:
    """Let the version serve that did before the one that serves, or `to`, which served once; the baseline, where none did.

    Raises ModelError where nothing serves that could be taken back, `to` never served, or today's code cannot compute it.
    """
    named = alias_log.named(lake, "champion")
    if not named or named[-1] is None:
        raise ModelError("no version serves, so there is none to take back: the baseline serves already")
    version = before(named) if to is None else to
    if version is None:
        if withdrawn := alias_log.say(lake, [Change("champion", None, why)], said_by):
            return withdrawn[0]
        raise ModelError("no version serves any more: somebody took it back at the same time")
    if version not in named:
        raise ModelError(f"{NAME} {version} never served; ./greenhouse serving lists those that did")
    if said := _said(lake, _published(lake, version), why, said_by):
        return said
    raise ModelError(f"{NAME} {version} serves already")


def _said(lake: Lake, row: dict[str, Any], why: str, said_by: str) -> Entry | None:
    if reason := unfit(lake, row):
        release = f"its release is commit {row['code_version'][:12]}"
        raise ModelError(f"{reason}; {release}: run that one, or train a version of today's features")
    return next(iter(alias_log.say(lake, [Change("champion", row["version"], why, row["gates_json"])], said_by)), None)


def before(named: Sequence[int | None]) -> int | None:
    """The version to go back to, of those that the alias named one after the other: the one before the last, without those that were taken
    back since; None: nobody."""
    line: list[int] = []
    for version in named:
        line = line[: line.index(version)] if version in line else line
        line = [] if version is None else [*line, version]
    return line[-2] if len(line) > 1 else None


def _published(lake: Lake, version: int) -> dict[str, Any]:
    row = row_of(lake, NAME, version) if was_trained(lake) else None
    if row is None:
        raise ModelError(
            f'there is no version {version} of {NAME}; ./greenhouse sql "SELECT model_name, version FROM {VERSIONS}" lists them'
        )
    return row


def _rows_of_run(lake: Lake, run_id: str) -> list[dict[str, Any]]:
    import pyarrow.dataset as ds

    columns = ["model_name", "version", "is_champion", "gates_json"]
    found: list[dict[str, Any]] = lake.arrow(VERSIONS, columns=columns, filter=ds.field("run_id") == run_id).to_pylist()
    return found
