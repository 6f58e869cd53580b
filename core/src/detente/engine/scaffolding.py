"""Scaffold a plugin: a distribution with criterion, detector, trigger and tests that pass, to be changed."""

from __future__ import annotations

import keyword
import re
import sys
from importlib import metadata
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from detente_contracts import PROJECT, ConfigurationError

from detente.engine.plugins.sources import RESERVED, canonical_name
from detente.new_files import write_file

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 40
_FILES = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    "src/@module@/__init__.py": "init.py.txt",
    "src/@module@/busy_desk.py": "busy_desk.py.txt",
    "src/@module@/many_firsts.py": "many_firsts.py.txt",
    "src/@module@/policy/triggers.yaml": "triggers.yaml.txt",
    "tests/test_@module@.py": "test_plugin.py.txt",
}
"""Files of the distribution, each with its template."""


def scaffold_plugin(name: str, folder: Path) -> list[Path]:
    """Write the distribution `name` into a new folder of that name under `folder`; the files written.

    Raises: ConfigurationError, and writes nothing, when the name cannot be used or the folder stands.
    """
    _check_name(name)
    home = folder / name
    if home.exists() or home.is_symlink():
        raise ConfigurationError(f"{home} stands already", hint="Choose another name, or another --folder")
    texts = {home / _filled(path, name): _filled(_template(text), name) for path, text in _FILES.items()}
    texts[home / _filled("src/@module@/py.typed", name)] = ""
    for path, text in texts.items():
        write_file(path, text)
    return list(texts)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST]
        hint = f"Lower-case letters, digits and single hyphens, a letter first, at most {_LONGEST} in all"
        hint += f", such as {near}" if _NAME.fullmatch(near) else ""
        raise ConfigurationError(f"{name!r} is no name for a plugin", hint=hint)
    if f"{name}-".startswith(RESERVED):
        hint = "Begin with your organisation's name, such as acme-style"
        raise ConfigurationError(f"names that begin with {RESERVED} are Detente's own", hint=hint)
    taken = _taken(name)
    if taken:
        hint = f"Put your organisation's name before it, such as acme-{name}"
        raise ConfigurationError(f"{name!r} is taken: {taken}", hint=hint)


def _taken(name: str) -> str:
    """What has the name already, as a distribution, a module or a plugin; empty when it is free."""
    module = _module(name)
    if keyword.iskeyword(module) or module in sys.stdlib_module_names:
        return "it is a word of Python's own"
    if name in {canonical_name(item.name) for item in metadata.distributions()}:
        return "a distribution of that name is installed"
    if name in {canonical_name(point.name) for point in metadata.entry_points(group=PROJECT)}:
        return "a plugin of that name is installed"
    return f"a module {module} is installed" if find_spec(module) else ""


def _template(name: str) -> str:
    return (files("detente.engine") / "templates" / "plugin" / name).read_text(encoding="utf-8")


def _filled(text: str, name: str) -> str:
    return text.replace("@name@", name).replace("@module@", _module(name))


def _module(name: str) -> str:
    return name.replace("-", "_")
