"""A page that fails in a way nobody thought of says so, guarded like any other, and tells nothing more."""

from __future__ import annotations

import httpx
import pytest
from detente.store.database import Store
from detente.web.guarding import HEADERS
from sqlalchemy import text


@pytest.mark.parametrize("path", ["/cases", "/api/cases"])
def test_a_failure_is_a_guarded_answer_that_tells_nothing_of_the_inside(
    bare_store: Store, client: httpx.Client, path: str
) -> None:
    with bare_store.transaction() as connection:
        connection.execute(text("DROP TABLE conflict_case"))
    answer = client.get(path)

    assert answer.status_code == 500
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "log" in answer.text
    assert "conflict_case" not in answer.text
