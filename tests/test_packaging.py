"""Each distribution declares what it imports, and holds what a distribution must hold."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "gates"))
from tree import Distribution, distributions

FOUND = distributions()
OWN = {item.module: item.name for item in FOUND}


def imported_modules(folder: Path) -> Iterator[str]:
    """Top-level names of everything that the Python files of a folder import."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0]


def declared_names(requirements: tuple[str, ...]) -> set[str]:
    return {re.split(r"[ \[<>=~!;]", text)[0].lower().replace("_", "-") for text in requirements}


@pytest.mark.parametrize("item", FOUND, ids=lambda item: item.name)
def test_every_import_is_declared_by_its_own_distribution(item: Distribution) -> None:
    providers = importlib.metadata.packages_distributions()
    allowed = declared_names(item.requires)
    source = item.source / item.module
    undeclared = set()
    for module in set(imported_modules(source)) - {item.module} - set(sys.stdlib_module_names):
        names = {OWN[module]} if module in OWN else set(providers.get(module, [module]))
        kit_only = module == "pytest" and "pytest>=9" in item.extras
        if not {name.lower().replace("_", "-") for name in names} & allowed and not kit_only:
            undeclared.add(module)

    assert undeclared == set()


@pytest.mark.parametrize("item", FOUND, ids=lambda item: item.name)
def test_every_distribution_holds_licence_readme_types_and_tests(item: Distribution) -> None:
    wanted = ["LICENSE", "README.md", "tests", f"src/{item.module}/py.typed"]

    assert [name for name in wanted if not (item.folder / name).exists()] == []


@pytest.mark.parametrize("item", FOUND, ids=lambda item: item.name)
def test_no_tests_folder_is_a_package(item: Distribution) -> None:
    assert list((item.folder / "tests").rglob("__init__.py")) == []
