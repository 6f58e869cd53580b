"""A small sandbox process for all tests, brought back to its start before each."""

from collections.abc import Iterator

import pytest
from detente_sandbox import SandboxProcess


@pytest.fixture(scope="session")
def running() -> Iterator[SandboxProcess]:
    with SandboxProcess(companies=60, tickets=240, seed=7) as process:
        yield process


@pytest.fixture
def wild(running: SandboxProcess) -> SandboxProcess:
    """A sandbox at its start, which may be asked what it does not know."""
    running.post("/_sandbox/reset")
    return running


@pytest.fixture
def sandbox(wild: SandboxProcess) -> Iterator[SandboxProcess]:
    """A sandbox at its start; the test fails when it asked for something unknown."""
    yield wild
    assert wild.get("/_sandbox/unknown") == []
