"""`detente plugin try` shows what a plugin would change for one customer, and changes nothing."""

from __future__ import annotations

import csv
import json
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from detente.cli.main import main
from detente.engine.scaffolding import scaffold_plugin

CRITERION = """
from detente_contracts import Criterion, hookimpl


def points(customer):
    return {points}


@hookimpl
def detente_add_criteria(signals):
    return [Criterion(name="ours", title="Ours", weight=10, function=points)]
"""


class Done(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def detente(*words: str, cwd: Path) -> Done:
    """The command line in a folder, without the process around it."""
    out, said = StringIO(), StringIO()
    with chdir(cwd), redirect_stdout(out), redirect_stderr(said), pytest.raises(SystemExit) as ended:
        main(words)
    return Done(int(str(ended.value.code)), out.getvalue(), said.getvalue())


def write_csv(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def account(number: int) -> dict[str, object]:
    return {
        "id": f"a{number}",
        "name": f"Customer {number}",
        "owner": "",
        "customer_number": "",
        "arr": 50_000 * number,
        "renewal_date": f"2027-0{number}-15",
        "created": "2024-05-01",
    }


def ticket(number: int) -> dict[str, object]:
    return {
        "id": f"t{number}",
        "account_id": f"a{1 + number % 3}",
        "subject": "It is slow",
        "priority": "High",
        "status": "open",
        "created": "2026-10-01T08:00:00Z",
        "closed": "",
        "sla_due": "2026-10-04T08:00:00Z",
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation on an export of three customers, with one run behind it."""
    home = tmp_path_factory.mktemp("home")
    assert detente("init", cwd=home).returncode == 0
    write_csv(home / "export" / "accounts.csv", [account(number) for number in (1, 2, 3)])
    write_csv(home / "export" / "tickets.csv", [ticket(number) for number in range(21)])
    done = detente("run", cwd=home)
    assert done.returncode == 0, done.stdout + done.stderr
    return home


def tried(home: Path, path: Path, *words: str) -> Done:
    return detente("plugin", "try", str(path), "--customer", "Customer 2", *words, cwd=home)


def dropped(folder: Path, text: str) -> Path:
    path = folder / "mine.py"
    path.write_text(text, encoding="utf-8")
    return path


def everything(home: Path) -> dict[str, bytes]:
    """Content of every file of an installation, the database among them; compiled code is none of it."""
    files = [path for path in home.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return {str(path.relative_to(home)): path.read_bytes() for path in files}


def test_a_dropped_file_is_shown_with_its_line_in_an_aligned_table(home: Path, tmp_path: Path) -> None:
    done = tried(home, dropped(tmp_path, CRITERION.format(points="100.0")))
    lines = done.stdout.splitlines()
    (ours,) = [line.split() for line in lines if line.startswith("Ours ")]
    (heading,) = [line for line in lines if line.split() == ["before", "after"]]
    (score,) = [line for line in lines if line.startswith("score ")]

    assert done.returncode == 0, done.stdout + done.stderr
    assert ours[1] == "-"
    assert float(ours[2]) > 0
    assert len(score) == len(heading)
    assert float(score.split()[2]) > float(score.split()[1])


def test_before_is_what_explain_says_and_the_differences_add_up(home: Path, tmp_path: Path) -> None:
    done = tried(home, dropped(tmp_path, CRITERION.format(points="-100.0")), "--json")
    told = json.loads(done.stdout)
    explained = json.loads(detente("explain", "Customer 2", "--json", cwd=home).stdout)
    moved = sum((item["after"] or 0) - (item["before"] or 0) for item in told["differences"])

    assert told["before"] == {key: explained[key] for key in told["before"]}
    assert told["failures"] == []
    assert told["after"]["score"] < told["before"]["score"]
    assert moved == round(told["after"]["score"] * 10) - round(told["before"]["score"] * 10)


def test_a_new_plugin_can_be_tried_from_its_folder(home: Path, tmp_path: Path) -> None:
    scaffold_plugin("acme-style", tmp_path)
    done = tried(home, tmp_path / "acme-style")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Busy desk" in done.stdout
    assert "7 tickets open" in done.stdout
    assert list(tmp_path.rglob("__pycache__")) == []


def test_trying_changes_nothing(home: Path, tmp_path: Path) -> None:
    before = everything(home)
    done = tried(home, dropped(tmp_path, CRITERION.format(points="100.0")))

    assert done.returncode == 0, done.stdout + done.stderr
    assert any(name.endswith(".sqlite") for name in before)
    assert everything(home) == before


@pytest.mark.parametrize(
    "text",
    ["import nothing_of_the_kind\n", CRITERION.format(points="1 / 0"), CRITERION.format(points="'many'")],
    ids=["it cannot be imported", "its function raises", "its points are text"],
)
def test_a_plugin_that_fails_is_named(home: Path, tmp_path: Path, text: str) -> None:
    done = tried(home, dropped(tmp_path, text))

    assert done.returncode == 1
    assert "failed: plugin mine" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_plugin_whose_policy_cannot_be_used_is_named(home: Path, tmp_path: Path) -> None:
    scaffold_plugin("acme-style", tmp_path)
    policy = tmp_path / "acme-style" / "src" / "acme_style" / "policy" / "triggers.yaml"
    policy.write_text(policy.read_text().replace("playbook: general", "playbook: genral"))
    done = tried(home, tmp_path / "acme-style")

    assert done.returncode == 1
    assert "failed: plugin acme-style: triggers.yaml" in done.stdout
    assert "general" in done.stdout


TRIGGER = """
triggers:
  - {kind: late, family: customer, when: open_breached_tickets > 5, title: "{name}: late", playbook: general}
"""


def test_a_folder_of_policy_shows_the_cases_that_would_open(home: Path, tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "triggers.yaml").write_text(TRIGGER, encoding="utf-8")
    done = tried(home, tmp_path / "ours")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Cases that would open\n  Customer 2: late (Head of sales until" in done.stdout


def test_a_plugin_that_stands_is_tried_by_its_name(home: Path) -> None:
    done = tried(home, Path("detente-detectors"), "--json")
    told = json.loads(done.stdout)

    assert done.returncode == 0, done.stderr
    assert {row["kind"] for row in told["opened"]} >= {"sla_breached"}
    assert told["differences"] == []


def test_a_plugin_without_which_nothing_is_scored_is_shown_all_the_same(home: Path) -> None:
    done = tried(home, Path("rubric_b2b"))

    assert done.returncode == 0, done.stderr
    assert "without rubric_b2b; otherwise Customer 2: P" in done.stdout


def test_invented_customers_need_neither_settings_nor_a_run(tmp_path: Path) -> None:
    path = dropped(tmp_path, CRITERION.format(points="100.0"))
    words = ("plugin", "try", str(path), "--customer", "Pale Harbour")
    refused = detente(*words, cwd=tmp_path)
    done = detente(*words, "--fixture", cwd=tmp_path)

    assert (refused.returncode, done.returncode) == (2, 0), done.stderr
    assert "Ours" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]


def test_before_the_first_run_the_next_step_is_named(tmp_path: Path) -> None:
    assert detente("init", cwd=tmp_path).returncode == 0
    done = detente("plugin", "try", "detectors", "--customer", "Acme", cwd=tmp_path)

    assert done.returncode == 2
    assert "detente run" in done.stderr
    assert "--fixture" in done.stderr


def test_a_name_that_no_plugin_has_is_refused_with_the_nearest(home: Path) -> None:
    done = tried(home, Path("detektors"))

    assert done.returncode == 2
    assert "detectors" in done.stderr


def test_a_customer_that_nobody_knows_is_refused(home: Path, tmp_path: Path) -> None:
    path = dropped(tmp_path, CRITERION.format(points="100.0"))
    done = detente("plugin", "try", str(path), "--customer", "Nobody", cwd=home)

    assert done.returncode == 2
    assert "Nobody" in done.stderr


def test_a_plugin_that_changes_nothing_for_the_customer_says_so(home: Path, tmp_path: Path) -> None:
    done = tried(home, dropped(tmp_path, "from detente_contracts import hookimpl\n"))

    assert done.returncode == 0, done.stdout
    assert "The score and its reasons are the same" in done.stdout
