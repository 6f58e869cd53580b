"""One loaded plugin: imported, checked against the contract, and called one hook at a time."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pluggy
import polars as pl
from detente_contracts import CONTRACT_VERSION, PROJECT, Criterion, hookspecs, unknown_name

from detente.engine.plugins.failures import PluginFault, described
from detente.engine.plugins.frames import PortfolioFrame
from detente.engine.plugins.hooks import HookShape, hook_shape, hook_shapes, nearest_hook
from detente.engine.plugins.points import points_series
from detente.engine.plugins.sources import Origin, Source

_PREFIX = f"{PROJECT}_"

_UNDECLARED = (1, 0)
"""The contract of a plugin that names none: the first, for it cannot know what came later."""


class _OneByOne(pluggy.PluginManager):
    """Registers only the functions in `accepted`, so that one bad hook does not cost the plugin's others."""

    def __init__(self) -> None:
        super().__init__(PROJECT)
        self.accepted: set[str] = set()
        self.add_hookspecs(hookspecs)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        return super().parse_hookimpl_opts(plugin, name) if name in self.accepted else None

    def marked(self, plugin: object, name: str) -> Any:
        """The marker's options of an attribute, whether accepted or not; None when it has no marker."""
        return super().parse_hookimpl_opts(plugin, name)


class Implementation:
    """The hooks of one plugin that can be called, and the faults of those that cannot."""

    def __init__(self, source: Source) -> None:
        """Import the plugin.

        Raises: PluginFault when it cannot be imported or wants another contract.
        """
        self.name = source.name
        self.path = source.target if source.origin is Origin.FILE else ""
        self.faults: list[tuple[str, str]] = []
        self._code: dict[str, Criterion] = {}
        with self._isolated(with_text=True):
            plugin = _imported(source)
            self.path = self.path or _path_of(plugin)
            _negotiate(getattr(plugin, "detente_contract", _UNDECLARED))
            self._callers = self._registered(plugin)

    @property
    def hooks(self) -> tuple[str, ...]:
        """Names of the hooks that can be called, in the order of a run."""
        return tuple(name for name in hook_shapes() if name in self._callers)

    def objects(self, hook: str, arguments: Mapping[str, object]) -> list[Any]:
        """What the plugin answers, as the models that it made.

        Raises: PluginFault when it raises or returns something else.
        """
        shape = hook_shape(hook)
        caller = self._callers[hook]
        with self._isolated(with_text=not shape.about_customers):
            raw = caller.function(*[arguments[name] for name in caller.argnames])
            items = shape.instances(raw)
        if shape.item is Criterion:
            self._keep_code(items)
        return items

    def answer(self, hook: str, arguments: Mapping[str, object]) -> str:
        """What the plugin answers, as JSON.

        Raises: PluginFault as `objects` does, and for values that have no JSON form.
        """
        return hook_shape(hook).write(self.objects(hook, arguments))

    def points(self, criterion: str, frame: PortfolioFrame) -> pl.Series:
        """Points that the function of a criterion gives, one a customer; null is unknown.

        Raises: PluginFault when it raises or returns something else.
        """
        if criterion not in self._code:
            raise PluginFault(f"criterion {criterion} has no function in this plugin")
        with self._isolated(with_text=False, what=f"criterion {criterion}: "):
            return points_series(_raw_points(self._code[criterion], frame), frame.height)

    def _keep_code(self, criteria: Sequence[Criterion]) -> None:
        self._code = {item.name: item for item in criteria if item.function or item.frame_function}

    @contextmanager
    def _isolated(self, *, with_text: bool, what: str = "") -> Iterator[None]:
        try:
            yield
        except PluginFault as fault:
            raise PluginFault(f"{what}{fault}") from None
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
            said = described(error, home=_home(self.path), with_text=with_text)
            raise PluginFault(f"{what}{said}") from None

    def _registered(self, plugin: object) -> dict[str, Any]:
        manager = _OneByOne()
        for name in dir(plugin):
            fault = self._fault(manager, plugin, name)
            if fault:
                self.faults.append((name, fault))
            elif manager.marked(plugin, name) is not None:
                manager.accepted.add(name)
        manager.register(plugin, name=self.name)
        manager.check_pending()
        return {
            caller.name: next(iter(caller.get_hookimpls()))
            for caller in manager.get_hookcallers(plugin) or []
        }

    def _fault(self, manager: _OneByOne, plugin: object, name: str) -> str | None:
        options = manager.marked(plugin, name)
        if options is None:
            return _unmarked(plugin, name)
        hook = options.get("specname") or name
        if hook not in hook_shapes():
            return unknown_name("hook", hook, hook_shapes())
        if options.get("wrapper") or options.get("hookwrapper"):
            return "hook wrappers are not called: every plugin answers alone"
        return _signature_fault(hook_shape(hook), getattr(plugin, name))


def _imported(source: Source) -> object:
    if source.origin is Origin.ENTRY_POINT:
        return EntryPoint(source.name, source.target, PROJECT).load()
    module_name = f"detente_dropped_{source.name}"
    spec = importlib.util.spec_from_file_location(module_name, source.target)
    if spec is None or spec.loader is None:
        raise PluginFault(f"{source.target} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and pickles of the plugin look their module up by name.
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[module_name]
        raise
    return module


def _path_of(plugin: object) -> str:
    module = plugin if inspect.ismodule(plugin) else inspect.getmodule(type(plugin))
    return str(getattr(module, "__file__", None) or "")


def _home(path: str) -> str:
    """Where the plugin's own code lies: a package's folder, or the one file."""
    return str(Path(path).parent) if Path(path).name == "__init__.py" else path


def _negotiate(wanted: object) -> None:
    ours = ".".join(str(part) for part in CONTRACT_VERSION)
    if not (isinstance(wanted, tuple) and len(wanted) == 2 and all(type(part) is int for part in wanted)):
        raise PluginFault(f"detente_contract must be two whole numbers, such as {CONTRACT_VERSION}")
    if wanted[0] == CONTRACT_VERSION[0] and wanted[1] <= CONTRACT_VERSION[1]:
        return
    todo = "update Detente" if wanted > CONTRACT_VERSION else "update the plugin"
    raise PluginFault(f"wants contract {wanted[0]}.{wanted[1]}, this Detente has {ours}: {todo}")


def _unmarked(plugin: object, name: str) -> str | None:
    is_meant = name.startswith(_PREFIX) and inspect.isroutine(inspect.getattr_static(plugin, name))
    if not is_meant:
        return None
    if name in hook_shapes():
        return "not marked as a hook: put @hookimpl above it"
    near = nearest_hook(name)
    return f"unknown hook {name!r}; did you mean {near!r}? Put @hookimpl above it too" if near else None


def _signature_fault(shape: HookShape, function: Callable[..., object]) -> str | None:
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.default is not parameter.empty:
            return f"argument {name} has a default value: remove the default, hooks always give all arguments"
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            return f"argument *{name} takes anything: name the arguments that the hook wants"
        if name not in shape.arguments:
            return unknown_name(f"argument of {shape.name}", name, shape.arguments)
    return None


def _raw_points(criterion: Criterion, frame: PortfolioFrame) -> object:
    if criterion.frame_function is not None:
        return criterion.frame_function(frame)
    function = criterion.function
    return [function(row) for row in frame.rows()] if function is not None else None
