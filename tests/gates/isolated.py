"""`make isolated`: each distribution's tests in an environment of its own, with only what it declares.

Versions are those of the lock. Own distributions that it declares are installed from the checkout.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

from tree import ROOT, Distribution, distributions

BUILD = ROOT / ".build" / "isolated"
_PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


def constraints(folder: Path) -> Path:
    """The lock's versions without hashes, as a file of constraints in `folder`."""
    pins = _PIN.findall((ROOT / "requirements" / "dev.lock").read_text(encoding="utf-8"))
    path = folder / "constraints.txt"
    path.write_text("\n".join(f"{name}=={version}" for name, version in pins) + "\n")
    return path


def needed(item: Distribution, known: dict[str, Distribution]) -> tuple[list[Path], list[str]]:
    """Own folders and foreign requirements of one distribution, its test extras included."""
    folders, foreign, waiting = [item.folder], set(), [*item.requires, *item.extras]
    while waiting:
        text = waiting.pop()
        name = re.split(r"[ \[<>=~!;]", text)[0]
        own = known.get(name)
        if own is None:
            foreign.add(text)
        elif own.folder not in folders:
            folders.append(own.folder)
            waiting += [*own.requires, *(own.extras if "[testing]" in text else ())]
    return folders, sorted(foreign)


def test_alone(item: Distribution, known: dict[str, Distribution], pins: Path) -> bool:
    """Whether the tests of one distribution pass in an environment of its own."""
    home = BUILD / item.name
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
    folders, foreign = needed(item, known)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--constraint", str(pins)]
    subprocess.run([*pip, "flit_core", "pytest", "pytest-timeout", *foreign], check=True)
    own = [part for folder in folders for part in ("--editable", str(folder))]
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", *own], check=True)
    tests = [
        str(python),
        "-m",
        "pytest",
        str(item.folder / "tests"),
        "-m",
        "not soak",
        "-p",
        "no:cacheprovider",
    ]
    return subprocess.run(tests, cwd=ROOT, env={**os.environ, "DETENTE_ALONE": "1"}).returncode == 0


def main() -> int:
    """Test every distribution, or those named; 1 when any failed."""
    BUILD.mkdir(parents=True, exist_ok=True)
    known = {item.name: item for item in distributions()}
    pins = constraints(BUILD)
    wanted = sys.argv[1:] or list(known)
    failed = []
    for name in wanted:
        sys.stdout.write(f"== {name}\n")
        sys.stdout.flush()
        if (known[name].folder / "tests").exists() and not test_alone(known[name], known, pins):
            failed.append(name)
    sys.stdout.write(f"{len(wanted) - len(failed)} passed, {len(failed)} failed {' '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
