"""The tree as it stands: its distributions, their import names and what each declares."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Distribution:
    """One distribution of the tree. `group` is the folder it lies in: core, plugins, connectors …

    `holds_plugins`: it has an entry point by which Detente finds a plugin.
    """

    folder: Path
    group: str
    name: str
    module: str
    requires: tuple[str, ...]
    extras: tuple[str, ...]
    holds_plugins: bool

    @property
    def source(self) -> Path:
        """The folder that goes on the path."""
        return self.folder / "src"


def distributions() -> list[Distribution]:
    """Every distribution, by folder."""
    found = sorted([*ROOT.glob("*/pyproject.toml"), *ROOT.glob("*/*/pyproject.toml")])
    return [_read(path) for path in found]


def _read(path: Path) -> Distribution:
    project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    modules = [item.name for item in (path.parent / "src").iterdir() if (item / "__init__.py").exists()]
    extras = [item for group in project.get("optional-dependencies", {}).values() for item in group]
    return Distribution(
        folder=path.parent,
        group=path.relative_to(ROOT).parts[0],
        name=project["name"],
        module=modules[0],
        requires=tuple(project.get("dependencies", ())),
        extras=tuple(extras),
        holds_plugins="detente" in project.get("entry-points", {}),
    )


def python_files(*, tests: bool) -> list[Path]:
    """Python files of the tree that are ours, with or without tests; migrations are history and left out."""
    own = [item for item in ROOT.rglob("*.py") if not any(part.startswith(".") for part in item.parts)]
    own = [item for item in own if "migrations" not in item.parts]
    return sorted(item for item in own if tests or "tests" not in item.relative_to(ROOT).parts)
