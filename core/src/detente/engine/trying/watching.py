"""Which saves matter to a look: settings, policy and plugins of a folder, and the plugin under edit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

from watchfiles import Change, DefaultFilter, watch

_KINDS = frozenset({".py", ".yaml", ".yml", ".toml"})
_STEP_MS = 50
_LONGEST_MS = 400
"""How long several saves that follow each other are taken for one."""
_WAKE_MS = 100


class RulesFilter(DefaultFilter):
    """Lets saves of rules and code pass; state, caches and environments never matter."""

    ignore_dirs = (*DefaultFilter.ignore_dirs, "state", "out")

    def __call__(self, change: Change, path: str) -> bool:
        """Whether this change is one to look at."""
        return Path(path).suffix in _KINDS and super().__call__(change, path)


def saves(home: Path, path: Path | None, stop: Event | None = None) -> Iterator[list[str]]:
    """Nothing as soon as it watches; then the files that were saved, by path, each time that some were.

    What is saved while nobody asks for the next is told then. Ends when `stop` is set, or with Ctrl-C.
    """
    places = {home.resolve()}
    if path is not None:
        # The folder of a file: many editors save by putting another file in its place.
        places.add(path.resolve() if path.is_dir() else path.resolve().parent)
    is_watching = False
    for changes in watch(
        *places,
        watch_filter=RulesFilter(),
        step=_STEP_MS,
        debounce=_LONGEST_MS,
        rust_timeout=_WAKE_MS,
        yield_on_timeout=True,
        stop_event=stop,
        raise_interrupt=False,
        ignore_permission_denied=True,
    ):
        if changes or not is_watching:
            yield sorted({name for _, name in changes})
        is_watching = True
