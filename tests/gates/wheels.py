"""`make wheels`: build every distribution; demo and tutorial pass elsewhere, from the wheels alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from isolated import constraints
from tree import ROOT, distributions

WHEELS = ROOT / "dist"
ELSEWHERE = ROOT / ".build" / "wheels"


def build() -> list[Path]:
    """A wheel of every distribution, in `dist`."""
    shutil.rmtree(WHEELS, ignore_errors=True)
    folders = [str(item.folder) for item in distributions()]
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(WHEELS), *folders], check=True)
    return sorted(WHEELS.glob("*.whl"))


def install(wheels: list[Path]) -> Path:
    """A new environment with the locked dependencies and the wheels, and nothing from the checkout."""
    shutil.rmtree(ELSEWHERE, ignore_errors=True)
    venv.create(ELSEWHERE, with_pip=True)
    python = ELSEWHERE / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "requirements" / "run.lock")], check=True)
    subprocess.run([*pip, "--no-deps", *map(str, wheels)], check=True)
    return ELSEWHERE / "bin" / "detente"


def run(*words: str | Path) -> int:
    """The exit code of a command there, with nothing inherited that could lead back to the checkout."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run([str(word) for word in words], cwd=ELSEWHERE, env=environment).returncode


def follow_tutorial() -> int:
    """Do every step of the tutorial in a new folder, with pytest in the version of the lock."""
    python, pins = ELSEWHERE / "bin" / "python", constraints(ELSEWHERE)
    wanted = run(python, "-m", "pip", "install", "--quiet", "--constraint", pins, "pytest")
    page = ROOT / "docs" / "first-plugin.md"
    return wanted or run(python, "-P", Path(__file__).with_name("following.py"), page, ELSEWHERE / "tutorial")


def main() -> int:
    """Build, install, run the demo, follow the tutorial; 1 when either fails."""
    wheels = build()
    sys.stdout.write("\n".join(wheel.name for wheel in wheels) + "\n")
    sys.stdout.flush()
    detente = install(wheels)
    demo = run(detente, "demo", "--organisations", "300", "--tickets", "1000", "--folder", "demo")
    return 1 if demo or follow_tutorial() else 0


if __name__ == "__main__":
    sys.exit(main())
