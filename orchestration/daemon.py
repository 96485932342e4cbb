"""The process that looks at schedules, sensors and the queue of runs: Dagster's daemon, one a home. What it runs stands elsewhere."""

import os
import sys

from lakehouse.engine.locks import is_held, lock_within, open_lock
from lakehouse.settings import REPOSITORY, Settings
from orchestration.instance import prepare

LOCK = "daemon.lock"
WORKSPACE = ("-w", "workspace.yaml")


def is_running(settings: Settings) -> bool:
    """Whether a daemon of this home runs now. (Its heartbeats in the database are copied with a home, and outlive it by minutes.)"""
    return is_held(settings.dagster_home / LOCK)


def claim(settings: Settings) -> bool:
    """Become the home's daemon for this process's life, and that of the program it goes on as; False where there is one."""
    descriptor = open_lock(settings.dagster_home / LOCK)
    is_ours = lock_within(descriptor, 1.0)  # another's glance at it takes it for an instant
    os.set_inheritable(descriptor, is_ours)
    return is_ours


def go_on_as(settings: Settings, module: str, *arguments: str) -> None:
    """Become one of Dagster's own programs, on this home's instance and definitions."""
    prepare(settings)
    os.chdir(REPOSITORY)
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments, *WORKSPACE])
