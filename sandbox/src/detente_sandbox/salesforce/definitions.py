"""Defines custom fields from the vendor's metadata. Section 4 of the reference; codes and wording [U]."""

import re
from collections.abc import Callable
from typing import Any

from detente_sandbox.salesforce.facts import JsonObject, RowError
from detente_sandbox.salesforce.schema.field import (
    Field,
    Option,
    day,
    long_text,
    moment,
    number,
    text,
    truth,
)
from detente_sandbox.salesforce.schema.objects import ObjectType

# Section 4: at most 40 characters before `__c`.
NAME_MAX = 40
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*__c")
_TEXT_MAX, _LONG_TEXT_MAX, _DIGITS_MAX, _PICKLIST_LENGTH, _URL_LENGTH = 255, 131_072, 18, 255, 255

Maker = Callable[[str, str, JsonObject], Field]


def field_of(name: str, metadata: JsonObject, made_at: str) -> Field:
    """The field that metadata describes. Raises: RowError when it is not understood."""
    if not _NAME.fullmatch(name) or len(name) > NAME_MAX + 3:
        raise bad_metadata(f"The Custom Field API Name {name[:60]!r} is not valid.")
    kind, label = metadata.get("type"), metadata.get("label")
    if not isinstance(label, str) or not label.strip():
        raise RowError("REQUIRED_FIELD_MISSING", "Required fields are missing: [Label]", ["Label"])
    maker = _MAKERS.get(str(kind))
    if maker is None:
        raise bad_metadata(f"Field type {kind!r} is not simulated; known are {', '.join(_MAKERS)}")
    made = maker(name, label, metadata)
    more = {
        "help": metadata.get("inlineHelpText"),
        "has_history": bool(metadata.get("trackHistory")),
        "is_external_id": bool(metadata.get("externalId")),
        "is_id_lookup": bool(metadata.get("externalId")),
        "is_unique": bool(metadata.get("unique")),
        "is_nillable": made.is_nillable and not metadata.get("required"),
        "made_at": made_at,
    }
    return Field(**{**made.__dict__, **more})


def bad_metadata(message: str) -> RowError:
    """Metadata that makes no field."""
    return RowError("FIELD_INTEGRITY_EXCEPTION", message, [])


def _within(metadata: JsonObject, key: str, low: int, high: int) -> int:
    value = metadata.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise bad_metadata(f"{key} must be a whole number from {low} to {high}, not {value!r}")
    return value


def _make_text(name: str, label: str, metadata: JsonObject) -> Field:
    return text(name, _within(metadata, "length", 1, _TEXT_MAX), label)


def _make_area(name: str, label: str, metadata: JsonObject) -> Field:
    return long_text(name, _TEXT_MAX, label)


def _make_long(name: str, label: str, metadata: JsonObject) -> Field:
    _within(metadata, "visibleLines", 2, 50)
    return long_text(name, _within(metadata, "length", 256, _LONG_TEXT_MAX), label)


def _numeric(kind: str) -> Maker:
    def make(name: str, label: str, metadata: JsonObject) -> Field:
        precision = _within(metadata, "precision", 1, _DIGITS_MAX)
        return number(name, precision, _within(metadata, "scale", 0, precision), label, kind=kind)

    return make


def _make_truth(name: str, label: str, metadata: JsonObject) -> Field:
    default = metadata.get("defaultValue", False)
    return truth(name, label, "hideable", default=default in (True, "true"))


def _make_url(name: str, label: str, metadata: JsonObject) -> Field:
    return text(name, _URL_LENGTH, label, kind="url")


def _make_picklist(name: str, label: str, metadata: JsonObject) -> Field:
    chosen = metadata.get("valueSet")
    definition = chosen.get("valueSetDefinition") if isinstance(chosen, dict) else None
    rows = definition.get("value") if isinstance(definition, dict) else None
    if not isinstance(chosen, dict) or not isinstance(rows, list) or not rows:
        raise bad_metadata("valueSet.valueSetDefinition.value must list the values")
    options = tuple(_option(row) for row in rows)
    if len({option.value.casefold() for option in options}) < len(options):
        raise bad_metadata("two values of the picklist are the same")
    default = next((option.value for option in options if option.is_default), None)
    return Field(
        name,
        "picklist",
        label,
        length=_PICKLIST_LENGTH,
        options=options,
        is_restricted=bool(chosen.get("restricted")),
        default=default,
        has_default=default is not None,
    )


def _option(row: Any) -> Option:
    if not isinstance(row, dict) or not row.get("fullName"):
        raise bad_metadata("each value of a picklist needs a fullName")
    return Option(str(row["fullName"]), str(row.get("label") or row["fullName"]), bool(row.get("default")))


_MAKERS: dict[str, Maker] = {
    "Text": _make_text,
    "TextArea": _make_area,
    "LongTextArea": _make_long,
    "Number": _numeric("double"),
    "Currency": _numeric("currency"),
    "Percent": _numeric("percent"),
    "Checkbox": _make_truth,
    "Date": lambda name, label, metadata: day(name, label),
    "DateTime": lambda name, label, metadata: moment(name, label),
    "Url": _make_url,
    "Picklist": _make_picklist,
}


def define(of: ObjectType, name: str, metadata: JsonObject, made_at: str) -> Field:
    """Adds a field to a type. Raises: RowError also when there is one of that name."""
    made = field_of(name, metadata, made_at)
    known = of.by_word.get(name.lower())
    if known is not None:
        text = f"There is already a field named {known.name.removesuffix('__c')} on {of.label}."
        raise RowError("DUPLICATE_DEVELOPER_NAME", text, [])
    of.define(made)
    return made
