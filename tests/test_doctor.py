"""`doctor` looks at every part: what is down or cannot be used is named and hides nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from detente.cli.main import main
from detente.engine.doctor import Examined, examine
from detente.engine.starting import start_fixture
from detente.engine.working import perform_run
from detente_contracts import Finding, Severity


def part(found: list[Examined], name: str) -> tuple[Finding, ...]:
    (one,) = [item for item in found if item.part == name]
    return one.findings


def errors(found: list[Examined], name: str) -> list[Finding]:
    return [item for item in part(found, name) if item.severity is Severity.ERROR]


def with_files(installation: Any) -> None:
    """A second connector beside the CRM: the invented Zendesk's export."""
    start_fixture(installation.home.parent / "fixture")

    def add(data: dict[str, Any]) -> None:
        folder = str(installation.home.parent / "fixture" / "export" / "zendesk")
        source = {"kind": "account", "file": "accounts.csv", "id": "id", "columns": {"name": "name"}}
        data["connectors"]["export"] = {"type": "files", "with": {"folder": folder, "sources": [source]}}

    installation.change(add)


def without_credential(installation: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("DETENTE_HUBSPOT_TOKEN")
    return "DETENTE_HUBSPOT_TOKEN"


def down(installation: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    def move(data: dict[str, Any]) -> None:
        data["connectors"]["hubspot"]["with"]["base_url"] = "http://127.0.0.1:9"

    installation.change(move)
    return "HubSpot"


def of_an_unknown_type(installation: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    installation.change(lambda data: data["connectors"]["hubspot"].update(type="hubspott"))
    return "did you mean 'hubspot'"


@pytest.mark.parametrize("trouble", [without_credential, down, of_an_unknown_type])
def test_a_crm_that_cannot_be_asked_is_named_and_the_others_are_looked_at(
    installation: Any, monkeypatch: pytest.MonkeyPatch, trouble: Callable[[Any, Any], str]
) -> None:
    with_files(installation)
    said = trouble(installation, monkeypatch)
    found = examine(installation.home)

    assert [said in item.message for item in errors(found, "hubspot")] == [True]
    assert "accounts.csv has all columns of the mapping" in [item.message for item in part(found, "export")]
    assert errors(found, "detente") == errors(found, "export") == []


def test_policy_that_cannot_be_used_hides_no_crm(installation: Any) -> None:
    (installation.home / "policy" / "ours.yaml").write_text("lease_days: many\n")
    found = examine(installation.home)

    assert [item.subject for item in errors(found, "detente")] == ["policy"]
    assert "ours.yaml line 1" in errors(found, "detente")[0].message
    assert "portal" in part(found, "hubspot")[0].message


def test_a_plugin_that_fails_is_named(installation: Any) -> None:
    (installation.home / "plugins" / "mine.py").write_text("import nothing_of_the_kind\n")
    found = examine(installation.home)

    assert [item.subject for item in errors(found, "detente")] == ["plugin mine"]


def test_looking_makes_and_changes_nothing(tmp_path: Path) -> None:
    start_fixture(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    found = examine(tmp_path)

    assert sorted(tmp_path.rglob("*")) == before
    assert "is made at the first run" in [item.message for item in part(found, "detente")]


def test_after_a_run_it_is_told_when_each_crm_was_read(installation: Any) -> None:
    summary = perform_run(installation.home)
    found = examine(installation.home)

    assert f"SQLite; the latest run is {summary['run']}, done" in [
        item.message for item in part(found, "detente")
    ]
    assert [item.severity for item in part(found, "hubspot") if item.subject == "reading"] == [Severity.OK]


def said(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--home", str(home), *words])
    return int(str(ended.value.code)), capsys.readouterr().out


def test_clicks_stand_in_a_list_of_their_own_with_where_to_click(
    installation: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = said(installation.home, capsys)
    table, _, clicks = text.partition("By hand in hubspot, as no API can do it:")

    assert code == 0
    assert "portal" in table
    assert "Record customization" not in table
    assert "1. Companies, record page" in clicks
    assert "Settings > Objects > Companies > Record customization" in clicks
    assert "0 errors" in clicks
    assert "\ufffd" not in text


def test_advice_that_holds_for_many_fields_is_given_once(
    bare_installation: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(bare_installation.home, capsys)[1]

    assert text.count("detente provision") == 1
    assert text.count("likewise") > 10


def test_machines_are_told_the_part_of_each_finding(
    installation: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DETENTE_HUBSPOT_TOKEN")
    code, text = said(installation.home, capsys, "--json")
    (error,) = [item for item in json.loads(text) if item["severity"] == "error"]

    assert code == 1
    assert (error["part"], error["subject"]) == ("hubspot", "settings")
    assert error["hint"]


def test_settings_that_cannot_be_used_are_refused(
    installation: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.change(lambda data: data.pop("rubric"))
    code, text = said(installation.home, capsys)

    assert (code, text) == (2, "")
