"""Start an installation: settings, policy folder and plugins folder, written for people to change."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from detente_contracts import ConfigurationError

from detente.settings import FILE


def start_installation(home: Path, *, organisation: str, source: str) -> list[Path]:
    """Write what is missing and return it; nothing that stands is touched.

    Raises: ConfigurationError when settings stand already.
    """
    if (home / FILE).exists():
        raise ConfigurationError(f"{home / FILE} stands already", hint="Edit it, or choose another folder")
    templates = files("detente.engine") / "templates"
    settings = (templates / f"{source}.yaml").read_text(encoding="utf-8")
    texts = {
        home / FILE: settings.replace("ORGANISATION", json.dumps(organisation, ensure_ascii=False)),
        home / "policy" / "README.md": (templates / "policy.md").read_text(encoding="utf-8"),
        home / "policy" / "people.yaml": (templates / "people.yaml").read_text(encoding="utf-8"),
        home / "plugins" / "README.md": (templates / "plugins.md").read_text(encoding="utf-8"),
    }
    if source == "files":
        texts[home / "export" / "README.md"] = (templates / "export.md").read_text(encoding="utf-8")
    written = []
    for path, text in texts.items():
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written
