"""One YAML file of policy, with the line of every fault."""

from __future__ import annotations

from pathlib import Path

import yaml
from detente_contracts import ConfigurationError, PolicyFile
from pydantic import ValidationError

FIX = "Correct the file; nothing was changed"


def read_policy_file(path: Path, *, where: str) -> PolicyFile:
    """What the file at `path` holds; `where` names it in messages.

    Raises: ConfigurationError with one line a fault: file, line, key, what is wrong.
    """
    text = _text(path, where)
    try:
        root = yaml.compose(text, Loader=_Loader)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader that also refuses doubled keys
    except yaml.YAMLError as error:
        raise _unreadable(error, where) from None
    try:
        return PolicyFile.model_validate(data if data is not None else {})
    except ValidationError as error:
        faults = [_fault(root, item["loc"], item["msg"], where) for item in error.errors()]
        raise ConfigurationError("\n".join(faults), hint=FIX) from None


class _Loader(yaml.SafeLoader):
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


def _unreadable(error: yaml.YAMLError, where: str) -> ConfigurationError:
    mark = getattr(error, "problem_mark", None)
    line = f" line {mark.line + 1}" if mark else ""
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
