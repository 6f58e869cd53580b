"""An installation with plugins as real files, and what they have in common."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from detente.engine.plugins import Plugins
from detente_contracts import PluginSettings

HEAD = """
    from detente_contracts import *
    from detente_contracts import hookimpl
"""


class Installation:
    """A folder with a plugins folder, and a place where distributions are installed."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.site = base / "site"
        self.site.mkdir()
        self._opened: list[Plugins] = []
        self._installed: list[str] = []
        self._disabled = tuple({point.name for point in metadata.entry_points(group="detente")})

    def file(self, name: str, code: str) -> Path:
        """Drop `name`.py into the plugins folder; the contract's names are imported."""
        path = self.base / "plugins" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(HEAD) + textwrap.dedent(code), encoding="utf-8")
        return path

    def folder(self, name: str, **files: str) -> Path:
        """Drop a folder of YAML files into the plugins folder."""
        path = self.base / "plugins" / name
        path.mkdir(parents=True)
        for stem, text in files.items():
            (path / f"{stem}.yaml").write_text(text, encoding="utf-8")
        return path

    def install(self, distribution: str, name: str, code: str, version: str = "1.2") -> Path:
        """Install a distribution of one module that is the plugin `name`."""
        self._installed.append(distribution)
        module = f"installed_{name}"
        path = self.site / f"{module}.py"
        path.write_text(textwrap.dedent(HEAD) + textwrap.dedent(code), encoding="utf-8")
        info = self.site / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[detente]\n{name} = {module}\n")
        return path

    def load(
        self,
        *,
        in_process: tuple[str, ...] | None = None,
        disabled: tuple[str, ...] = (),
        timeout_s: float = 30.0,
    ) -> Plugins:
        """Load everything that was dropped and installed; closed when the test ends.

        Every installed distribution is allowed in process unless `in_process` names those that are.
        """
        importlib.invalidate_caches()
        plugins = Plugins.load(self.settings(in_process, disabled, timeout_s), self.base)
        self._opened.append(plugins)
        return plugins

    def settings(
        self,
        in_process: tuple[str, ...] | None = None,
        disabled: tuple[str, ...] = (),
        timeout_s: float = 30.0,
    ) -> PluginSettings:
        """Settings under which only what the test made is loaded."""
        allowed = tuple(self._installed) if in_process is None else in_process
        return PluginSettings(in_process=allowed, disabled=(*self._disabled, *disabled), timeout_s=timeout_s)

    def close(self) -> None:
        """End plugin hosts and forget imported modules."""
        for plugins in self._opened:
            plugins.close()
        for name in [name for name in sys.modules if name.startswith("installed_")]:
            del sys.modules[name]


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    made = Installation(tmp_path)
    monkeypatch.syspath_prepend(str(made.site))
    yield made
    made.close()
