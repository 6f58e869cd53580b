"""What the cells of each record field are, taken from the records themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from functools import cache

from detente_contracts import RECORD_TYPES, Kind


class CellType(StrEnum):
    """What a cell is to be read as."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    INSTANT = "instant"
    MONEY = "money"


_BY_ANNOTATION = {
    "str": CellType.TEXT,
    "int": CellType.INTEGER,
    "float": CellType.NUMBER,
    "bool": CellType.FLAG,
    "datetime": CellType.INSTANT,
}
_NOT_MAPPED = ("ref", "custom", "held")
_MINOR = "_minor"


@cache
def cell_types(kind: Kind) -> Mapping[str, CellType]:
    """Fields of `kind` that settings may map. Money is mapped by its bare name: `arr`, not `arr_minor`."""
    types: dict[str, CellType] = {}
    for field in fields(RECORD_TYPES[kind]):
        if field.name in _NOT_MAPPED:
            continue
        if field.name.endswith(_MINOR):
            types[field.name.removesuffix(_MINOR)] = CellType.MONEY
        else:
            types[field.name] = _BY_ANNOTATION[str(field.type).removesuffix(" | None")]
    return types


def record_field(name: str, type_: CellType) -> str:
    """The record's own name of a mapped field."""
    return f"{name}{_MINOR}" if type_ is CellType.MONEY else name


def currency_field(name: str) -> str:
    """The field that holds the currency of the money `name`."""
    return f"{name}_currency"


def required_fields(kind: Kind) -> frozenset[str]:
    """Fields that a record cannot lack: a person's name."""
    return frozenset({"name"}) if kind is Kind.PERSON else frozenset()


FLAG_TEXTS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "on"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "off"), False),
}
"""What a flag may be written as, in lower case."""

PRIORITY_TEXTS: Mapping[str, str] = {
    **dict.fromkeys(("1", "1 - critical", "critical", "urgent"), "urgent"),
    **dict.fromkeys(("2", "2 - high", "high"), "high"),
    **dict.fromkeys(("3", "3 - moderate", "moderate", "medium", "normal"), "normal"),
    **dict.fromkeys(("4", "4 - low", "5", "5 - planning", "low"), "low"),
}
"""What a ticket's priority may be written as without `values` in the settings, in lower case."""
