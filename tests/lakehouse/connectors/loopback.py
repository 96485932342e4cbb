"""What the real servers of the tests share: a free port on loopback, and a Java program that writes its log into its own folder."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def java(folder: Path, memory: str, classpath: str, main: str, *arguments: object) -> subprocess.Popen:
    """A Java program; what it says goes to the folder's `log`."""
    program = shutil.which("java")
    assert program, "Java is missing"
    command = [program, f"-Xmx{memory}", "-cp", classpath, main, *map(str, arguments)]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
