"""Write import-linter's file from the tree, so that a new plugin touches nothing outside itself."""

from __future__ import annotations

from pathlib import Path

from tree import Distribution, distributions

CORE_LAYERS = ("detente.cli", "detente.web", "detente.engine", "detente.store")


def rules(found: list[Distribution]) -> list[dict[str, object]]:
    """The contracts of the design, over whatever distributions stand in the tree."""
    by_group: dict[str, list[str]] = {}
    for item in found:
        by_group.setdefault(item.group, []).append(item.module)
    kit = [name for name in by_group["connectors"] if name.endswith("_kit")]
    connectors = [name for name in by_group["connectors"] if name not in kit]
    plugins = by_group["plugins"]
    outside = [*by_group["contracts"], *kit, *connectors, *plugins]
    everything = [*outside, "detente"]
    made = [
        _forbidden("nothing imports core", outside, ["detente"]),
        _forbidden(
            "contracts import nothing of Detente", by_group["contracts"], [*kit, *connectors, *plugins]
        ),
        _forbidden("the kit imports contracts only", kit, [*connectors, *plugins]),
        _forbidden("plugins import contracts only", plugins, [*kit, *connectors]),
        _forbidden("connectors import no plugin", connectors, plugins),
        {
            "name": "connectors and plugins never import each other",
            "type": "independence",
            "modules": [*connectors, *plugins],
        },
        {"name": "inside core", "type": "layers", "layers": list(CORE_LAYERS)},
        _forbidden("core imports no connector and no plugin", ["detente"], [*kit, *connectors, *plugins]),
        _forbidden("the sandbox imports nothing of Detente", by_group["sandbox"], everything),
        _forbidden("nothing imports the sandbox", everything, by_group["sandbox"]),
        _forbidden(
            "contracts know neither frames nor store",
            by_group["contracts"],
            ["polars", "sqlalchemy", "dbos"],
        ),
    ]
    return [item for item in made if item.get("source_modules", True) and item.get("forbidden_modules", True)]


def _forbidden(name: str, sources: list[str], targets: list[str]) -> dict[str, object]:
    return {"name": name, "type": "forbidden", "source_modules": sources, "forbidden_modules": targets}


def write(path: Path) -> None:
    """Write the rules as an ini file that import-linter reads."""
    found = distributions()
    lines = ["[importlinter]", "root_packages ="]
    lines += [f"    {item.module}" for item in found]
    lines += ["include_external_packages = True", ""]
    for number, rule in enumerate(rules(found)):
        lines.append(f"[importlinter:contract:{number}]")
        for key, value in rule.items():
            lines += (
                [f"{key} ="] + [f"    {item}" for item in value]
                if isinstance(value, list)
                else [f"{key} = {value}"]
            )
        lines.append("")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
