"""A plugin to look at: a file, a distribution's folder, a folder of policy, or one that stands already."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from detente_contracts import PROJECT, ConfigurationError, PluginSettings, unknown_name

from detente.engine.plugins.failures import Failures
from detente.engine.plugins.sources import RESERVED, canonical_name, find_sources

PROJECT_FILE = "pyproject.toml"
_WANTED = f"Give a .py file, a folder of *.yaml, or one with {PROJECT_FILE} and src (`detente new plugin`)"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plugin, or the several of one distribution, by name. Without `path` it stands in its place already.

    `points` are a distribution's entry points; without `distribution` it is a file or a folder of policy.
    """

    names: tuple[str, ...]
    path: Path | None = None
    distribution: str = ""
    points: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """What people call it."""
        return self.distribution or ", ".join(self.names)


def find_candidate(text: str, plugins: PluginSettings, home: Path) -> Candidate:
    """The plugin at the path `text`, else the one of that name that is installed or dropped.

    Raises: ConfigurationError when there is neither.
    """
    path = Path(text)
    if path.exists() or path.suffix == ".py" or len(path.parts) > 1:
        return read_candidate(path)
    return _standing(text, plugins, home)


def is_plugin(folder: Path) -> bool:
    """Whether the folder is a distribution's, as `detente new plugin` writes it."""
    return (folder / PROJECT_FILE).is_file() and (folder / "src").is_dir()


def read_candidate(path: Path) -> Candidate:
    """The plugin at `path`.

    Raises: ConfigurationError when there is none that could be loaded.
    """
    path = path.resolve()
    if path.is_file() and path.suffix == ".py":
        if path.name.startswith((".", "_")):
            raise ConfigurationError(f"{path.name} would be passed over", hint="Begin its name with a letter")
        return Candidate((path.stem,), path)
    if is_plugin(path):
        return _distribution(path)
    if path.is_dir() and any(path.glob("*.yaml")) and not (path / PROJECT_FILE).exists():
        return Candidate((path.name,), path)
    raise ConfigurationError(f"{path} holds no plugin", hint=_WANTED)


def without(candidate: Candidate, plugins: PluginSettings, home: Path) -> PluginSettings:
    """The settings with every plugin of the candidate's names disabled."""
    standing = _names(plugins, home)
    doubles = [name for name in candidate.names if name in standing and name not in plugins.disabled]
    return plugins.model_copy(update={"disabled": (*plugins.disabled, *doubles)})


def _names(plugins: PluginSettings, home: Path) -> set[str]:
    """Names of all plugins that stand, those that the settings disable among them."""
    everything = plugins.model_copy(update={"disabled": ()})
    return {source.name for source in find_sources(everything, home, Failures())}


def _standing(name: str, plugins: PluginSettings, home: Path) -> Candidate:
    installed = _points_by_distribution()
    if points := installed.get(canonical_name(name)):
        return Candidate(points, distribution=canonical_name(name))
    names = _names(plugins, home)
    if name in names:
        return Candidate((name,))
    raise ConfigurationError(
        unknown_name("plugin", name, names), hint=f"{_WANTED}, or the name of one that stands"
    )


def _points_by_distribution() -> dict[str, tuple[str, ...]]:
    """Names of entry points by distribution."""
    found: dict[str, tuple[str, ...]] = {}
    for point in metadata.entry_points(group=PROJECT):
        if point.dist is not None:
            name = canonical_name(point.dist.name)
            found[name] = tuple(sorted({*found.get(name, ()), point.name}))
    return found


def _distribution(path: Path) -> Candidate:
    where = path / PROJECT_FILE
    try:
        project = _table(tomllib.loads(where.read_text(encoding="utf-8")), "project")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{where}: {error}", hint="Correct the file") from None
    name = str(project.get("name", ""))
    points = _table(_table(project, "entry-points"), PROJECT)
    if not name or not points:
        raise ConfigurationError(f"{where}: no name, or no entry point in the group {PROJECT}", hint=_WANTED)
    if canonical_name(name).startswith(RESERVED):
        hint = "Begin with your organisation's name, such as acme-style"
        raise ConfigurationError(f"{where}: names that begin with {RESERVED} are Detente's own", hint=hint)
    return Candidate(tuple(points), path, name, tuple((key, str(value)) for key, value in points.items()))


def _table(of: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = of.get(key)
    return value if isinstance(value, dict) else {}
