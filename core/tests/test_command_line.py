"""The command line starts quickly and speaks to people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from detente.cli.main import COMMANDS

HEAVY = ["polars", "dbos", "sqlalchemy", "alembic", "sqlglot", "hubspot", "jinja2", "requests", "psycopg"]


def in_a_process(*words: str) -> subprocess.CompletedProcess[str]:
    """Python in a process of its own."""
    return subprocess.run([sys.executable, *words], capture_output=True, text=True)


def test_help_imports_none_of_the_heavy_modules() -> None:
    asked = f"""
import sys
from detente.cli.main import main
try:
    main(["--help"])
except SystemExit:
    print("HEAVY:", [name for name in {HEAVY!r} if name in sys.modules])
"""

    assert "HEAVY: []" in in_a_process("-c", asked).stdout


def test_help_lists_every_command_with_a_sentence(detente: Any) -> None:
    text = detente("--help").stdout

    assert [name for name in COMMANDS if name not in text] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(detente: Any, name: str) -> None:
    done = detente(name, "--help")

    assert done.returncode == 0
    assert "Usage:" in done.stdout


@pytest.mark.parametrize("name", ["run", "plan", "cases", "doctor", "plugins"])
def test_a_folder_without_settings_is_refused_with_the_next_step(
    detente: Any, name: str, tmp_path: Path
) -> None:
    done = detente(name, "--home", str(tmp_path))

    assert done.returncode == 2
    assert "detente init" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_command_is_refused() -> None:
    done = in_a_process("-m", "detente.cli.main", "rum")

    assert done.returncode == 2
    assert "rum" in done.stderr
