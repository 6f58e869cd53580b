"""Write import-linter's file from the tree, so that a new plugin touches nothing outside itself."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tree import Distribution, distributions

CORE_LAYERS = ("detente.cli", "detente.web", "detente.engine", "detente.store")


class Rule(NamedTuple):
    """One contract of import-linter: its type, and its lists of modules by key."""

    name: str
    type: str
    lists: dict[str, list[str]]


def rules(found: list[Distribution]) -> list[Rule]:
    """The contracts of the design, over whatever distributions stand in the tree."""
    by_group: dict[str, list[str]] = {}
    for item in found:
        by_group.setdefault(item.group, []).append(item.module)
    kit = [name for name in by_group["connectors"] if name.endswith("_kit")]
    connectors = [name for name in by_group["connectors"] if name not in kit]
    contracts, plugins, sandbox = by_group["contracts"], by_group["plugins"], by_group["sandbox"]
    outside = [*contracts, *kit, *connectors, *plugins]
    return [
        _forbidden("nothing imports core", outside, ["detente"]),
        _forbidden("contracts import nothing of Detente", contracts, [*kit, *connectors, *plugins]),
        _forbidden("the kit imports contracts only", kit, [*connectors, *plugins]),
        _forbidden("plugins import contracts only", plugins, kit),
        Rule(
            "connectors and plugins never import each other",
            "independence",
            {"modules": [*connectors, *plugins]},
        ),
        Rule("inside core", "layers", {"layers": list(CORE_LAYERS)}),
        _forbidden("core imports no connector and no plugin", ["detente"], [*kit, *connectors, *plugins]),
        _forbidden("the sandbox imports nothing of Detente", sandbox, [*outside, "detente"]),
        _forbidden("nothing imports the sandbox", [*outside, "detente"], sandbox),
        _forbidden("contracts know neither frames nor store", contracts, ["polars", "sqlalchemy", "dbos"]),
    ]


def _forbidden(name: str, sources: list[str], targets: list[str]) -> Rule:
    return Rule(name, "forbidden", {"source_modules": sources, "forbidden_modules": targets})


def write(path: Path) -> None:
    """Write the rules as an ini file that import-linter reads."""
    found = distributions()
    lines = ["[importlinter]", "root_packages ="]
    lines += [f"    {item.module}" for item in found]
    lines += ["include_external_packages = True", ""]
    for number, rule in enumerate(rules(found)):
        lines += [f"[importlinter:contract:{number}]", f"name = {rule.name}", f"type = {rule.type}"]
        for key, names in rule.lists.items():
            lines += [f"{key} =", *(f"    {name}" for name in names)]
        lines.append("")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
