"""The first five minutes: an admin's own export, faults in it included, as the README promises."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from detente.cli.main import main

ACCOUNTS = """id,name,owner,customer_number,arr,renewal_date,created
A1,Acme Ltd,Jo Smith,K-1,120000,2026-12-20,2020-01-01
A2,Bolt GmbH,Jo Smith,K-2,"1,200",31/12/2026,2021-03-04
"""
TICKETS = """id,account_id,subject,priority,status,created,closed,sla_due
T1,A1,It is broken,High,open,2026-01-20,,2026-01-22
"""
Said = Callable[..., tuple[int, str]]


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """Exit code and output of commands in a folder as `detente init` writes it, with two files put in."""

    def perform(*words: str) -> tuple[int, str]:
        out = StringIO()
        with pytest.raises(SystemExit) as ended, redirect_stdout(out), redirect_stderr(StringIO()):
            main([*words, "--home", str(tmp_path)])
        return int(ended.value.code or 0), out.getvalue()

    perform("init")
    (tmp_path / "export" / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    (tmp_path / "export" / "tickets.csv").write_text(TICKETS, encoding="utf-8")
    return perform


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_row_that_cannot_be_used_is_named_before_and_with_the_run(said: Said, command: str) -> None:
    code, text = said(command)

    assert code == 1
    assert "export account: accounts.csv row 3 refused: arr: column 'arr' does not hold an amount" in text


@pytest.mark.parametrize("command", ["plan", "run"])
def test_an_export_that_is_not_there_is_named(said: Said, tmp_path: Path, command: str) -> None:
    (tmp_path / "export" / "tickets.csv").unlink()
    code, text = said(command)

    assert code == 1
    assert "export ticket: tickets.csv refused: no file matches 'tickets.csv' in 'export'" in text


def test_nothing_scored_is_not_called_verified(said: Said) -> None:
    assert said("receipts", "verify") == (0, "No score was kept yet.\n")
