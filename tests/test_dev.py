"""`detente dev` shows what a save changes, names what is wrong, and changes nothing itself."""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from detente.cli.main import cli
from detente.engine.scaffolding import scaffold_plugin
from detente.engine.trying.bench import Bench, fixture_bench
from detente.engine.trying.watching import saves
from detente.engine.trying.workbench import Workbench

CODE = Path("src/acme_style/busy_desk.py")
TRIGGERS = Path("src/acme_style/policy/triggers.yaml")
GIANTS = """
triggers:
  - {kind: giants, family: internal, when: arr > 500000, title: A giant, playbook: general}
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The fixture portfolio in a folder without settings: stock rules."""
    with fixture_bench(tmp_path_factory.mktemp("empty")) as bench:
        yield bench


@pytest.fixture(scope="module")
def work(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workbench, Path]]:
    """A new plugin on the workbench, looked at once."""
    folder = tmp_path_factory.mktemp("work")
    scaffold_plugin("acme-style", folder)
    with Workbench(bench, folder / "acme-style") as work:
        assert work.look().problems == ()
        yield work, folder / "acme-style"


@pytest.fixture
def plugin(work: tuple[Workbench, Path]) -> Iterator[Path]:
    """The plugin's folder; what a test edits there is taken back after it."""
    folder = work[1]
    before = {path: (folder / path).read_text() for path in (CODE, TRIGGERS)}
    yield folder
    for path, text in before.items():
        (folder / path).write_text(text)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_save_shows_who_moves_and_which_cases_open(work: tuple[Workbench, Path], plugin: Path) -> None:
    work[0].look()
    replace(plugin / CODE, "10.0 * tickets", "90.0 * tickets")
    replace(plugin / TRIGGERS, "open_tickets >= 2", "open_tickets >= 6")
    replace(plugin / TRIGGERS, "days_to_renewal <= 30", "days_to_renewal <= 200")
    look = work[0].look()

    assert look.problems == ()
    assert look.movement is not None
    assert "Copperleaf Publishing" in {mover.name for mover in look.movement.movers}
    assert all(mover.points > 0 for mover in look.movement.movers)
    assert [(row.kind, row.owner) for row in look.movement.opened] == [("acme_style_renewal", "Dana Okafor")]


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        (CODE, "(customer: Row)", "(customer: Row", "busy_desk.py, line 8"),
        (CODE, "customer[", "customers[", "busy_desk.py, line 10"),
        (TRIGGERS, "general", "genral", "triggers.yaml line 3: triggers acme_style_renewal"),
        (TRIGGERS, "severity: 3", "severity: high", "triggers.yaml line 8: triggers.0.severity"),
        (TRIGGERS, "open_tickets >=", "open_ticket >=", "triggers.yaml line 3: trigger acme_style_renewal"),
    ],
    ids=["it is not Python", "it fails", "an unknown playbook", "a wrong value", "an unknown signal"],
)
def test_what_cannot_be_used_is_named_with_file_and_line(
    work: tuple[Workbench, Path], plugin: Path, path: Path, old: str, new: str, said: str
) -> None:
    replace(plugin / path, old, new)
    look = work[0].look()

    assert not look.is_fine
    assert [problem for problem in look.problems if said in problem], look.problems


def test_what_could_not_be_used_moves_nothing_once_it_is_mended(
    work: tuple[Workbench, Path], plugin: Path
) -> None:
    work[0].look()
    good = (plugin / TRIGGERS).read_text()
    (plugin / TRIGGERS).write_text("triggers: [")
    broken = work[0].look()
    (plugin / TRIGGERS).write_text(good)
    mended = work[0].look()

    assert broken.assessment is None
    assert mended.movement is not None
    assert mended.movement.is_still


def test_policy_of_the_folder_is_looked_at_without_any_plugin(tmp_path: Path, bench: Bench) -> None:
    with Workbench(dataclasses.replace(bench, home=tmp_path), None) as work:
        first = work.look()
        (tmp_path / "policy").mkdir()
        (tmp_path / "policy" / "ours.yaml").write_text(GIANTS)
        look = work.look()

    assert first.movement is None
    assert look.movement is not None
    assert {row.kind for row in look.movement.opened} == {"giants"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["policy"]


def test_saves_are_told_once_each_and_caches_never(tmp_path: Path) -> None:
    stop = Event()
    told = saves(tmp_path, None, stop)
    first = next(told)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "kept.yaml").touch()
    (tmp_path / "other.tmp").write_text("x = 1\n")
    (tmp_path / "other.tmp").rename(tmp_path / "rules.py")
    second = next(told)
    stop.set()

    assert first == []
    assert second == [str(tmp_path / "rules.py")]
    assert list(told) == []


def test_looking_once_tells_machines_everything_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scaffold_plugin("acme-watch", tmp_path)
    monkeypatch.chdir(tmp_path / "acme-watch")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    code = cli.main(["dev", "--once", "--test", "--json"], standalone_mode=False)
    look, tests = capsys.readouterr().out.replace("}\n{", "}\0{").split("\0")

    assert code == 0
    assert json.loads(look)["problems"] == []
    assert json.loads(look)["movers"]
    assert json.loads(tests)["tests"]["passed"] is True
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_looking_once_at_a_broken_plugin_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.py").write_text("import nothing_of_the_kind\n")
    words = ["dev", str(tmp_path / "mine.py"), "--once", "--home", str(tmp_path)]
    code = cli.main(words, standalone_mode=False)
    said = capsys.readouterr().out

    assert code == 1
    assert "failed: plugin mine" in said
    assert "mine.py, line 1" in said


def test_the_running_command_shows_a_save_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    scaffold_plugin("acme-watch", tmp_path)
    command = [sys.executable, "-u", "-m", "detente.cli.main", "dev", "acme-watch"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    with running:
        assert running.stdout is not None
        first = next(line for line in running.stdout if line.startswith("Looked in"))
        replace(tmp_path / "acme-watch" / "src/acme_watch/busy_desk.py", "10.0 * tickets", "90.0 * tickets")
        second = next(line for line in running.stdout if "after a save of busy_desk.py" in line)
        moved = next(line for line in running.stdout if "Copperleaf Publishing" in line)
        running.send_signal(signal.SIGINT)

    assert "after" not in first
    assert second.startswith("Looked in")
    assert "+" in moved
    assert running.returncode == 0
