"""The command line starts quickly and speaks to people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from detente.cli.main import COMMANDS
from detente.engine.starting import start_installation

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


@pytest.mark.parametrize(
    ("words", "named"),
    [
        pytest.param(("init", "--home", "{taken}/home"), "taken/home", id="a new installation"),
        pytest.param(("cases", "--home", "{home}"), "state", id="the store"),
    ],
)
def test_a_place_that_cannot_be_written_to_is_refused_with_its_name(
    detente: Any, tmp_path: Path, words: tuple[str, ...], named: str
) -> None:
    home, taken = tmp_path / "home", tmp_path / "taken"
    start_installation(home, organisation="Acme", sources=["files"])
    taken.touch()
    (home / "state").touch()

    done = detente(*(word.format(home=home, taken=taken) for word in words))

    assert (done.returncode, done.stderr.startswith("Error: ")) == (2, True)
    assert named in done.stderr


def test_a_store_that_is_no_database_is_refused_with_its_name(detente: Any, tmp_path: Path) -> None:
    start_installation(tmp_path, organisation="Acme", sources=["files"])
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "detente.sqlite").write_bytes(b"no database" * 500)

    done = detente("cases", "--home", str(tmp_path))

    assert done.returncode == 2
    assert "detente.sqlite cannot be opened: file is not a database" in done.stderr


@pytest.mark.parametrize(("encoding", "code"), [("utf-8-sig", 0), ("utf-16", 0), ("latin-1", 2)])
def test_settings_are_read_as_editors_save_them_or_refused(
    detente: Any, tmp_path: Path, encoding: str, code: int
) -> None:
    start_installation(tmp_path, organisation="Müller", sources=["files"])
    path = tmp_path / "detente.yaml"
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))

    done = detente("cases", "--home", str(tmp_path))

    assert done.returncode == code
    assert ("detente.yaml: not YAML in UTF-8" in done.stderr) == (code == 2)


def test_an_unknown_command_is_refused() -> None:
    done = in_a_process("-m", "detente.cli.main", "rum")

    assert done.returncode == 2
    assert "rum" in done.stderr
