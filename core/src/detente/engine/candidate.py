"""A plugin that is not in place yet: the settings without it, and settings under which it is loaded."""

from __future__ import annotations

import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from detente_contracts import PROJECT, ConfigurationError, PluginSettings

from detente.engine.plugins.failures import Failures
from detente.engine.plugins.sources import STOCK, canonical_name, find_sources

_PROJECT_FILE = "pyproject.toml"
_WANTED = f"Give a .py file, or a folder with {_PROJECT_FILE} and src as `detente new plugin` writes it"
_LEFT_OUT = shutil.ignore_patterns("__pycache__")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plugin at `path`. `points` are a distribution's entry points; without `distribution` it is a file."""

    path: Path
    names: tuple[str, ...]
    distribution: str = ""
    points: tuple[tuple[str, str], ...] = ()


def read_candidate(path: Path) -> Candidate:
    """The plugin at `path`.

    Raises: ConfigurationError when there is none that could be loaded.
    """
    if path.is_file() and path.suffix == ".py":
        if path.name.startswith((".", "_")):
            raise ConfigurationError(f"{path.name} would be passed over", hint="Begin its name with a letter")
        return Candidate(path, (path.stem,))
    if (path / _PROJECT_FILE).is_file() and (path / "src").is_dir():
        return _distribution(path)
    raise ConfigurationError(f"{path} holds no plugin", hint=_WANTED)


def without(candidate: Candidate, plugins: PluginSettings, home: Path) -> PluginSettings:
    """The settings with every plugin of the candidate's names disabled."""
    everything = plugins.model_copy(update={"disabled": ()})
    standing = {source.name for source in find_sources(everything, home, Failures())}
    doubles = [name for name in candidate.names if name in standing and name not in plugins.disabled]
    return plugins.model_copy(update={"disabled": (*plugins.disabled, *doubles)})


@contextmanager
def in_place(candidate: Candidate, plugins: PluginSettings, home: Path) -> Iterator[PluginSettings]:
    """Settings under which copies of the dropped plugins and of the candidate are loaded, until left.

    The candidate runs in the plugin host, even where its name is trusted.
    """
    with tempfile.TemporaryDirectory(prefix="detente-try-") as name:
        folder, site = Path(name) / "plugins", Path(name) / "site"
        _copy_dropped(home / plugins.folder, folder)
        site.mkdir()
        if candidate.distribution:
            _lay_out(candidate, site)
        else:
            shutil.copyfile(candidate.path, folder / candidate.path.name)
        own = canonical_name(candidate.distribution)
        # Found there by the plugin host too, which is started with this process's path.
        sys.path.insert(0, str(site))
        try:
            yield plugins.model_copy(
                update={
                    "folder": folder,
                    "disabled": tuple(item for item in plugins.disabled if item not in candidate.names),
                    "in_process": tuple(item for item in plugins.in_process if canonical_name(item) != own),
                }
            )
        finally:
            sys.path.remove(str(site))


def _distribution(path: Path) -> Candidate:
    where = path / _PROJECT_FILE
    try:
        project = _table(tomllib.loads(where.read_text(encoding="utf-8")), "project")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{where}: {error}", hint="Correct the file") from None
    name = str(project.get("name", ""))
    points = _table(_table(project, "entry-points"), PROJECT)
    if not name or not points:
        raise ConfigurationError(f"{where}: no name, or no entry point in the group {PROJECT}", hint=_WANTED)
    if canonical_name(name).startswith(STOCK):
        hint = "Begin with your organisation's name, such as acme-style"
        raise ConfigurationError(f"{where}: names that begin with {STOCK} are Detente's own", hint=hint)
    return Candidate(path, tuple(points), name, tuple((key, str(value)) for key, value in points.items()))


def _table(of: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = of.get(key)
    return value if isinstance(value, dict) else {}


def _copy_dropped(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=_LEFT_OUT, ignore_dangling_symlinks=True)
    else:
        target.mkdir()


def _lay_out(candidate: Candidate, site: Path) -> None:
    """Lay a distribution out as an installer would: its packages, and the metadata by which it is found."""
    shutil.copytree(candidate.path / "src", site, ignore=_LEFT_OUT, dirs_exist_ok=True)
    told = site / "tried-0.dist-info"
    told.mkdir()
    name = f"Metadata-Version: 2.1\nName: {candidate.distribution}\nVersion: 0\n"
    (told / "METADATA").write_text(name, encoding="utf-8")
    lines = [f"[{PROJECT}]", *(f"{key} = {value}" for key, value in candidate.points), ""]
    (told / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
