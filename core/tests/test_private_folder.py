"""The state folder is its owner's alone: it holds customers' records, and what vendors answered."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from detente.engine.durable import Worker
from detente.engine.opening import open_store
from detente.engine.steps import Json
from detente.store.audit import Head, anchor


@pytest.fixture(autouse=True)
def open_handed() -> Iterator[None]:
    """What is made without a word about it is everybody's to read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with settings and nothing else."""
    (tmp_path / "detente.yaml").write_text(
        "organisation: Acme\nrubric: health\nconnectors: {}\n", encoding="utf-8"
    )
    return tmp_path


def modes(folder: Path) -> dict[str, int]:
    """The rights of a folder, under an empty name, and of all that lies in it."""
    found = {item.name: stat.S_IMODE(item.stat().st_mode) for item in folder.iterdir()}
    return {"": stat.S_IMODE(folder.stat().st_mode), **found}


def empty(steps: object, arguments: object) -> Json:
    """Work without a step."""
    return {}


def test_whatever_is_made_in_the_state_folder_is_its_owners_alone(home: Path) -> None:
    state = home / "state"
    with open_store(home), Worker(state, {"nothing": empty}) as worker:
        worker.perform("nothing", "nothing-1", {})
        anchor(state / "audit.anchor", Head(1, "0" * 64))
        found = modes(state)

    assert found.pop("") == 0o700
    assert found.keys() >= {"detente.sqlite", "work.sqlite", "worker-0.lock", "audit.anchor"}
    assert set(found.values()) == {0o600}, found


def test_a_state_folder_that_was_everybodys_to_read_is_closed(home: Path, tmp_path: Path) -> None:
    state, outside = home / "state", tmp_path / "outside.anchor"
    state.mkdir()
    for name in ("work.sqlite", "detente.sqlite.bak"):
        (state / name).touch()
    outside.touch()
    (state / "audit.anchor").symlink_to(outside)
    with open_store(home):
        found = modes(state)

    assert (found[""], found["work.sqlite"], found["detente.sqlite.bak"]) == (0o700, 0o600, 0o600)
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644, "where a link leads is not in the folder"
