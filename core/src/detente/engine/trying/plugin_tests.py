"""Run a plugin's own tests where they lie, without installing it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_OPTIONS = ("--verbosity=-1", "--no-header", "--tb=short", "--color=no", "-p", "no:cacheprovider")
_SHOWN = 30
_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Tested:
    """How the tests went: pytest's last line, and its report when they did not pass."""

    passed: bool
    summary: str
    report: tuple[str, ...] = ()


def run_tests(folder: Path) -> Tested:
    """The tests in `folder/tests`, with `folder/src` on the path; nothing is written there."""
    folder = folder.resolve()
    if not (folder / "tests").is_dir():
        return Tested(False, f"{folder.name} has no folder `tests`")
    if find_spec("pytest") is None:
        return Tested(False, "pytest is not installed here: `pip install pytest`")
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "tests", *_OPTIONS]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return Tested(False, f"the tests took longer than {_TIMEOUT_S:g} s and were stopped")
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    summary = lines[-1].strip("= ") if lines else f"pytest ended with exit code {done.returncode}"
    return Tested(done.returncode == 0, summary, () if done.returncode == 0 else tuple(lines[-_SHOWN:-1]))
