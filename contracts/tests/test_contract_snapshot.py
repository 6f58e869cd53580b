"""The contract as it stands beside the snapshot of it: changing the snapshot is the contract review.

Run this file as a script to write the snapshot anew.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import json
import sys
import types
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import get_origin

import detente_contracts
import pluggy
import pytest
from detente_contracts import CONTRACT_VERSION, PROJECT, ContractModel, hookspecs
from pydantic_core import to_jsonable_python

SNAPSHOT = Path(__file__).parent / "contract_snapshot.json"
BOUNDS = ("gt", "ge", "lt", "le", "min_length", "max_length", "pattern")


def contract() -> dict[str, object]:
    """All that plugins and connectors depend on, as JSON-able data in the source's own words."""
    return {
        "version": list(CONTRACT_VERSION),
        "hooks": hooks(),
        "names": {name: shape_of(getattr(detente_contracts, name)) for name in detente_contracts.__all__},
    }


def hooks() -> dict[str, object]:
    """Hook signatures, in the order of a run."""
    manager = pluggy.PluginManager(PROJECT)
    told: dict[str, object] = {}
    for name in vars(hookspecs):
        options = manager.parse_hookspec_opts(hookspecs, name)
        if options is not None:
            told[name] = {**signature_of(getattr(hookspecs, name)), "firstresult": options["firstresult"]}
    return told


def shape_of(value: object) -> object:
    """What a name of the contract is, as far as others can depend on it."""
    if isinstance(value, enum.EnumType):
        members: Mapping[str, object] = dict(value.__members__)
        return {"enum": {name: plain(member) for name, member in members.items()}}
    if inspect.isclass(value) and issubclass(value, ContractModel):
        return {"model": {name: field_of(value, name) for name in value.model_fields}, **methods_of(value)}
    if dataclasses.is_dataclass(value) and inspect.isclass(value):
        return {"dataclass": {item.name: slot_of(item) for item in dataclasses.fields(value)}}
    if inspect.isclass(value):
        return {"bases": [base.__name__ for base in value.__bases__], **methods_of(value)}
    if inspect.isfunction(value):
        return signature_of(value)
    if isinstance(value, types.UnionType | types.GenericAlias) or get_origin(value) is not None:
        return {"alias": str(value)}
    if type(value).__module__.startswith(pluggy.__name__):
        return {"marker": type(value).__name__}
    return {"value": plain(value)}


def field_of(model: type[ContractModel], name: str) -> dict[str, object]:
    """One field of a model: annotation, default, and the bounds that it keeps."""
    field = model.model_fields[name]
    owner = next(base for base in model.__mro__ if name in inspect.get_annotations(base))
    bounds = {key: getattr(item, key) for item in field.metadata for key in BOUNDS if hasattr(item, key)}
    told: dict[str, object] = {"type": str(inspect.get_annotations(owner)[name]), **plain_items(bounds)}
    if field.alias:
        told["alias"] = field.alias
    if not field.is_required():
        told["default"] = plain(field.get_default(call_default_factory=True, validated_data={}))
    return told


def slot_of(field: dataclasses.Field[object]) -> dict[str, object]:
    """One field of a dataclass: annotation and default."""
    if field.default is not dataclasses.MISSING:
        return {"type": str(field.type), "default": plain(field.default)}
    if field.default_factory is not dataclasses.MISSING:
        return {"type": str(field.type), "default": plain(field.default_factory())}
    return {"type": str(field.type)}


def methods_of(owner: type) -> dict[str, object]:
    """Public methods, properties and class attributes that a class itself defines."""
    told: dict[str, object] = {}
    for name, value in vars(owner).items():
        raw = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        if name.startswith("_") and name not in ("__init__", "__call__", "__arrow_c_stream__"):
            continue
        if isinstance(raw, property | cached_property):
            getter = raw.func if isinstance(raw, cached_property) else raw.fget
            told[name] = {"property": str(inspect.signature(getter).return_annotation) if getter else ""}
        elif inspect.isfunction(raw) and raw.__module__ == owner.__module__:
            is_abstract = {"abstract": True} if getattr(raw, "__isabstractmethod__", False) else {}
            told[name] = {**signature_of(raw), **is_abstract}
        elif not issubclass(owner, ContractModel) and not callable(raw):
            told[name] = {"value": plain(raw)}
    return {"members": told} if told else {}


def signature_of(function: object) -> dict[str, object]:
    """Arguments with types and defaults, and what comes back."""
    assert callable(function)
    shape = inspect.signature(function)
    arguments = {}
    for name, item in shape.parameters.items():
        default = "" if item.default is item.empty else f" = {plain(item.default)!r}"
        kind = "keyword " if item.kind is item.KEYWORD_ONLY else ""
        arguments[name] = f"{kind}{'' if item.annotation is item.empty else item.annotation}{default}"
    return {"arguments": arguments, "returns": str(shape.return_annotation)}


def plain(value: object) -> object:
    """A value as JSON holds it; classes and functions by name."""
    return to_jsonable_python(value, fallback=lambda odd: getattr(odd, "__name__", type(odd).__name__))


def plain_items(values: Mapping[str, object]) -> dict[str, object]:
    """The values that are set, by name, as JSON holds them."""
    return {name: plain(value) for name, value in values.items() if value is not None}


def differences(before: object, after: object, where: str = "") -> Iterator[str]:
    """Every place in which two trees of JSON differ, one line each."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            place = f"{where}.{key}" if where else str(key)
            if key not in after:
                yield f"- {place}: removed"
            elif key not in before:
                yield f"+ {place}: {json.dumps(after[key])}"
            else:
                yield from differences(before[key], after[key], place)
    elif before != after:
        yield f"~ {where}: {json.dumps(before)} -> {json.dumps(after)}"


def test_the_contract_is_the_one_that_was_reviewed() -> None:
    reviewed = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    found = list(differences(reviewed, json.loads(json.dumps(contract()))))

    told = "\n".join(found)
    assert not found, f"the contract changed; review it, then run this file as a script:\n{told}"


def test_hooks_stand_in_the_order_that_was_reviewed() -> None:
    reviewed = json.loads(SNAPSHOT.read_text(encoding="utf-8"))

    assert list(hooks()) == list(reviewed["hooks"])


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param({"a": {"b": 1}}, {"a": {}}, "- a.b: removed", id="removed"),
        pytest.param({"a": {}}, {"a": {"b": 1}}, "+ a.b: 1", id="added"),
        pytest.param({"a": {"b": 1}}, {"a": {"b": "1"}}, '~ a.b: 1 -> "1"', id="changed"),
    ],
)
def test_a_difference_names_its_place(before: object, after: object, said: str) -> None:
    assert list(differences(before, after)) == [said]


def test_every_name_that_modules_define_for_others_is_part_of_the_contract() -> None:
    told = contract()["names"]
    assert isinstance(told, dict)
    defined = {
        name
        for module in list(vars(detente_contracts).values())
        if inspect.ismodule(module) and module.__name__.startswith("detente_contracts.")
        for name, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == module.__name__ and not name.startswith("_")
        if "testing" not in module.__name__
    }

    assert defined - set(told) == set()


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(contract(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(0)
