"""Where plugins come from: entry points of distributions, files and policy folders that were dropped."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from detente_contracts import PROJECT, ConfigurationError, PluginSettings, unknown_name

from detente.engine.plugins.failures import LOADING, Failures

RESERVED = "detente-"
"""How names of Detente's own distributions begin. It proves nothing: anybody can call a distribution so."""

STOCK = frozenset(
    {
        "detente-detectors",
        "detente-escalation",
        "detente-files",
        "detente-hubspot",
        "detente-links",
        "detente-renewal-watch",
        "detente-rubric-b2b",
        "detente-salesforce",
        "detente-signals",
        "detente-zendesk",
    }
)
"""Detente's own distributions with plugins, by canonical name: they run in Detente's own process."""


class Origin(StrEnum):
    """What a plugin is shipped as."""

    ENTRY_POINT = "entry point"
    FILE = "file"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Source:
    """One plugin that was found and not yet loaded.

    `target` is what to import, or the path of a file or folder. The version of a file or folder is a digest
    of its content. `in_process`: it may run in Detente's own process.
    """

    name: str
    origin: Origin
    target: str
    version: str
    in_process: bool = False


def find_sources(settings: PluginSettings, base: Path, failures: Failures) -> list[Source]:
    """All plugins in their lasting order: entry points by name, then dropped files and folders by name.

    What cannot be read, and the later of two of one name, is recorded as a failure and left out.

    Raises: ConfigurationError when `disabled` names a plugin that does not exist.
    """
    found = [*_installed(settings, failures), *_dropped(base / settings.folder, failures)]
    _require_known(settings.disabled, found)
    kept: dict[str, Source] = {}
    for source in found:
        if source.name in settings.disabled:
            continue
        if source.name in kept:
            other = kept[source.name]
            failures.refuse(
                source.name, LOADING, f"{source.target} has the name of {other.target}, which stands"
            )
            continue
        kept[source.name] = source
    return list(kept.values())


def _require_known(disabled: Iterable[str], found: Iterable[Source]) -> None:
    names = {source.name for source in found}
    for name in disabled:
        if name not in names:
            raise ConfigurationError(
                f"plugins.disabled: {unknown_name('plugin', name, names)}",
                hint="Correct or remove the name in detente.yaml",
            )


def _installed(settings: PluginSettings, failures: Failures) -> list[Source]:
    trusted = {canonical_name(name) for name in settings.in_process}
    sources: list[tuple[str, Source]] = []
    seen: set[str] = set()
    for distribution in metadata.distributions():
        try:
            points = tuple(distribution.entry_points.select(group=PROJECT))
            name = canonical_name(distribution.name) if points else ""
            version = distribution.version if points else ""
        except Exception as error:  # noqa: BLE001 - one broken distribution must not cost the others
            failures.refuse(_folder_of(distribution), LOADING, f"unreadable metadata: {type(error).__name__}")
            continue
        if not points or name in seen:
            continue
        seen.add(name)
        in_process = name in STOCK or name in trusted
        sources += [
            (name, Source(point.name, Origin.ENTRY_POINT, point.value, version, in_process))
            for point in points
        ]
    return [source for _, source in sorted(sources, key=lambda item: (item[1].name, item[0]))]


def _folder_of(distribution: metadata.Distribution) -> str:
    # Only a distribution on disk has a folder to be named by, and only its reader knows it.
    return Path(str(getattr(distribution, "_path", "a distribution"))).name


def canonical_name(name: str) -> str:
    """A distribution's name as indexes compare it. Source: PyPA, Name normalization."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _dropped(folder: Path, failures: Failures) -> Iterator[Source]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir(), key=lambda item: (item.stem, item.name)):
        if path.name.startswith((".", "_")):
            continue
        if path.is_dir():
            yield from _policy(path, failures)
        elif path.suffix == ".py":
            yield Source(path.stem, Origin.FILE, str(path.resolve()), _digest([path]))


def _policy(folder: Path, failures: Failures) -> Iterator[Source]:
    files = sorted(folder.glob("*.yaml"))
    if files:
        yield Source(folder.name, Origin.POLICY, str(folder.resolve()), _digest(files))
    elif (folder / "__init__.py").exists() or any(folder.glob("*.yml")):
        failures.refuse(
            folder.name,
            LOADING,
            "the folder holds no *.yaml; drop one .py file, a folder of *.yaml, or install a distribution",
        )


def _digest(files: Iterable[Path]) -> str:
    content = hashlib.sha256()
    for path in files:
        content.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"sha256:{content.hexdigest()[:12]}"
