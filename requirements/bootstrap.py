"""Make `.venv` hold what a target needs: `run`, `dev`, or only our own distributions (`own`).

`judges` makes an environment of its own for clients that only ever run as processes of their own.

Uses the standard library alone, because it runs before anything is installed. Dependencies come from the lock
files with hashes; our own distributions come from the checkout, without dependencies, so that no foreign
package can take one of their names.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
JUDGES = ROOT / ".build" / "judges"


def own_distributions() -> list[Path]:
    """Folders of the tree that hold a distribution, contracts first."""
    found = sorted(path.parent for path in [*ROOT.glob("*/pyproject.toml"), *ROOT.glob("*/*/pyproject.toml")])
    return sorted(found, key=lambda folder: folder.name != "contracts")


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def pip(*arguments: str, python: Path = PYTHON) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True)


def install_own() -> None:
    """Install the distributions of the tree, unless exactly these stand already."""
    folders = own_distributions()
    state = hashlib.sha256()
    for folder in folders:
        state.update(str(folder).encode() + (folder / "pyproject.toml").read_bytes())
    stamp = VENV / "own"
    if stamp.exists() and stamp.read_text() == state.hexdigest():
        return
    say(f"Installing Detente's own {len(folders)} distributions …")
    editable = [part for folder in folders for part in ("--editable", str(folder))]
    pip("--no-deps", "--no-build-isolation", *editable)
    stamp.write_text(state.hexdigest())


def install_lock(name: str) -> None:
    """Install one lock file, unless this very text was installed before."""
    lock = ROOT / "requirements" / f"{name}.lock"
    stamp = VENV / name
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        say(f"Installing {name} dependencies from {lock.relative_to(ROOT)} …")
        pip("--require-hashes", "--requirement", str(lock))
    stamp.write_text(digest)


def install_judges() -> None:
    """Install the judges' locks into environments of their own, unless exactly these stand already."""
    lock, node = ROOT / "requirements" / "judges.lock", ROOT / "requirements" / "judges"
    stamp, has_npm = JUDGES / "installed", shutil.which("npm") is not None
    texts = lock.read_bytes() + (node / "package-lock.json").read_bytes()
    digest = f"{hashlib.sha256(texts).hexdigest()} {has_npm}"
    if stamp.exists() and stamp.read_text() == digest:
        return
    say("Installing judges of the sandbox …")
    venv.create(JUDGES, with_pip=True, clear=True)
    pip("--require-hashes", "--requirement", str(lock), python=JUDGES / "bin" / "python")
    if has_npm:
        shutil.copytree(node, JUDGES / "node")
        command = ["npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, check=True, cwd=JUDGES / "node")
    stamp.write_text(digest)


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - a person may run this with an older Python
        raise SystemExit(f"Detente needs Python 3.11 or newer; this is {sys.version.split()[0]}")
    if not PYTHON.exists():
        say("Making .venv …")
        venv.create(VENV, with_pip=True)
    target = sys.argv[1] if len(sys.argv) > 1 else "run"
    if target == "judges":
        install_judges()
        return
    if target != "own":
        install_lock(target)
    install_own()


if __name__ == "__main__":
    main()
