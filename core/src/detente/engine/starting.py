"""Start an installation: settings, policy folder and plugins folder, written for people to change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from textwrap import indent

from detente_contracts import ConfigurationError, PluginSettings, unknown_name

from detente.engine.plugins import Plugins
from detente.settings import FILE

_ENTRY = "connector.yaml"


def start_installation(home: Path, *, organisation: str, sources: Sequence[str]) -> list[Path]:
    """Write what is missing and return it; nothing that stands is touched.

    `sources` are connector types by name; each brings its own entry of the settings.

    Raises: ConfigurationError when settings stand already, or for a type that nobody offers.
    """
    if (home / FILE).exists():
        raise ConfigurationError(f"{home / FILE} stands already", hint="Edit it, or choose another folder")
    templates = files("detente.engine") / "templates"
    starters = _starters(home, sources)
    settings = (templates / "settings.yaml").read_text(encoding="utf-8")
    settings = settings.replace("ORGANISATION", json.dumps(organisation, ensure_ascii=False))
    entries = [indent((folder / _ENTRY).read_text(encoding="utf-8"), "  ") for folder in starters]
    texts = {
        home / FILE: settings + "\n".join(entries),
        home / "policy" / "README.md": (templates / "policy.md").read_text(encoding="utf-8"),
        home / "policy" / "people.yaml": (templates / "people.yaml").read_text(encoding="utf-8"),
        home / "plugins" / "README.md": (templates / "plugins.md").read_text(encoding="utf-8"),
    }
    for folder in starters:
        texts |= {home / name: text for name, text in _beside(folder)}
    return [path for path, text in texts.items() if _write(path, text)]


def _starters(home: Path, sources: Sequence[str]) -> list[Path]:
    with Plugins.load(PluginSettings(), home) as plugins:
        known = {kind.name: kind.starter for kind in plugins.connector_types() if kind.starter is not None}
    for name in sources:
        if name not in known:
            raise ConfigurationError(
                unknown_name("connector type", name, known), hint="Install its connector, or name another"
            )
    return [known[name] for name in dict.fromkeys(sources)]


def _beside(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != _ENTRY:
            yield path.relative_to(folder), path.read_text(encoding="utf-8")


def _write(path: Path, text: str) -> bool:
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True
