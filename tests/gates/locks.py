"""Lock files hold hashes and no addresses, and agree with what the distributions declare."""

from __future__ import annotations

import re

from packaging.requirements import Requirement
from tree import ROOT, distributions

REQUIREMENTS = ROOT / "requirements"
_ADDRESS = re.compile(r"https?://|file:|--(extra-)?index-url|--find-links|@ ")
_PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


def problems() -> list[str]:
    """Addresses, pins without hashes, forbidden lock formats, and declarations that a lock does not meet."""
    found = [
        f"{path.relative_to(ROOT)}: this lock format is not used here"
        for name in ("uv.lock", "pylock.toml")
        for path in ROOT.rglob(name)
        if ".venv" not in path.parts
    ]
    for path in [*REQUIREMENTS.glob("*.lock"), *REQUIREMENTS.glob("*/package-lock.json")]:
        lines = path.read_text(encoding="utf-8").splitlines()
        found += [f"{path.name}: holds an address: {line}" for line in lines if _ADDRESS.search(line)]
    for name in ("run", "dev", "judges"):
        text = (REQUIREMENTS / f"{name}.lock").read_text(encoding="utf-8")
        pins = dict(_pins(text))
        found += [f"{name}.lock: {pin} has no hash" for pin in pins if not _is_hashed(text, pin)]
        if name != "judges":
            found += [f"{name}.lock: {fault}" for fault in _unmet(pins, extras=name == "dev")]
    return found


def _pins(text: str) -> list[tuple[str, str]]:
    return [(name.lower().replace("_", "-"), version) for name, version in _PIN.findall(text)]


def _is_hashed(text: str, pin: str) -> bool:
    start = re.search(rf"^{re.escape(pin)}(\[[^]]*\])?==", text, re.MULTILINE | re.IGNORECASE)
    return start is not None and "--hash=sha256:" in text[start.end() :].split("\n", 2)[1]


def _unmet(pins: dict[str, str], *, extras: bool) -> list[str]:
    faults = []
    for item in distributions():
        for text in (*item.requires, *(item.extras if extras else ())):
            wanted = Requirement(text)
            name = wanted.name.lower().replace("_", "-")
            if name.startswith("detente"):
                continue
            if name not in pins or not wanted.specifier.contains(pins[name], prereleases=True):
                faults.append(
                    f"{item.name} declares {text!r}, pinned is {pins.get(name, 'nothing')}; run `make lock`"
                )
    return faults
