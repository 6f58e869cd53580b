"""What all tests share: a process that looks for cycles rarely, and patience with a slow machine."""

from __future__ import annotations

import gc

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """An example may take as long as it takes: beside other work any machine is slow at times."""
    if config.pluginmanager.hasplugin("hypothesispytest"):
        from hypothesis import settings  # noqa: PLC0415 - not every distribution's tests need it

        settings.register_profile("patient", deadline=None)
        settings.load_profile("patient")


def pytest_collection_finish() -> None:
    """As the command line does, and apart from the modules of all tests: a tenth of the time went into it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
