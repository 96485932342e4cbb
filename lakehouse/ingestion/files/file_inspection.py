"""Looks at the files of a landing folder before the engine does: which day, readable or not, columns, rows, SHA-256.

What a delivery means beside earlier ones stands in `delivery_ledger`.
"""

from __future__ import annotations

import hashlib
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache

from lakehouse.errors import LandingError, together
from lakehouse.ingestion.files.file_formats import FORMATS
from lakehouse.ingestion.files.looks_like import looks_like
from lakehouse.ingestion.files.manifest import refuse_unannounced
from lakehouse.ingestion.files.text_lines import is_utf8
from lakehouse.shop.inputs import Input
from lakehouse.shop.landed_file import LandedFile
from lakehouse.shop.layout import Contents
from lakehouse.shop.location import UNREADABLE, Location, reason
from lakehouse.shop.names import mapping
from lakehouse.shop.source import Shop

READ_BYTES = 1 << 20
ONE_BYTE = ("cp125", "iso8859", "cp437", "cp85", "mac")
OTHER_COMPRESSIONS = (".zip", ".xz", ".zst", ".7z", ".rar", ".tar")


def delivered_files(shop: Shop, name: str) -> list[LandedFile]:
    """The files of an input as they lie there, unread, in order of day and name.

    Raises LandingError where the folder is missing or cannot be listed, or files are for days that are not the shop's.
    """
    try:
        found = list(_listed(shop, shop.inputs[name], shop.landing_folder))
    except UNREADABLE as error:
        raise LandingError(f"{shop.landing_folder}: cannot be listed: {reason(error)}; see `landing` in {shop.path}") from error
    if wrong := sorted(each for each in found if isinstance(each, str)):
        raise LandingError(together(wrong))
    return sorted((each for each in found if isinstance(each, LandedFile)), key=lambda file: (file.day, file.name))


def let_settle(files: Sequence[LandedFile], quiet_seconds: float) -> None:
    """Wait until the youngest file was left alone for that long, so that what is still being written shows itself."""
    youngest = max((file.modified_at for file in files if file.modified_at), default=None)
    if youngest is not None:
        age = (datetime.now(UTC) - youngest).total_seconds()
        time.sleep(min(max(quiet_seconds - age, 0), quiet_seconds))


@lru_cache(maxsize=4096)
def examine(entry: Input, file: LandedFile) -> LandedFile:
    """Read a file once: its columns, rows and hash. Raises LandingError with file and cause.

    As long as a file lies there unchanged it is not read again: who asks what is ready, then lands it, reads it once.
    """
    if file.path.suffix in OTHER_COMPRESSIONS:
        raise LandingError(f"{file.path}: {file.path.suffix} is not read; deliver it plain, as .gz or as .bz2")
    try:
        digest = sha256_of(file.path)
        contents = _contents(entry, file.path)
        size, modified_at = file.path.as_it_lies()
    except (*UNREADABLE, EOFError, zlib.error) as error:
        raise LandingError(
            f"{file.path}: cannot be read: {'; '.join([reason(error), *_seems(entry, file.path)])}; deliver the file again"
        ) from error
    if (size, modified_at) != (file.size_bytes, file.modified_at):
        raise LandingError(f"{file.path}: is still being written; run again when it is whole")
    refuse_unannounced(entry, file.path, file.name, file.day, digest)
    _refuse_other_encoding(entry, file.path)
    _refuse_columns(entry, file, contents)
    return replace(file, contents=contents, sha256=digest)


def sha256_of(path: Location) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open() as raw:
        while block := raw.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _listed(shop: Shop, entry: Input, folder: Location) -> Iterator[LandedFile | str]:
    """Each file, or a sentence where its day is none of the shop's."""
    if not folder.is_folder():
        raise LandingError(f"{folder}: there is no such landing folder; see `landing` in {shop.path}")
    below = str(entry.files).rpartition("/")[0]
    parent = folder / below if below else folder
    for last in parent.names() if parent.is_folder() else ():
        name = f"{below}/{last}" if below else last
        if match := entry.name_pattern.match(name):
            path = folder / name
            day = _day_of(shop, path, match.group(1))
            yield day if isinstance(day, str) else LandedFile(name, path, day, *path.as_it_lies())


def _day_of(shop: Shop, path: Location, text: str) -> date | str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return f"{path}: {text} is no day; rename the file"
    if day < shop.first_day or (shop.last_day and day > shop.last_day):
        return f"{path}: its day lies outside the shop's days {shop.first_day}..{shop.last_day or ''}; move the file away or correct first_day/last_day in {shop.path}"
    if day in shop.closed:
        return f"{path}: {day} is a closed day in {shop.path}; take it off closed_days or move the file away"
    return day


def _contents(entry: Input, path: Location) -> Contents:
    is_empty = not path.as_it_lies()[0] and entry.format != "parquet"
    return Contents() if is_empty else FORMATS[entry.format].look(path, entry.layout)


def _refuse_other_encoding(entry: Input, path: Location) -> None:
    """UTF-8 is read by an encoding of one byte a letter without a word, as other letters; the other way round it hardly ever is."""
    said = entry.csv.encoding
    if said.startswith(ONE_BYTE) and is_utf8(path):
        raise LandingError(
            f"{path}: it is UTF-8, and read as {said} its letters would be others; say csv: {{encoding: utf-8}}, or deliver it as {said}"
        )


def _refuse_columns(entry: Input, file: LandedFile, contents: Contents) -> None:
    if not contents.header and not contents.rows and entry.takes_empty_files:
        return
    if not contents.header and not file.size_bytes:
        raise LandingError(
            f"{file.path}: the file is empty, not even a column; deliver the file again, or say empty_files: true where such a file is a day "
            "without rows"
        )
    missing = list(_missing(entry, contents.header)) if FORMATS[entry.format].has_header else []
    seems = _seems(entry, file.path) if missing else []
    if wrong := [*missing, *seems, *_ambiguous(contents.header)]:
        raise LandingError(f"{file.path}: {'; '.join(wrong)}; deliver the file again")


def _missing(entry: Input, header: Sequence[str]) -> Iterator[str]:
    missing = {name: source for name, source in entry.sources.items() if source not in header}
    if missing:
        nothing = "it has no columns" if entry.format == "parquet" else "it has no line that could be its header"
        yield f"column {', '.join(missing.values())} is missing" if header else nothing
    for name, source in missing.items():
        if near := next((each for each in header if each.strip().lower() == source.strip().lower()), None):
            yield f"it is spelt {near} there, which `columns` would say as {mapping(near, name)}"


def _ambiguous(header: Sequence[str]) -> Iterator[str]:
    if twice := [name or "without a name" for name, times in Counter(header).items() if times > 1]:
        yield f"column {', '.join(twice)} stands twice"


def _seems(entry: Input, path: Location) -> list[str]:
    try:
        found = looks_like(path, entry)
    except UNREADABLE:
        return []
    return [f"it looks like {found}"] if found else []
