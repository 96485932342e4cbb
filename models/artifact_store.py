"""The files of a version beside the lake, under their hash: a night that scores needs no tracking server. What they hold belongs in `artifact`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from models import registry
from models.artifact import from_bytes, sha256_of_files
from models.artifact import sha256 as sha256_of

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem
    from sklearn.pipeline import Pipeline

    from lakehouse.tables.lake import Lake

FOLDER = "_artifacts"
_log = logging.getLogger(__name__)


def model_bytes(lake: Lake, name: str, version: int, sha256: str) -> bytes:
    """The pipeline of a version, all of whose files are those registered: beside the lake, else in MLflow, from where they are kept again.

    Raises ModelError where neither has them so.
    """
    files = kept(lake, sha256)
    if sha256_of_files(files) != sha256:
        files = registry.fetch(lake.settings.mlflow_tracking_uri, name, version, sha256)
        keep(lake, sha256, files)
    return files[registry.FILE]


def load(lake: Lake, name: str, version: int, sha256: str) -> Pipeline:
    """A version's pipeline, checked before anything of it is built. Raises ModelError as `model_bytes` does."""
    data = model_bytes(lake, name, version, sha256)
    return from_bytes(data, sha256_of(data))


def keep(lake: Lake, sha256: str, files: Mapping[str, bytes]) -> None:
    """Write the files of a version, in the place of what lies there. Where that cannot be done it is told: MLflow has them too."""
    from pyarrow import ArrowException

    try:
        system, folder = _place(lake, sha256)
        system.delete_dir_contents(str(folder), missing_dir_ok=True)
        for name, data in files.items():
            system.create_dir(str((folder / name).parent), recursive=True)
            with system.open_output_stream(str(folder / name), compression=None) as out:
                out.write(data)
    except (OSError, ArrowException) as error:
        _log.warning("a model's files cannot be kept beside the lake: %s", type(error).__name__)


def kept(lake: Lake, sha256: str) -> dict[str, bytes]:
    """The files that lie there under that hash, none where there are none. Whether they are those of the hash is the reader's to find out."""
    from pyarrow import ArrowException
    from pyarrow.fs import FileSelector, FileType

    try:
        system, folder = _place(lake, sha256)
        found = system.get_file_info(FileSelector(str(folder), allow_not_found=True, recursive=True))
        paths = [PurePosixPath(each.path) for each in found if each.type == FileType.File]
        return {path.relative_to(folder).as_posix(): _bytes(system, path) for path in paths}
    except (OSError, ArrowException):
        return {}


def _bytes(system: FileSystem, path: PurePosixPath) -> bytes:
    with system.open_input_stream(str(path), compression=None) as data:
        read: bytes = data.read()
    return read


def _place(lake: Lake, sha256: str) -> tuple[FileSystem, PurePosixPath]:
    from pyarrow.fs import FileSystem, LocalFileSystem

    root = lake.path(f"models.{FOLDER}").replace("s3a://", "s3://", 1)
    system, path = FileSystem.from_uri(root) if "://" in root else (LocalFileSystem(), root)
    return system, PurePosixPath(path) / sha256
