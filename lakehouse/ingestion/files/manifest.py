"""Manifests: a source's own list of its files' hashes, which tells a whole file from one cut off at a line's end.

One text file a day, a line a file, as `sha256sum` writes them: the hash, two spaces, the file's name.
"""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath

from lakehouse.errors import LandingError
from lakehouse.shop.inputs import Input
from lakehouse.shop.location import Location


def refuse_unannounced(entry: Input, path: Location, name: str, day: date, sha256: str) -> None:
    """Raise LandingError where the input has manifests and the day's does not name this file with this hash."""
    if not entry.manifest:
        return
    manifest = _manifest(entry, path, name, day)
    announced = hashes(manifest).get(path.name)
    if announced is None:
        raise LandingError(f"{path}: {manifest} does not name it; run again when the manifest is whole")
    if announced != sha256:
        raise LandingError(f"{path}: its SHA-256 is {sha256[:12]}…, its manifest says {announced[:12]}…; deliver the file again")


def hashes(manifest: Location) -> dict[str, str]:
    """File name → SHA-256. Raises LandingError where the manifest is missing or a line cannot be read."""
    if not manifest.is_file():
        raise LandingError(f"{manifest}: the manifest is not there yet; run again when it is")
    found = {}
    with manifest.open() as raw:
        lines = raw.read().decode().splitlines()
    for number, line in enumerate(lines, 1):
        digest, _, file = line.partition(" ")
        if len(digest) != 64 or not file.strip():
            raise LandingError(f"{manifest}:{number}: not a line of sha256sum (hash, two spaces, file name)")
        found[PurePosixPath(file.strip().removeprefix("*")).name] = digest.lower()
    return found


def _manifest(entry: Input, path: Location, name: str, day: date) -> Location:
    landing = Location(str(path).removesuffix(name))
    return landing / str(entry.manifest).replace("{day}", str(day))
