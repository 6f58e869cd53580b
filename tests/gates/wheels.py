"""`make wheels`: build every distribution, install elsewhere, and run the demo from the wheels alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

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


def main() -> int:
    """Build, install, run the demo; its exit code."""
    wheels = build()
    sys.stdout.write("\n".join(wheel.name for wheel in wheels) + "\n")
    detente = install(wheels)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    demo = [str(detente), "demo", "--companies", "200", "--tickets", "1000", "--folder", "demo"]
    return subprocess.run(demo, cwd=ELSEWHERE, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
