"""What the real servers of the tests share: JARs fetched once, and a Java program that writes its log into its own folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
import uuid
from pathlib import Path

from lakehouse.engine.jars import resolved


def java(folder: Path, memory: str, classpath: str, main: str, *arguments: object) -> subprocess.Popen:
    """A Java program; what it says goes to the folder's `log`."""
    program = shutil.which("java")
    assert program, "Java is missing"
    command = [program, f"-Xmx{memory}", "-cp", classpath, main, *map(str, arguments)]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)


def jars(coordinate: str, without: str = "") -> Path:
    """The folder of a Maven coordinate's JARs and of those they need, fetched once."""
    kept = Path(sys.prefix) / "share" / "greenhouse" / coordinate.replace(":", "_")
    if not kept.exists():
        draft = kept.with_name(f".{kept.name}.{uuid.uuid4().hex}")
        draft.mkdir(parents=True)
        for jar in resolved([coordinate], draft / "ivy", without):
            shutil.copy2(jar, draft / jar.name)
        shutil.rmtree(draft / "ivy")
        draft.rename(kept)
    return kept
