"""Each distribution declares what it imports, and holds what a distribution must hold."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from detente.engine.plugins.sources import STOCK

sys.path.insert(0, str(Path(__file__).parent / "gates"))
from tree import Distribution, distributions

FOUND = distributions()
OWN = {item.module: item.name for item in FOUND}

NOT_IMPORTED = {"tzdata": "the zones of zoneinfo, where the system has none"}
"""Requirements that nothing imports, each with what it is for."""


def imported_modules(folder: Path, *, kit: bool) -> Iterator[str]:
    """Top-level names of what a folder imports: its conformance kit for tests, or all the rest."""
    for path in folder.rglob("*.py"):
        if ("testing" in path.relative_to(folder).parts) != kit:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0]


def declared_names(requirements: tuple[str, ...]) -> set[str]:
    return {re.split(r"[ \[<>=~!;]", text)[0].lower().replace("_", "-") for text in requirements}


def providers_of_imports(item: Distribution, *, kit: bool) -> dict[str, set[str]]:
    """Each foreign module that a distribution imports, with the distributions that provide it."""
    providers = importlib.metadata.packages_distributions()
    modules = set(imported_modules(item.source / item.module, kit=kit))
    foreign = modules - {item.module} - set(sys.stdlib_module_names)
    found = {
        module: [OWN[module]] if module in OWN else providers.get(module, [module]) for module in foreign
    }
    return {module: declared_names(tuple(names)) for module, names in found.items()}


def undeclared(item: Distribution, *, kit: bool) -> set[str]:
    """What a distribution imports without declaring it; the kit may use the extras too."""
    allowed = declared_names((*item.requires, *item.extras) if kit else item.requires)
    return {module for module, names in providers_of_imports(item, kit=kit).items() if not names & allowed}


def unused(item: Distribution) -> set[str]:
    """What a distribution declares and neither imports nor has a stated reason for."""
    imported = [names for kit in (False, True) for names in providers_of_imports(item, kit=kit).values()]
    return declared_names(item.requires) - set().union(*imported) - NOT_IMPORTED.keys()


@pytest.mark.parametrize("item", FOUND, ids=lambda item: item.name)
def test_every_import_is_declared_by_its_own_distribution(item: Distribution) -> None:
    assert undeclared(item, kit=False) == set()
    assert undeclared(item, kit=True) == set()


@pytest.mark.parametrize("item", FOUND, ids=lambda item: item.name)
def test_every_requirement_is_imported_by_its_own_distribution(item: Distribution) -> None:
    assert unused(item) == set()


def test_the_stock_distributions_of_core_are_those_of_the_tree_that_hold_plugins() -> None:
    assert {item.name for item in FOUND if item.holds_plugins} == STOCK


@pytest.mark.parametrize("item", FOUND, ids=lambda item: item.name)
def test_every_distribution_holds_licence_readme_types_and_tests(item: Distribution) -> None:
    wanted = ["LICENSE", "README.md", "tests", f"src/{item.module}/py.typed"]

    assert [name for name in wanted if not (item.folder / name).exists()] == []


@pytest.mark.parametrize("item", FOUND, ids=lambda item: item.name)
def test_no_tests_folder_is_a_package(item: Distribution) -> None:
    assert list((item.folder / "tests").rglob("__init__.py")) == []
