"""Detente's fields in Zendesk's terms: types, tags, definitions, and values on their way in and out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from detente_connector_kit import strict_text
from detente_contracts import FieldSpec, FieldText, FieldType, Kind

Json = dict[str, Any]

_TYPES: Mapping[FieldType, str] = {
    FieldType.NUMBER: "decimal",
    FieldType.TEXT: "textarea",
    # a field of type date has no time of day, so an instant would never read back as it was written
    FieldType.INSTANT: "text",
    FieldType.URL: "text",
}

_BAND = "detente_priority"
"""The field whose tags are short: people search and build views by them."""


def place_of(field: Json, kind: Kind) -> str:
    """The name under which a flat row carries a field: its key, or the id of a ticket field."""
    return str(field["id"] if kind is Kind.TICKET else field["key"])


def found_fields(spec: FieldSpec, fields: Iterable[Json], kind: Kind) -> list[Json]:
    """Fields of the account that bear the name of ours, oldest first.

    Ticket fields have no key: they go by title, of which there may be several.
    """
    name, ours = ("title", spec.label) if kind is Kind.TICKET else ("key", spec.key)
    return sorted((field for field in fields if field.get(name) == ours), key=lambda field: int(field["id"]))


def field_type(spec: FieldSpec, kind: Kind) -> str:
    """Zendesk's type of a field: drop-downs are called differently on the two objects."""
    if spec.type is FieldType.CHOICE:
        return "dropdown" if kind is Kind.ACCOUNT else "tagger"
    return _TYPES[spec.type]


def tag_of(option: str, spec: FieldSpec, kind: Kind) -> str:
    """The tag that stands for an option. A tag is never used by two fields, of whatever object.

    `detente_p1` on tickets and `detente_org_p1` on organizations; other fields have their own key in it.
    """
    stem = spec.prefix if spec.key == _BAND else spec.key
    object_ = "org_" if kind is Kind.ACCOUNT else ""
    word = "".join(letter if letter.isalnum() else "_" for letter in option.lower())
    return f"{stem}_{object_}{word}"


def tags_of(spec: FieldSpec, kind: Kind) -> dict[str, str]:
    """Option to tag, in the order of the options; empty for a field without options."""
    return {option: tag_of(option, spec, kind) for option in spec.options}


def vendor_value(value: FieldText, spec: FieldSpec, kind: Kind) -> str | float | None:
    """A canonical value as Zendesk takes it; None clears a field.

    Raises: ValueError without the value in it, when it is not of the field's type.
    """
    text = strict_text(value, spec)
    if text is None:
        return None
    if spec.type is FieldType.NUMBER:
        return float(text)
    if spec.type is FieldType.CHOICE:
        if text not in spec.options:
            raise ValueError(f"none of {', '.join(spec.options)}")
        return tag_of(text, spec, kind)
    return text


def option_held(text: FieldText, spec: FieldSpec, kind: Kind) -> FieldText:
    """The option that a tag stands for; a tag that is none of ours is shown as it is."""
    if text is None or spec.type is not FieldType.CHOICE:
        return text
    options = {tag: option for option, tag in tags_of(spec, kind).items()}
    return options.get(text, text)


def definition_of(spec: FieldSpec, kind: Kind) -> Json:
    """A field as Zendesk's API takes it: optional, and nothing that customers see."""
    definition: Json = {"type": field_type(spec, kind), "title": spec.label, "description": spec.help}
    if spec.options:
        definition["custom_field_options"] = option_definitions(spec, kind)
    if kind is Kind.ACCOUNT:
        return {**definition, "key": spec.key}
    return {**definition, "required": False, "visible_in_portal": False, "editable_in_portal": False}


def option_definitions(spec: FieldSpec, kind: Kind) -> list[Json]:
    """Options with name and tag, in their order."""
    return [{"name": option, "value": tag} for option, tag in tags_of(spec, kind).items()]
