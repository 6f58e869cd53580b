"""Write the locks anew from what the distributions declare and judges.in says: hashes, no addresses."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from bootstrap import ROOT, own_distributions

HERE = Path(__file__).resolve().parent
BUILD = "flit_core>=3.12,<5"


def declared(extras: bool) -> list[str]:
    """Requirements of all distributions, without our own ones; with their optional ones if asked."""
    wanted = {BUILD}
    for folder in own_distributions():
        project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
        wanted.update(project.get("dependencies", []))
        if extras:
            wanted.update(
                item for group in project.get("optional-dependencies", {}).values() for item in group
            )
    return sorted(item for item in wanted if not item.startswith("detente"))


def compile_lock(name: str, *constraints: str) -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--upgrade"]
    command += ["--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header"]
    command += ["--no-annotate", "--output-file", f"requirements/{name}.lock", f"requirements/{name}.in"]
    subprocess.run([*command, *constraints], check=True, cwd=ROOT)


def main() -> None:
    note = "# Gathered from the distributions' pyproject.toml by `make lock`.\n"
    (HERE / "run.in").write_text(note + "\n".join(declared(extras=False)) + "\n")
    tools = (HERE / "tools.in").read_text()
    (HERE / "dev.in").write_text(note + "\n".join(declared(extras=True)) + "\n" + tools)
    compile_lock("run")
    compile_lock("dev", "--constraint", "requirements/run.lock")
    compile_lock("judges")


if __name__ == "__main__":
    main()
