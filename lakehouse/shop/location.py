"""Where delivered files lie: a local folder, or a URL of any file system that fsspec and the engine both know (`s3a`, `gs`, `abfss`, `hdfs` …).

What a file is for and what it holds stands in `file_inspection`. Who may read it is told by the environment, never by the URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

# What fsspec's file systems raise: theirs of the disk or network, a driver that is not installed, an unknown scheme, a server that is not ready.
UNREADABLE = (OSError, ImportError, ValueError, RuntimeError)
_PATTERN = re.compile(r"[\\{}\[\]*?]")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]+:(//[^/]*)?")


@dataclass(frozen=True)
class Location:
    """A file or folder by its local path or URL. What reads it raises one of UNREADABLE."""

    url: str

    def __str__(self) -> str:
        return self.url

    def __truediv__(self, name: str) -> Location:
        return Location(f"{self.url.rstrip('/')}/{name}")

    @property
    def name(self) -> str:
        return PurePosixPath(self.url).name

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.url).suffix

    @property
    def path(self) -> str:
        """The path alone: how the engine writes the rest of a URL, with one slash or three, is its own affair."""
        return _SCHEME.sub("", self.url)

    @property
    def literal(self) -> str:
        """The URL as the engine is told it: brackets and the like are no pattern."""
        return _PATTERN.sub(r"\\\g<0>", self.url)

    def is_folder(self) -> bool:
        return self._kind() == "directory"

    def is_file(self) -> bool:
        return self._kind() == "file"

    def names(self) -> list[str]:
        """The names of what lies directly in the folder."""
        found, path = self._found()
        return [PurePosixPath(each).name for each in found.ls(path, detail=False)]

    def as_it_lies(self) -> tuple[int, datetime]:
        """Size in bytes, and time of change to the microsecond."""
        found, path = self._found()
        return int(found.size(path)), found.modified(path).astimezone(UTC)

    def open(self) -> IO[bytes]:
        """The file's bytes, to be read in order."""
        found, path = self._found()
        opened: IO[bytes] = found.open(path, "rb")
        return opened

    def _kind(self) -> str | None:
        """Nothing where nothing lies; asking whether it is a folder would say no as well where nobody answers."""
        found, path = self._found()
        try:
            return str(found.info(path)["type"])
        except FileNotFoundError:
            return None

    def _found(self) -> tuple[AbstractFileSystem, str]:
        from fsspec.core import url_to_fs

        found, path = url_to_fs(self.url)
        found.invalidate_cache()  # files are delivered while a process lives: what it saw last time says nothing
        return found, path


def reason(error: Exception) -> str:
    """What an error says, in one line; its name where it says nothing."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def is_url(text: str) -> bool:
    """Whether it names a file system beside the local one."""
    return "://" in text


def holds_password(url: str) -> bool:
    """Whether a URL carries what belongs in the environment."""
    return bool(urlsplit(url).password)
