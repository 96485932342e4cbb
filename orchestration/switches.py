"""What runs by itself, switched on and off in the home's Dagster instance, where its daemon looks. When and what they run stands in each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

import dagster as dg
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import RemoteInstigatorOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, ScheduleInstigatorData, SensorInstigatorData
from dagster._core.workspace.load import location_origins_from_yaml_paths
from dagster._utils.schedules import schedule_execution_time_iterator

from lakehouse.settings import REPOSITORY

NIGHTS = ("nightly", "train_on_drift", "weekly_tend", "daily_freshness")
Instigator: TypeAlias = dg.ScheduleDefinition | dg.SensorDefinition


@dataclass(frozen=True)
class Switch:
    """One schedule or sensor. `next_tick`: in the shop's time zone; None where it is off, or a sensor, which looks every few minutes."""

    name: str
    is_on: bool
    description: str
    next_tick: datetime | None
    every_seconds: int | None


def switched(definitions: dg.Definitions, instance: dg.DagsterInstance) -> list[Switch]:
    """How each of NIGHTS stands."""
    return [_switch(instigator, instance) for instigator in _nights(definitions)]


def switch(definitions: dg.Definitions, instance: dg.DagsterInstance, *, on: bool) -> None:
    """Switch each of NIGHTS on or off. What is so already is left as it is, a sensor's cursor always.

    The state is written down even where the code's default says the same: a default that changes later changes nothing.
    """
    wanted = InstigatorStatus.RUNNING if on else InstigatorStatus.STOPPED
    for instigator in _nights(definitions):
        stored = _stored(instigator, instance)
        if stored is None:
            instance.add_instigator_state(InstigatorState(_origin(instigator), _kind(instigator), wanted, _data(instigator, None, on)))
        elif stored.status != wanted:
            data = _data(instigator, stored, on)
            instance.update_instigator_state(stored.with_status(wanted).with_data(data))


def _switch(instigator: Instigator, instance: dg.DagsterInstance) -> Switch:
    stored = _stored(instigator, instance)
    by_default = instigator.default_status.value == InstigatorStatus.RUNNING.value
    is_on = by_default if stored is None or stored.status == InstigatorStatus.DECLARED_IN_CODE else stored.is_running
    is_schedule = isinstance(instigator, dg.ScheduleDefinition)
    return Switch(
        instigator.name,
        is_on,
        instigator.description or "",
        _next_tick(instigator) if is_on and is_schedule else None,
        None if is_schedule else instigator.minimum_interval_seconds,
    )


def _next_tick(schedule: dg.ScheduleDefinition) -> datetime:
    """After now; a tick that a daemon missed is made up for beside it."""
    zone = ZoneInfo(schedule.execution_timezone or "UTC")
    return next(schedule_execution_time_iterator(datetime.now(zone).timestamp(), schedule.cron_schedule, zone.key)).astimezone(zone)


def _nights(definitions: dg.Definitions) -> Iterator[Instigator]:
    repository = definitions.get_repository_def()
    known: dict[str, Instigator] = {each.name: each for each in (*repository.schedule_defs, *repository.sensor_defs)}
    return (known[name] for name in NIGHTS)


def _stored(instigator: Instigator, instance: dg.DagsterInstance) -> InstigatorState | None:
    origin = _origin(instigator)
    return instance.get_instigator_state(origin.get_id(), origin.get_selector().get_id())


def _origin(instigator: Instigator) -> RemoteInstigatorOrigin:
    """How the UI and the daemon, which load workspace.yaml, know it."""
    (location,) = location_origins_from_yaml_paths([str(REPOSITORY / "workspace.yaml")])
    return RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME), instigator.name)


def _kind(instigator: Instigator) -> InstigatorType:
    return InstigatorType.SCHEDULE if isinstance(instigator, dg.ScheduleDefinition) else InstigatorType.SENSOR


def _data(instigator: Instigator, stored: InstigatorState | None, on: bool) -> ScheduleInstigatorData | SensorInstigatorData:
    """A schedule counts its ticks from when it was switched on; a sensor goes on from its cursor."""
    now = datetime.now(ZoneInfo("UTC")).timestamp() if on else None
    if isinstance(instigator, dg.ScheduleDefinition):
        return ScheduleInstigatorData(instigator.cron_schedule, now)
    if stored and isinstance(stored.instigator_data, SensorInstigatorData):
        return stored.instigator_data.with_sensor_start_timestamp(now) if now else stored.instigator_data
    return SensorInstigatorData(
        min_interval=instigator.minimum_interval_seconds, last_sensor_start_timestamp=now, sensor_type=instigator.sensor_type
    )
