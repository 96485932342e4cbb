"""Looks at the files of a landing folder before the engine does: which day, readable or not, columns, rows, SHA-256."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from lakehouse.days import DayRange
from lakehouse.errors import LandingError
from lakehouse.file_formats import FORMATS, Contents
from lakehouse.source import Input, Shop

OTHER_COMPRESSIONS = (".zip", ".xz", ".zst", ".7z", ".rar", ".tar")


@dataclass(frozen=True)
class LandedFile:
    """One file of one day: its path below the landing folder, and what it holds (header and blank lines are no rows)."""

    name: str
    path: Path
    day: date
    contents: Contents = field(default_factory=Contents)
    size_bytes: int = 0
    sha256: str = ""


def files_of(shop: Shop, name: str, days: DayRange) -> list[LandedFile]:
    """The files of an input for the shop's open days of a range, in order of day.

    Raises LandingError where the folder is missing, a file is for a day that is not the shop's, or an open day has no file.
    """
    entry, folder = shop.inputs[name], shop.landing_folder
    found = {file.day: file for file in _listed(shop, entry, folder)}
    wanted = shop.open_days(days)
    missing = [day for day in wanted if day not in found]
    if missing:
        raise LandingError(
            f"{folder}: input {name} has no file for {_spoken(missing)}; deliver it as {entry.files}, or list the day under closed_days in {shop.path}"
        )
    return [found[day] for day in wanted]


def delivered_days(shop: Shop, name: str) -> list[date]:
    """The days for which an input has a file, in order."""
    return sorted(file.day for file in _listed(shop, shop.inputs[name], shop.landing_folder))


def examine(entry: Input, file: LandedFile) -> LandedFile:
    """Read a file once: its columns, rows and hash. Raises LandingError with file and cause."""
    if file.path.suffix in OTHER_COMPRESSIONS:
        raise LandingError(f"{file.path}: {file.path.suffix} is not read; deliver it plain, as .gz or as .bz2")
    try:
        digest = sha256_of(file.path)
        contents = FORMATS[entry.format].look(file.path)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise LandingError(f"{file.path}: cannot be read: {str(error).splitlines()[0]}; deliver the file again") from error
    _refuse_columns(entry, file, contents)
    return replace(file, contents=contents, size_bytes=file.path.stat().st_size, sha256=digest)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()


def _listed(shop: Shop, entry: Input, folder: Path) -> Iterator[LandedFile]:
    if not folder.is_dir():
        raise LandingError(f"{folder}: there is no such landing folder; see `landing` in {shop.path}")
    parent = (folder / entry.files).parent
    for path in sorted(parent.iterdir()) if parent.is_dir() else ():
        name = path.relative_to(folder).as_posix()
        if match := entry.name_pattern.match(name):
            yield LandedFile(name, path, _day_of(shop, path, match.group(1)))


def _day_of(shop: Shop, path: Path, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise LandingError(f"{path}: {text} is no day; rename the file") from error
    if day < shop.first_day or (shop.last_day and day > shop.last_day):
        raise LandingError(
            f"{path}: its day lies outside the shop's days {shop.first_day}..{shop.last_day or ''}; move the file away or correct first_day/last_day in {shop.path}"
        )
    if day in shop.closed:
        raise LandingError(f"{path}: {day} is a closed day in {shop.path}; take it off closed_days or move the file away")
    return day


def _refuse_columns(entry: Input, file: LandedFile, contents: Contents) -> None:
    if not contents.header:
        raise LandingError(f"{file.path}: the file is empty, not even a column; deliver the file again")
    missing = [name for name in entry.column_names if name not in contents.header]
    if missing:
        raise LandingError(f"{file.path}: column {', '.join(missing)} is missing; deliver the file again")
    unknown = [name for name in contents.header if name not in entry.column_names]
    if unknown:
        raise LandingError(
            f"{file.path}: column {', '.join(unknown)} is not in the source's contract; add it to source.yaml or take it out of the file"
        )


def _spoken(days: list[date]) -> str:
    shown = ", ".join(str(day) for day in days[:5])
    return shown if len(days) <= 5 else f"{shown} and {len(days) - 5} more days"
