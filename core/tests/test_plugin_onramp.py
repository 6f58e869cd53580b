"""A plugin is started with one command: what is written works at once, and nothing that stands is touched."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from detente.engine.plugins import Plugins
from detente.engine.scaffolding import scaffold_plugin
from detente.engine.trying.candidate import read_candidate, without
from detente.engine.trying.staging import Staging
from detente_contracts import ConfigurationError, PluginSettings, SignalCatalogue


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which commands are typed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def everything(folder: Path) -> dict[str, bytes]:
    """Content of every file below a folder, by path."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_tests_of_a_new_plugin_pass_without_installing_it(detente: Any, here: Path) -> None:
    assert detente("new", "plugin", "acme-style").returncode == 0
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        capture_output=True,
        text=True,
        cwd=here / "acme-style",
    )

    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "passed" in tested.stdout


def test_a_new_plugin_depends_on_the_contracts_alone_and_leaves_no_placeholder(tmp_path: Path) -> None:
    written = scaffold_plugin("acme-style", tmp_path)
    project = tomllib.loads((tmp_path / "acme-style" / "pyproject.toml").read_text())["project"]

    assert project["dependencies"] == ["detente-contracts"]
    assert project["entry-points"]["detente"] == {"acme-style": "acme_style"}
    assert tmp_path / "acme-style" / "src" / "acme_style" / "py.typed" in written
    texts = [f"{path.relative_to(tmp_path)} {path.read_text()}" for path in written]
    assert [text for text in texts if "@name@" in text or "@module@" in text] == []


@pytest.mark.parametrize(
    "name",
    [
        *("Acme", "acme_style", "1acme", "acme-", "-acme", "acme--x", "a/b", "../acme", "ä", "", "a" * 41),
        *("json", "class", "detente", "detente-style", "polars", "pydantic-core", "yaml"),
    ],
)
def test_a_name_that_could_not_be_imported_or_is_taken_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        scaffold_plugin(name, tmp_path)

    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_a_plugin_has_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "site" / "acme_ledger-1.0.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-ledger\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text("[detente]\nthe_ledger = acme_ledger\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))

    with pytest.raises(ConfigurationError, match="a plugin of that name is installed"):
        scaffold_plugin("the-ledger", tmp_path)


def test_a_name_that_is_nearly_one_is_corrected(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        scaffold_plugin("Acme_Style 2", tmp_path)

    assert caught.value.hint.endswith("such as acme-style-2")


def test_the_next_commands_are_told(detente: Any, here: Path) -> None:
    done = detente("new", "plugin", "acme-style")
    told = [line.split("  ")[1] for line in done.stdout.splitlines() if line.startswith("  ")]

    assert told == ["pytest", "detente dev", "detente plugin try . --help"]


def test_a_folder_that_stands_is_left_as_it_is(detente: Any, here: Path) -> None:
    (here / "acme-style").mkdir()
    (here / "acme-style" / "mine.txt").write_text("mine")
    before = everything(here)
    done = detente("new", "plugin", "acme-style")

    assert done.returncode == 2
    assert "acme-style" in done.stderr
    assert everything(here) == before


def test_a_new_plugin_is_loaded_into_the_host_and_only_while_it_is_tried(tmp_path: Path) -> None:
    scaffold_plugin("acme-style", tmp_path)
    candidate = read_candidate(tmp_path / "acme-style")
    settings = PluginSettings(in_process=("Acme_Style",))
    with (
        Staging() as staging,
        Plugins.load(staging.place(candidate, settings, tmp_path), tmp_path) as plugins,
    ):
        (found,) = [item for item in plugins.listing() if item.name == "acme-style"]
        folders = dict(plugins.policy_folders())
        assert plugins.criteria(SignalCatalogue(signals=())) is not None
    with Plugins.load(PluginSettings(), tmp_path) as plugins:
        left = [item.name for item in plugins.listing()]

    assert (found.where, found.failures) == ("host", ())
    assert "acme-style" in folders
    assert "acme-style" not in left


def test_a_dropped_file_that_stands_is_left_out_before_and_replaced_after(tmp_path: Path) -> None:
    for folder in ("plugins", "new"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.py").write_text(f"# {folder}\n")
    (tmp_path / "plugins" / "other.py").write_text("")
    candidate = read_candidate(tmp_path / "new" / "mine.py")
    with Staging() as staging:
        changed = staging.place(candidate, PluginSettings(disabled=("mine",)), tmp_path)
        copies = {path.name: path.read_text() for path in changed.folder.iterdir()}

    assert without(candidate, PluginSettings(), tmp_path).disabled == ("mine",)
    assert changed.disabled == ()
    assert copies == {"mine.py": "# new\n", "other.py": ""}
    assert (tmp_path / "plugins" / "mine.py").read_text() == "# plugins\n"
    assert not changed.folder.exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("_mine.py", ""),
        ("mine.txt", ""),
        ("pyproject.toml", "[project]\nname = 'acme'\n"),
        ("pyproject.toml", "[project]\nname = 'acme'\nentry-points = 3\n"),
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", "[project]\nname = 'detente-x'\n[project.entry-points.detente]\nx = 'x'\n"),
    ],
)
def test_what_holds_no_plugin_is_refused_with_the_next_step(
    detente: Any, here: Path, name: str, text: str
) -> None:
    (here / "src").mkdir()
    (here / name).write_text(text)
    path = "." if name == "pyproject.toml" else name
    (here / "detente.yaml").write_text("organisation: Acme\nrubric: b2b\nconnectors: {}\n")
    done = detente("plugin", "try", path, "--customer", "Acme")

    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.splitlines()) == 2
