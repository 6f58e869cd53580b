"""What the README says is so; the tutorial has a test of its own."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from detente_contracts import PluginSettings, PolicyFile

ROOT = Path(__file__).parent.parent


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of one language on a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def detente(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command line in a folder, as a person types it."""
    command = [sys.executable, "-m", "detente.cli.main", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd)


def write_csv(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """What `detente init` makes, with the two files that it asks for."""
    made = detente("init", "--organisation", "Acme", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    accounts: list[dict[str, object]] = [
        {
            "id": f"a{number}",
            "name": f"Customer {number}",
            "owner": "",
            "customer_number": "",
            "arr": 10_000 * number * number,
            "renewal_date": f"2027-{number:02d}-15",
            "created": "2024-05-01",
        }
        for number in range(1, 11)
    ]
    tickets: list[dict[str, object]] = [
        {
            "id": f"t{number}",
            "account_id": f"a{1 + number % 10}",
            "subject": "It is slow",
            "priority": ("Low", "Medium", "High", "Urgent")[number % 4],
            "status": "open" if number % 3 else "closed",
            "created": "2026-10-01T08:00:00Z",
            "closed": "" if number % 3 else "2026-10-05T08:00:00Z",
            "sla_due": "2026-10-04T08:00:00Z",
        }
        for number in range(40)
    ]
    write_csv(tmp_path / "export" / "accounts.csv", accounts)
    write_csv(tmp_path / "export" / "tickets.csv", tickets)
    return tmp_path


def test_an_own_export_is_scored_with_the_commands_of_the_readme(export: Path) -> None:
    shown = [line for block in blocks("README.md", "sh") for line in block.splitlines()]
    commands = [
        line.split("#")[0].split() for line in shown if line.startswith(("detente run", "detente plan"))
    ]
    done = [detente(*words[1:], cwd=export) for words in commands]

    assert len(done) >= 2
    assert [item.returncode for item in done] == [0] * len(done), [item.stderr + item.stdout for item in done]
    with (export / "out" / "account.csv").open(encoding="utf-8") as file:
        assert {row["detente_priority"] for row in csv.DictReader(file)} <= {"P1", "P2", "P3", "P4"}


def test_the_plugin_on_the_page_works_when_dropped(export: Path) -> None:
    code = next(block for block in blocks("README.md", "python") if "hookimpl" in block)
    (export / "plugins" / "mine.py").write_text(code, encoding="utf-8")
    done = detente("run", cwd=export)
    listed = detente("plugins", cwd=export)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "mine" in listed.stdout
    assert "failed" not in listed.stdout


def test_the_plugin_in_the_readme_has_at_most_twelve_lines() -> None:
    code = blocks("README.md", "python")[0]

    assert len([line for line in code.splitlines() if line.strip()]) <= 12


def test_the_settings_and_the_policy_on_the_page_of_plugins_can_be_used() -> None:
    policy, settings = (yaml.safe_load(block) for block in blocks("docs/plugins.md", "yaml"))

    assert PolicyFile.read(policy, where="page").triggers[0].kind == "quiet_giant"
    assert PluginSettings.read(settings["plugins"], where="page").in_process == ("acme-style",)


def test_every_link_between_pages_leads_somewhere() -> None:
    missing = []
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                missing.append(f"{page.relative_to(ROOT)} -> {target}")

    assert missing == []
