"""One YAML file of policy, with the line of every fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml
from detente_contracts import ConfigurationError, PolicyFile
from pydantic import ValidationError

from detente.yaml_loader import SAFE

FIX = "Correct the file; nothing was changed"


class PolicyText(NamedTuple):
    """What a file holds, and the line, from 1, of each entry by its part and its place there, from 0."""

    file: PolicyFile
    lines: Mapping[tuple[str, int], int]


def read_policy_file(path: Path, *, where: str) -> PolicyText:
    """What the file at `path` holds; `where` names it in messages.

    Raises: ConfigurationError with one line a fault: file, line, key, what is wrong.
    """
    text = _text(path, where)
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        data = loader.construct_document(root) if root is not None else None
    except yaml.YAMLError as error:
        raise _unreadable(error, text, where) from None
    finally:
        loader.dispose()
    try:
        file = PolicyFile.model_validate(data if data is not None else {})
    except ValidationError as error:
        faults = [_fault(root, item["loc"], item["msg"], where) for item in error.errors()]
        raise ConfigurationError("\n".join(faults), hint=FIX) from None
    return PolicyText(file, dict(_entry_lines(root)))


class _Loader(SAFE):  # type: ignore[misc, valid-type] # chosen when imported
    """Safe YAML in which a key may stand once only."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        """The mapping of `node`; a key that stands twice is refused."""
        seen: dict[object, int] = {}
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be plain text", key_node.start_mark
                )
            key = key_node.value
            if key in seen:
                first = f"the key {key!r} stands twice, first in line {seen[key]}"
                raise yaml.constructor.ConstructorError(None, None, first, key_node.start_mark)
            seen[key] = key_node.start_mark.line + 1
        return dict(super().construct_mapping(node, deep=deep))


def _text(path: Path, where: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{where}: cannot be read as UTF-8 text", hint=FIX) from None


def _entry_lines(root: yaml.Node | None) -> Iterator[tuple[tuple[str, int], int]]:
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        entries = value.value if isinstance(value, yaml.SequenceNode) else [key]
        for place, entry in enumerate(entries):
            yield (str(key.value), place), entry.start_mark.line + 1


def _unreadable(error: yaml.YAMLError, text: str, where: str) -> ConfigurationError:
    mark = getattr(error, "problem_mark", None)
    # What ends too early is found behind the last line.
    line = f" line {min(mark.line + 1, len(text.splitlines()))}" if mark else ""
    return ConfigurationError(f"{where}{line}: {getattr(error, 'problem', None) or 'not YAML'}", hint=FIX)


def _fault(root: yaml.Node | None, place: tuple[int | str, ...], message: str, where: str) -> str:
    line = _line(root, place)
    path = ".".join(str(part) for part in place)
    text = message.removeprefix("Value error, ")
    return f"{where}{f' line {line}' if line else ''}: {f'{path}: ' if path else ''}{text}"


def _line(node: yaml.Node | None, place: tuple[int | str, ...]) -> int | None:
    """The line, from 1, of the deepest node on the way to `place` that the file has."""
    line = node.start_mark.line + 1 if node is not None else None
    for part in place:
        found = _child(node, part)
        if found is None:
            break
        line, node = found
    return line


def _child(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    """The part of `node`, with the line of its key or its own."""
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line + 1, value
    return None
