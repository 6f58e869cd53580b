"""Progress where there is no terminal: a line now and then, and never a stale last one."""

from __future__ import annotations

import pytest
from detente.cli.progress import Lines


def test_the_last_count_of_a_stage_is_said_before_the_next_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with Lines() as lines:
        for done in (426, 430, 435):
            lines("read tickets", done)
        lines("link", 3)
        lines("link", 5)

    assert capsys.readouterr().err.split("\n") == [
        "  read tickets: 426",
        "  read tickets: 435",
        "  link: 3",
        "  link: 5",
        "",
    ]
