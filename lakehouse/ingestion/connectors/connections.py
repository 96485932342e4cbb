"""The URLs of databases and brokers, by the name that source.yaml gives them. Passwords are read here and shown nowhere."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import yaml

from lakehouse.errors import SettingsError
from lakehouse.settings import REPOSITORY, Settings
from lakehouse.shop.location import reason

WAY_OUT = 'set GREENHOUSE_CONNECTIONS=\'{{"{name}": "{scheme}://…"}}\' or name a file of such lines in GREENHOUSE_CONNECTIONS_FILE'


@dataclass(frozen=True)
class Connection:
    """One URL, taken apart. Its text is its name, never the URL."""

    name: str
    url: SplitResult

    def __repr__(self) -> str:
        return f"connection {self.name}"

    @property
    def hosts(self) -> str:
        """Hosts and ports, without user and password."""
        return self.url.netloc.rpartition("@")[2]

    @property
    def user(self) -> str:
        return unquote(self.url.username or "")

    @property
    def password(self) -> str:
        return unquote(self.url.password or "")

    @property
    def options(self) -> dict[str, str]:
        """What stands behind the question mark."""
        return dict(parse_qsl(self.url.query))

    @property
    def place(self) -> str:
        """Its name and where that is."""
        return f"{self} ({self.hosts})"

    def said(self, error: Exception) -> str:
        """The first line of an error, without a secret."""
        return self.without_secrets(" ".join(reason(error).split()))

    def without_secrets(self, text: str) -> str:
        """A text in which the password is blotted out: as it is, as it stands in the URL, or between quotation marks."""
        written = {self.password, self.url.password or "", escaped(self.password)} - {""}
        for secret in sorted(written, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text


def escaped(text: str) -> str:
    """As it stands between quotation marks in Java's files and in JSON."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def connection(settings: Settings, name: str, scheme: str) -> Connection:
    """The connection of that name. Raises SettingsError, without any secret, where there is none or it is of another kind."""
    known = {**_of_file(settings.connections_file), **_of_variable(settings)}
    if name not in known:
        raise SettingsError(f"connection {name} is not known: {WAY_OUT.format(name=name, scheme=scheme)}")
    url = urlsplit(str(known[name]))
    if url.scheme != scheme or not url.netloc:
        raise SettingsError(f"connection {name} is no {scheme}:// URL; write it as {scheme}://user:password@host:port/…")
    return Connection(name, url)


def _of_variable(settings: Settings) -> dict[str, Any]:
    text = settings.connections.get_secret_value()
    try:
        found = json.loads(text or "{}")
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise SettingsError("GREENHOUSE_CONNECTIONS is no JSON object of names and URLs")
    return found


def _of_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    if path.is_relative_to(REPOSITORY):
        raise SettingsError(f"{path}: connections belong outside the repository; move the file and name it in GREENHOUSE_CONNECTIONS_FILE")
    if not path.is_file():
        raise SettingsError(f"{path}: there is no such file; see GREENHOUSE_CONNECTIONS_FILE")
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(f"{path}: others may read it; run: chmod 600 {path}")
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError:
        found = None  # the parser's own words would quote the file
    if not isinstance(found, dict):
        raise SettingsError(f"{path}: not YAML lines of `name: URL`")
    return found
