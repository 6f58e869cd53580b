"""What all tests share: a process that looks for cycles rarely."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """As the command line does, and apart from the modules of all tests: a tenth of the time went into it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
