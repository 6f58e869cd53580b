"""Start an installation: settings, policy folder and plugins folder, written for people to change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from textwrap import indent

from detente_contracts import ConfigurationError, PluginSettings, unknown_name

from detente.engine.fixture import read_portfolio, tables
from detente.engine.plugins import Plugins
from detente.new_files import write_file
from detente.settings import FILE

_ENTRY = "connector.yaml"


def start_installation(home: Path, *, organisation: str, sources: Sequence[str]) -> list[Path]:
    """Write what is missing and return it; nothing that stands is touched.

    `sources` are connector types by name; each brings its own entry of the settings.

    Raises: ConfigurationError when settings stand already, or for a type that nobody offers.
    """
    _refuse_standing(home)
    starters = _starters(home, sources)
    entries = [indent((folder / _ENTRY).read_text(encoding="utf-8"), "  ") for folder in starters]
    beside = {name: text for folder in starters for name, text in _beside(folder)}
    return _write_all(home, _settings("settings.yaml", organisation) + "\n".join(entries), beside)


def start_fixture(home: Path) -> list[Path]:
    """As `start_installation`, on the fixture portfolio: three invented CRMs as folders of CSV files.

    Raises: ConfigurationError when settings stand already.
    """
    _refuse_standing(home)
    exported = {Path("export") / name: text for name, text in tables(read_portfolio()).items()}
    return _write_all(home, _settings("fixture.yaml", "Fixture Ltd"), exported)


def _refuse_standing(home: Path) -> None:
    if (home / FILE).exists():
        raise ConfigurationError(f"{home / FILE} stands already", hint="Edit it, or choose another folder")


def _settings(template: str, organisation: str) -> str:
    return _template(template).replace("ORGANISATION", json.dumps(organisation, ensure_ascii=False))


def _template(name: str) -> str:
    return (files("detente.engine") / "templates" / name).read_text(encoding="utf-8")


def _write_all(home: Path, settings: str, beside: Mapping[Path, str]) -> list[Path]:
    texts = {
        Path(FILE): settings,
        Path("policy/README.md"): _template("policy.md"),
        Path("policy/people.yaml"): _template("people.yaml"),
        Path("plugins/README.md"): _template("plugins.md"),
        **beside,
    }
    return [home / path for path, text in texts.items() if _write(home / path, text)]


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
    write_file(path, text)
    return True
