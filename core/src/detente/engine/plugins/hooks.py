"""The shape of each hook, read from its specification: what it takes, what it returns, how both cross."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from types import GenericAlias
from typing import Any, get_args, get_type_hints

import pluggy
import polars as pl
from detente_contracts import PROJECT, ConnectorType, ContractModel, Criterion, Frame, hookspecs, unknown_name
from pydantic import TypeAdapter, ValidationError

from detente.engine.plugins.failures import PluginFault, faults_of
from detente.engine.plugins.frames import PortfolioFrame

_PREFIX = f"{PROJECT}_"
_ALIKE = 0.75


@dataclass(frozen=True, slots=True)
class HookShape:
    """One hook. `first`: the first answer that is not None is taken, instead of all.

    `crosses` says that answers are data and may come from the plugin host; `about_customers` that arguments
    hold customer data, so that no exception's text may be shown.
    """

    name: str
    arguments: Mapping[str, Any]
    item: type
    first: bool

    @property
    def crosses(self) -> bool:
        """Whether answers can leave the process that made them."""
        return issubclass(self.item, ContractModel)

    @property
    def about_one_case(self) -> bool:
        """Whether a call is about one case of many, so that a fault says little about the next call."""
        return "case" in self.arguments

    @property
    def about_customers(self) -> bool:
        """Whether arguments hold what a CRM said about customers."""
        return bool(self.arguments.keys() & {"portfolio", "accounts", "case"})

    def checked(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """`arguments` as the hook takes them; a Polars frame becomes a Frame.

        Raises: TypeError when core gives too many or too few.
        """
        if arguments.keys() != self.arguments.keys():
            raise TypeError(f"{self.name} takes {sorted(self.arguments)}, not {sorted(arguments)}")
        return {
            name: PortfolioFrame(value) if isinstance(value, pl.DataFrame) else value
            for name, value in arguments.items()
        }

    def pack(
        self, arguments: Mapping[str, object], path_of: Callable[[PortfolioFrame], str]
    ) -> dict[str, str]:
        """Arguments as JSON text; frames as the file that `path_of` wrote."""
        packed: dict[str, str] = {}
        for name, value in arguments.items():
            if isinstance(value, PortfolioFrame):
                packed[name] = path_of(value)
            else:
                packed[name] = _adapter(self.arguments[name]).dump_json(value, by_alias=True).decode()
        return packed

    def unpack(self, packed: Mapping[str, str], frame_at: Callable[[str], PortfolioFrame]) -> dict[str, Any]:
        """Undo `pack`."""
        unpacked: dict[str, Any] = {}
        for name, value in packed.items():
            if self.arguments[name] is Frame:
                unpacked[name] = frame_at(value)
            else:
                unpacked[name] = _in_utc(_adapter(self.arguments[name]).validate_json(value))
        return unpacked

    def instances(self, raw: object) -> list[Any]:
        """What a plugin returned, as a list of the models that the hook wants.

        Raises: PluginFault when it is something else; whatever a generator of the plugin raises.
        """
        if self.first:
            items = [] if raw is None else [raw]
        elif isinstance(raw, str | bytes | Mapping | ContractModel) or not hasattr(raw, "__iter__"):
            raise PluginFault(
                f"returned {_named(raw)}; return a list of {self.item.__name__}, empty for nothing"
            )
        else:
            items = list(raw)
        for item in items:
            self._check_item(item)
        return items

    def write(self, items: list[Any]) -> str:
        """Checked items as JSON.

        Raises: PluginFault when a value has no JSON form.
        """
        plain = tuple(_without_code(item) for item in items)
        try:
            # Silent on odd values, as `read` names them with their field.
            return self._answers().dump_json(plain, by_alias=True, warnings="none").decode()
        except ValueError:
            raise PluginFault(f"returned a {self.item.__name__} that holds more than plain data") from None

    def read(self, text: str) -> Any:
        """The answer that `write` wrote: a tuple of models, or one or None when the first answer counts.

        Raises: PluginFault naming the field when a model was built around its own rules.
        """
        try:
            items = self._answers().validate_json(text)
        except ValidationError as error:
            raise PluginFault(
                f"returned a {self.item.__name__} that the contract refuses: {faults_of(error)}"
            ) from None
        return next(iter(items), None) if self.first else items

    def _answers(self) -> TypeAdapter[Any]:
        return _adapter(GenericAlias(tuple, (self.item, ...)))

    def _check_item(self, item: object) -> None:
        if not isinstance(item, self.item):
            raise PluginFault(f"returned {_named(item)} where {self.item.__name__} is wanted")
        if isinstance(item, ConnectorType):
            is_sound = isinstance(item.settings, type) and issubclass(item.settings, ContractModel)
            if not (is_sound and callable(item.build) and isinstance(item.name, str) and item.name):
                raise PluginFault("returned a ConnectorType without name, settings model or way to build one")


@cache
def hook_shapes() -> Mapping[str, HookShape]:
    """All hooks by name, in the order of the specifications, which is the order of a run."""
    manager = pluggy.PluginManager(PROJECT)
    shapes: dict[str, HookShape] = {}
    for name in vars(hookspecs):
        options = manager.parse_hookspec_opts(hookspecs, name)
        if options is not None:
            shapes[name] = _shape(name, first=bool(options["firstresult"]))
    return shapes


def hook_shape(name: str) -> HookShape:
    """The shape of one hook.

    Raises: KeyError with the nearest known name.
    """
    shapes = hook_shapes()
    if name not in shapes:
        raise KeyError(unknown_name("hook", name, shapes))
    return shapes[name]


def nearest_hook(name: str) -> str | None:
    """The hook that a misspelt name was probably meant to be; None when it is like none."""
    # The prefix is left out: by it alone, every name would be like some hook.
    bare = {known.removeprefix(_PREFIX): known for known in hook_shapes()}
    near = get_close_matches(name.removeprefix(_PREFIX), bare, n=1, cutoff=_ALIKE)
    return bare[near[0]] if near else None


def _shape(name: str, *, first: bool) -> HookShape:
    hints = get_type_hints(getattr(hookspecs, name))
    returned = hints.pop("return")
    return HookShape(name=name, arguments=hints, item=get_args(returned)[0], first=first)


@cache
def _adapter(wanted: Any) -> TypeAdapter[Any]:
    return TypeAdapter(wanted)


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _without_code(item: object) -> object:
    if isinstance(item, Criterion) and (item.function or item.frame_function):
        return item.model_copy(update={"function": None, "frame_function": None, "python": True})
    return item


def _named(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
