"""Keeps a home its owner's alone: its folder, and what this process and the engine write into it. Folders outside it are left as they are."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from lakehouse.errors import SettingsError
from lakehouse.settings import Settings

OTHERS = stat.S_IRWXG | stat.S_IRWXO
OWNER_ONLY = 0o077
"""The umask under which new files and folders are their owner's alone."""
UNCHANGED = -1


def keep_private(settings: Settings) -> None:
    """Make the home where there is none, close it to others where it is open, and let this process write its files for their owner alone.

    Raises SettingsError where it cannot be closed, or is a folder that others are to use.
    """
    settings.home.mkdir(parents=True, exist_ok=True, mode=stat.S_IRWXU)
    _close(settings.home)
    if (mask := umask(settings)) != UNCHANGED:
        os.umask(mask)


def umask(settings: Settings) -> int:
    """The umask for whatever writes the home. Who put the lake outside the home gave others a way to it: new files there are as they were."""
    folder = settings.lake_folder
    return OWNER_ONLY if folder is None or folder.is_relative_to(settings.home) else UNCHANGED


def _close(home: Path) -> None:
    mode = home.stat().st_mode
    if not mode & OTHERS:
        return
    if mode & stat.S_ISVTX or home == home.parent:
        raise SettingsError(f"{home} is everybody's folder and cannot be a home; name one of its own in GREENHOUSE_HOME")
    try:
        home.chmod(stat.S_IRWXU)
    except PermissionError:
        raise SettingsError(f"{home}: others may read this home, and only its owner can close it: chmod 700 {home}") from None
