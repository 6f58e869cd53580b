"""The command line starts quickly and speaks to people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from detente.cli.main import COMMANDS

HEAVY = ["polars", "dbos", "sqlalchemy", "alembic", "sqlglot", "hubspot", "jinja2", "requests", "psycopg"]


def detente(*words: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    where = ["--home", str(home)] if home else []
    command = [sys.executable, "-m", "detente.cli.main", *words, *where]
    return subprocess.run(command, capture_output=True, text=True)


def test_help_imports_none_of_the_heavy_modules() -> None:
    asked = f"""
import sys
from detente.cli.main import main
try:
    main(["--help"])
except SystemExit:
    print("HEAVY:", [name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)

    assert "HEAVY: []" in done.stdout


def test_help_lists_every_command_with_a_sentence() -> None:
    text = detente("--help").stdout

    assert [name for name in COMMANDS if name not in text] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    done = detente(name, "--help")

    assert done.returncode == 0
    assert "Usage:" in done.stdout


@pytest.mark.parametrize("name", ["run", "plan", "cases", "doctor", "plugins"])
def test_a_folder_without_settings_is_refused_with_the_next_step(name: str, tmp_path: Path) -> None:
    done = detente(name, home=tmp_path)

    assert done.returncode == 2
    assert "detente init" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_command_is_refused() -> None:
    done = detente("rum")

    assert done.returncode == 2
    assert "rum" in done.stderr
