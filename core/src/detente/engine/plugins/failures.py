"""What plugins did wrong: said without a customer's text, counted, and kept by plugin."""

from __future__ import annotations

import importlib
import traceback
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from detente_contracts import PluginError
from pydantic import ValidationError

from detente.engine.plugins.frames import UnknownSignalError

LIMIT = 3
"""Failed calls after which a plugin is set aside until Detente starts again.

A fault in a call about one case does not count: the next case may be another matter, and asking costs little.
A call that had to be stopped, or that ended the plugin host, costs much and counts whatever it was about.
"""

LOADING = "load"
"""What stands in place of a hook when the plugin as such could not be loaded."""

_LENGTH = 400
_NOT_PLUGINS = ("<", str(Path(importlib.__file__).parent), str(Path(__file__).parent))


class PluginFault(Exception):
    """One plugin broke its contract; never leaves this package."""


class PluginStop(PluginFault):
    """The plugin host is gone: the call took too long and it was stopped, or the call ended it."""


@dataclass(frozen=True, slots=True)
class PluginFailure:
    """What a plugin did wrong. `hook` is the hook's name as the plugin wrote it, or `load`."""

    plugin: str
    hook: str
    message: str

    def __str__(self) -> str:
        return f"plugin {self.plugin}, {self.hook}: {self.message}"


class Failures:
    """All failures since the plugins were loaded. With `strict` the first one is raised as PluginError."""

    def __init__(self, *, strict: bool = False) -> None:
        self.all: list[PluginFailure] = []
        self._strict = strict
        self._calls: Counter[str] = Counter()
        self._noted: set[PluginFailure] = set()
        self._silent: dict[str, set[str]] = {}
        self._refused: dict[str, set[str]] = {}

    def refuse(self, plugin: str, hook: str, message: str, *, concerns: str | None = None) -> None:
        """Record what loading or combining found; `concerns` is the hook that stays unanswered by it.

        Raises: PluginError when strict.
        """
        self._refused.setdefault(concerns or hook, set()).add(plugin)
        self._keep(PluginFailure(plugin, hook, message))

    def count(self, plugin: str, hook: str, message: str) -> None:
        """Record a failed call, or an answer that core cannot use; the third sets the plugin aside.

        Raises: PluginError when strict.
        """
        self._calls[plugin] += 1
        self._silent.setdefault(hook, set()).add(plugin)
        aside = f"; set aside after {LIMIT} failures" if self._calls[plugin] == LIMIT else ""
        self._keep(PluginFailure(plugin, hook, f"{message}{aside}"))

    def note(self, plugin: str, hook: str, message: str) -> None:
        """Record a fault in a call about one case: it does not count, and faults alike are told once.

        Raises: PluginError when strict.
        """
        self._silent.setdefault(hook, set()).add(plugin)
        failure = PluginFailure(plugin, hook, message)
        if failure not in self._noted:
            self._noted.add(failure)
            self._keep(failure)

    def skips(self, plugin: str, hook: str) -> bool:
        """Whether the plugin is set aside and must not be called; each hook that it misses is named once."""
        if self._calls[plugin] < LIMIT:
            return False
        self._silent.setdefault(hook, set()).add(plugin)
        failure = PluginFailure(plugin, hook, f"not called: set aside after {LIMIT} failures")
        if failure not in self.all:
            self._keep(failure)
        return True

    def begin(self, hook: str) -> None:
        """A new call of `hook`: nobody has failed in it yet."""
        self._silent.pop(hook, None)

    def unheard(self, hook: str) -> frozenset[str]:
        """Plugins whose answer to the last call of `hook` is missing, or whose hooks are not known at all."""
        parts = (self._refused.get(LOADING), self._refused.get(hook), self._silent.get(hook))
        return frozenset(name for part in parts if part for name in part)

    def of(self, plugin: str) -> tuple[str, ...]:
        """Messages about one plugin, oldest first."""
        return tuple(f"{item.hook}: {item.message}" for item in self.all if item.plugin == plugin)

    def _keep(self, failure: PluginFailure) -> None:
        self.all.append(failure)
        if self._strict:
            hint = "Correct or disable the plugin, or run without --strict"
            raise PluginError(failure.plugin, f"{failure.hook}: {failure.message}", hint=hint)


def described(error: BaseException, *, home: str, with_text: bool) -> str:
    """What `error` says about the plugin whose code lies at `home` (a file or folder, or empty).

    The text of an exception may quote a customer, so it is left out unless `with_text`; the place never is.
    """
    if isinstance(error, ValidationError):
        what = f"made a {error.title} that the contract refuses: {faults_of(error)}"
    elif isinstance(error, UnknownSignalError):
        what = error.message
    else:
        what = f"raised {type(error).__name__}"
        what += f": {error}" if with_text and str(error) else ""
    place = _place(error, home)
    return _short(f"{what} (at {place})" if place else what)


def faults_of(error: ValidationError) -> str:
    """Fields and faults, without the values."""
    faults = [
        f"{'.'.join(str(part) for part in item['loc'])}: {item['msg'].removeprefix('Value error, ')}"
        for item in error.errors(include_input=False, include_url=False)[:3]
    ]
    return "; ".join(fault.removeprefix(": ") for fault in faults)


def _place(error: BaseException, home: str) -> str:
    steps = traceback.extract_tb(error.__traceback__)
    if home:
        inside = [step for step in steps if Path(step.filename).is_relative_to(home)]
    else:
        # The plugin never got so far as to say where its code lies: whatever was imported last is it.
        inside = [step for step in steps if not step.filename.startswith(_NOT_PLUGINS)]
    return f"{_shown(Path(inside[-1].filename))}, line {inside[-1].lineno}" if inside else ""


def _shown(path: Path) -> str:
    """The file's name; every package has a file of this one name, so that its folder says more."""
    return f"{path.parent.name}/{path.name}" if path.name == "__init__.py" else path.name


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LENGTH else f"{flat[: _LENGTH - 2]} …"
