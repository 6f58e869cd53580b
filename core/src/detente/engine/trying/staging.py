"""A place where copies of plugins are laid out, so that one is loaded without being installed."""

from __future__ import annotations

import importlib
import shutil
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from detente_contracts import PROJECT, PluginSettings

from detente.engine.plugins.sources import canonical_name
from detente.engine.trying.candidate import Candidate

_LEFT_OUT = shutil.ignore_patterns("__pycache__")


class Staging:
    """A plugins folder and a place on the import path. Plugin hosts that start while it is open find both."""

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="detente-try-")
        self._plugins = Path(self._home.name) / "plugins"
        self._site = Path(self._home.name) / "site"

    def __enter__(self) -> Self:
        self._site.mkdir()
        sys.path.insert(0, str(self._site))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.path.remove(str(self._site))
        self._home.cleanup()

    def place(self, candidate: Candidate | None, plugins: PluginSettings, home: Path) -> PluginSettings:
        """Lay out copies of the dropped plugins and of the candidate as they are; settings that load them.

        A candidate that is copied runs in the plugin host, even where its name is trusted.
        """
        self._clear()
        _copy_dropped(home / plugins.folder, self._plugins)
        changed: dict[str, object] = {"folder": self._plugins}
        if candidate is not None:
            named = [item for item in plugins.disabled if item not in candidate.names]
            changed["disabled"] = tuple(named)
            if candidate.path is not None:
                self._lay_out(candidate, candidate.path)
                own = canonical_name(candidate.distribution)
                changed["in_process"] = tuple(
                    item for item in plugins.in_process if canonical_name(item) != own
                )
        importlib.invalidate_caches()
        return plugins.model_copy(update=changed)

    def _clear(self) -> None:
        shutil.rmtree(self._plugins, ignore_errors=True)
        for path in self._site.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _lay_out(self, candidate: Candidate, path: Path) -> None:
        if candidate.distribution:
            _install(candidate, path, self._site)
        elif path.is_dir():
            shutil.copytree(path, self._plugins / path.name, ignore=_LEFT_OUT, dirs_exist_ok=True)
        else:
            shutil.copyfile(path, self._plugins / path.name)


def _copy_dropped(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=_LEFT_OUT, ignore_dangling_symlinks=True)
    else:
        target.mkdir()


def _install(candidate: Candidate, path: Path, site: Path) -> None:
    """Lay a distribution out as an installer would: its packages, and the metadata by which it is found."""
    shutil.copytree(path / "src", site, ignore=_LEFT_OUT, dirs_exist_ok=True)
    told = site / "tried-0.dist-info"
    told.mkdir()
    name = f"Metadata-Version: 2.1\nName: {candidate.distribution}\nVersion: 0\n"
    (told / "METADATA").write_text(name, encoding="utf-8")
    lines = [f"[{PROJECT}]", *(f"{key} = {value}" for key, value in candidate.points), ""]
    (told / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
