"""A source.yaml as text: its document, and the line on which each part of it stands. What a shop may say there belongs in `source`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lakehouse.errors import SourceError
from lakehouse.shop.yaml_flaws import flaw

Place = tuple[str | int, ...]
SHOWN_LINES = 5


@dataclass(frozen=True)
class Problem:
    """What is wrong at a place of the document; `below`: in which line of a text that stands there. `line`: where the file's text itself is wrong."""

    place: Place
    reason: str
    below: int = 0
    line: int | None = None

    def told(self, line: int) -> str:
        """The sentence, without the file."""
        place = ".".join(str(part) for part in self.place if part != "[key]")
        return f"{line}: {place}{': ' if place else ''}{self.reason}"


@dataclass(frozen=True)
class SourceText:
    """A source file that is YAML; `flaws`: what is wrong with it as text."""

    path: Path
    document: dict[str, Any]
    root: yaml.Node
    flaws: tuple[Problem, ...]

    def refusal(self, problems: Iterable[Problem]) -> SourceError | None:
        """All that is wrong with the file, a sentence a line in the order of the file; None where nothing is."""
        return _refusal(self.path, [(self._line(problem), problem) for problem in problems])

    def _line(self, problem: Problem) -> int:
        """The line of the place, or of the innermost part around it that is there."""
        node, line = self.root, self.root.start_mark.line + 1
        for part in () if problem.line else problem.place:
            if (found := _part(node, part)) is None:
                return line
            line, node = found
        # Only such a text keeps its lines as they stand in the file.
        return problem.line or (line + problem.below if isinstance(node, yaml.ScalarNode) and node.style == "|" else line)


def read_source(path: Path) -> SourceText:
    """Read a source file. Raises SourceError with file, line and reason where it is not there, or no YAML of fields."""
    raw = _bytes(path)
    flaws = list(_not_utf8(raw))
    text = raw.decode("utf-8", errors="replace")
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if isinstance(root, yaml.MappingNode):
            flaws += _repeated(root, (), set())
            return SourceText(path.resolve(), loader.construct_document(root), root, tuple(flaws))
        flaws.append(_flaw(1, "it is empty" if root is None else "it is no list of fields, which begins as shop: corner"))
    except yaml.YAMLError as error:
        flaws.append(_not_yaml(error, text))
    except RecursionError:
        flaws.append(_flaw(1, "it is nested too deeply"))
    raise _refusal(path, [(flaw.line or 1, flaw) for flaw in flaws]) or SourceError(f"{path}: cannot be read")


def _flaw(line: int, reason: str) -> Problem:
    return Problem((), reason, line=line)


class _Loader(yaml.SafeLoader):
    """Safe YAML in which what looks like a day or a number and is none stays text: the field it stands in tells what is wrong."""


def _or_text(construct: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def constructed(loader: Any, node: Any) -> Any:
        try:
            return construct(loader, node)
        except (ValueError, KeyError):
            return node.value

    return constructed


for _kind in ("timestamp", "int", "float", "bool"):
    _tag = f"tag:yaml.org,2002:{_kind}"
    _Loader.add_constructor(_tag, _or_text(yaml.SafeLoader.yaml_constructors[_tag]))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except IsADirectoryError:
        raise SourceError(f"{path}: is a folder; name the source.yaml in it with --source") from None
    except FileNotFoundError:
        raise SourceError(f"{path}: there is no such source file; name one with --source") from None
    except (OSError, ValueError) as error:
        raise SourceError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}; name another with --source") from None


def _not_utf8(raw: bytes) -> Iterator[Problem]:
    lines = [number for number, line in enumerate(raw.split(b"\n"), 1) if _is_no_text(line)]
    if lines:
        others = ", ".join(map(str, lines[1:SHOWN_LINES])) + (f" and {len(lines) - SHOWN_LINES} more" if len(lines) > SHOWN_LINES else "")
        yield _flaw(lines[0], f"it is not UTF-8 here{f' (nor in line {others})' if others else ''}; save the file as UTF-8")


def _is_no_text(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _not_yaml(error: yaml.YAMLError, text: str) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError):
        line, reason = flaw(error, text)
        return _flaw(line, f"not YAML: {reason}")
    position = getattr(error, "position", 0)
    return _flaw(text.count("\n", 0, position) + 1, "not YAML: a control character stands here; take it out")


def _repeated(node: yaml.Node, place: Place, seen: set[int]) -> Iterator[Problem]:
    """Fields that stand twice: YAML would take the last and say nothing."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for number, entry in enumerate(node.value):
            yield from _repeated(entry, (*place, number), seen)
    elif isinstance(node, yaml.MappingNode):
        first: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if isinstance(key, yaml.ScalarNode) and (known := first.setdefault(name, key)) is not key:
                told = f"stands twice, first in line {known.start_mark.line + 1}; take one out"
                yield Problem((*place, name), told, line=key.start_mark.line + 1)
            yield from _repeated(value, (*place, name), seen)


def _part(node: yaml.Node, part: str | int) -> tuple[int, yaml.Node] | None:
    """A field or an entry of a list, and its line: a plain value's own, else that of its name."""
    if isinstance(node, yaml.SequenceNode):
        entries = node.value if isinstance(part, int) else ()
        return (entries[part].start_mark.line + 1, entries[part]) if isinstance(part, int) and part < len(entries) else None
    fields = node.value if isinstance(node, yaml.MappingNode) else ()
    for key, value in reversed(fields):
        if key.value == str(part):
            return (value if isinstance(value, yaml.ScalarNode) else key).start_mark.line + 1, value
    return None


def _refusal(path: Path, problems: Iterable[tuple[int, Problem]]) -> SourceError | None:
    in_order = sorted(problems, key=lambda found: found[0])
    told = dict.fromkeys(f"{path}:{problem.told(line)}" for line, problem in in_order)
    return SourceError("\n".join(told)) if told else None
