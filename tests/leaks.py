"""Looks for secrets in texts and files, in every form that Python, Java or Spark would write them in."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path

WINDOW = 8
SHIFTS = 3


def leaks(secrets: dict[str, bytes], text: bytes) -> list[str]:
    """Which secrets the text holds, and in which form; eight bytes of one are enough."""
    return sorted({f"{name} {form}" for name, secret in secrets.items() for form, needle in forms(secret) if needle in text})


def forms(secret: bytes) -> Iterator[tuple[str, bytes]]:
    """Any eight bytes of a secret (from its start, then every eighth) as they may have been written."""
    for start in range(0, max(1, len(secret) - WINDOW + 1), WINDOW):
        part = secret[start : start + WINDOW]
        signed = [byte - 256 if byte > 127 else byte for byte in part]
        yield "raw", part
        yield "hex", part.hex().encode()
        yield "HEX", part.hex().upper().encode()
        yield "HEX in Spark's words", part.hex(" ").upper().encode()
        yield "decimal", ", ".join(map(str, part)).encode()
        yield "decimal, packed", ",".join(map(str, part)).encode()
        yield "Java's bytes", ", ".join(map(str, signed)).encode()
        yield "Java's bytes, packed", ",".join(map(str, signed)).encode()
        yield "Python's repr", repr(part)[2:-1].encode()
        yield "octal", "".join(chr(b) if 32 <= b < 127 and b not in b"\"'\\" else f"\\{b:03o}" for b in part).encode()
        yield "UTF-8 of its bytes", part.decode("latin-1").encode()
        yield from (("base64", _base64(part, shift)) for shift in range(SHIFTS))


def _base64(part: bytes, shift: int) -> bytes:
    """What stands in any base64 text for these bytes, `shift` bytes after a border of three: the characters they alone decide."""
    coded = base64.b64encode(b"\0" * shift + part)
    first, end = -(-shift * 8 // 6), (shift + len(part)) * 8 // 6
    return coded[first:end]


def files_with(secrets: dict[str, bytes], folder: Path, but: Iterable[Path] = ()) -> dict[str, list[str]]:
    """The files below the folder that hold a secret, and how; those in `but` are its place."""
    allowed = {path.resolve() for path in but}
    found = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink() or path.resolve() in allowed:
            continue
        if told := leaks(secrets, path.read_bytes() + path.name.encode()):
            found[str(path.relative_to(folder))] = told
    return found


def pads(key: bytes) -> dict[str, bytes]:
    """A key of the pseudonyms and what HMAC makes of it (RFC 2104), worked out here anew; beyond the key's length they are no secret."""
    return {"key": key, "inner pad": bytes(byte ^ 0x36 for byte in key), "outer pad": bytes(byte ^ 0x5C for byte in key)}
