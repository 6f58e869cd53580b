"""`make check`: every gate in turn; all are run, and each failure is named."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

import import_rules
import locks
import sizes
from tree import ROOT, distributions

BIN = ROOT / ".venv" / "bin"


def command(*words: str) -> Callable[[], list[str]]:
    """A gate that is a command: what it printed, when it failed."""

    def run() -> list[str]:
        sources = [item.source for item in distributions()]
        own = [ROOT / folder for folder in ("tests/gates", "tests/bench", "contracts/tests/in_memory")]
        path = os.pathsep.join(str(item) for item in (*sources, *own))
        done = subprocess.run(
            [str(BIN / words[0]), *words[1:]],
            cwd=ROOT,
            env={**os.environ, "MYPYPATH": path},
            capture_output=True,
            text=True,
        )
        return [done.stdout + done.stderr] if done.returncode else []

    return run


def import_linter() -> list[str]:
    """The import rules of the design, written from the tree and checked."""
    rules = ROOT / ".build" / "importlinter.ini"
    import_rules.write(rules)
    return command("lint-imports", "--config", str(rules), "--no-cache")()


def types() -> list[str]:
    """mypy strict over every distribution with its tests, one by one: test files may share names."""
    sources = [str(item.source.relative_to(ROOT)) for item in distributions()]
    found = command("mypy", *sources, "docs/generate_hooks.py")()
    for folder in ("tests/gates", "tests/bench", "tests"):
        pages = sorted(str(path.relative_to(ROOT)) for path in (ROOT / folder).glob("*.py"))
        found += command("mypy", *pages)()
    for item in distributions():
        tests = item.folder / "tests"
        if tests.exists():
            found += command("mypy", str(tests.relative_to(ROOT)))()
    return found


def gates() -> dict[str, Callable[[], list[str]]]:
    """Every gate by name, the quickest first."""
    return {
        "sizes": sizes.problems,
        "locks": locks.problems,
        "format": command("ruff", "format", "--check", "."),
        "lint": command("ruff", "check", "."),
        "import rules": import_linter,
        "packaging": command("python", "-m", "pytest", "tests/test_packaging.py", "-p", "no:cacheprovider"),
        "hooks documentation": command("python", "docs/generate_hooks.py", "--check"),
        "types": types,
    }


def main() -> int:
    """Run the gates; 1 when any failed."""
    failed = 0
    for name, gate in gates().items():
        start = time.perf_counter()
        found = gate()
        sys.stdout.write(f"{'FAILED' if found else 'ok':7} {name} ({time.perf_counter() - start:.1f} s)\n")
        for problem in found:
            sys.stdout.write(f"{problem.rstrip()}\n")
        sys.stdout.flush()
        failed += bool(found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
