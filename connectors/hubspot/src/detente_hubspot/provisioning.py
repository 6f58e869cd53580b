"""Detente's fields in a portal: which are missing, and making them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from detente_connector_kit import RefusedCallError
from detente_contracts import (
    ConfigurationError,
    ConnectorContext,
    FieldSpec,
    FieldType,
    Kind,
    ProvisionStep,
)

from detente_hubspot.client import Json
from detente_hubspot.metadata import HubSpotMetadata
from detente_hubspot.portal import OBJECTS

WRITTEN = (Kind.ACCOUNT, Kind.DEAL, Kind.TICKET)

_TYPES: Mapping[FieldType, tuple[str, str]] = {
    FieldType.CHOICE: ("enumeration", "select"),
    FieldType.NUMBER: ("number", "number"),
    FieldType.TEXT: ("string", "textarea"),
    FieldType.INSTANT: ("datetime", "date"),
    FieldType.URL: ("string", "text"),
}
"""Property type and field type of each kind of field. Source: HubSpot properties API, type and fieldType."""

_CREATE, _EXTEND, _STANDING = "create", "extend", "standing"


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a portal has for one object: groups by name, properties by name."""

    groups: frozenset[str]
    properties: Mapping[str, Json]


class Provisioning:
    """Makes Detente's fields. Running it again changes nothing."""

    def __init__(self, metadata: HubSpotMetadata, context: ConnectorContext) -> None:
        self._metadata = metadata
        self._fields = {
            OBJECTS[kind]: [spec for spec in context.fields if kind in spec.kinds] for kind in WRITTEN
        }

    def missing(self) -> list[str]:
        """`object.field` of fields that do not exist, or lack an option."""
        missing: list[str] = []
        for name, specs in self._fields.items():
            properties = {row["name"]: row for row in self._metadata.properties(name)} if specs else {}
            missing += [
                f"{name}.{spec.key}"
                for spec in specs
                if spec.key not in properties or missing_options(spec, properties[spec.key])
            ]
        return missing

    def provision(self, *, apply: bool) -> list[ProvisionStep]:
        """Say what is made, and with `apply` make it. Nothing is made when any field clashes.

        Raises: ConfigurationError when a property of ours exists with another type.
        """
        standing = {name: self._look(name) for name, specs in self._fields.items() if specs}
        for name, found in standing.items():
            for spec in self._fields[name]:
                refuse_clash(name, spec, found.properties.get(spec.key))
        steps: list[ProvisionStep] = []
        for name, found in standing.items():
            steps += self._groups(name, found, apply=apply)
            steps += [self._field(name, spec, found, apply=apply) for spec in self._fields[name]]
        return steps

    def _look(self, name: str) -> _Standing:
        return _Standing(
            frozenset(row["name"] for row in self._metadata.groups(name)),
            {row["name"]: row for row in self._metadata.properties(name)},
        )

    def _groups(self, name: str, found: _Standing, *, apply: bool) -> Iterator[ProvisionStep]:
        for prefix in dict.fromkeys(spec.prefix for spec in self._fields[name]):
            if prefix in found.groups:
                yield ProvisionStep(name, prefix, _STANDING, "property group")
                continue
            if apply:
                self._metadata.create_group(name, group_definition(prefix))
            yield ProvisionStep(name, prefix, _CREATE, "property group")

    def _field(self, name: str, spec: FieldSpec, found: _Standing, *, apply: bool) -> ProvisionStep:
        existing = found.properties.get(spec.key)
        if existing is None:
            if apply:
                self._create(name, spec)
            return ProvisionStep(name, spec.key, _CREATE, spec.label)
        lacking = missing_options(spec, existing)
        if not lacking:
            return ProvisionStep(name, spec.key, _STANDING, spec.label)
        if apply:
            options = [*existing.get("options", ()), *option_definitions(lacking, len(existing["options"]))]
            self._metadata.change_property(name, spec.key, {"options": options})
        return ProvisionStep(name, spec.key, _EXTEND, f"options {', '.join(lacking)}")

    def _create(self, name: str, spec: FieldSpec) -> None:
        try:
            self._metadata.create_property(name, property_definition(spec))
        except RefusedCallError as refusal:
            if refusal.status != 409 or spec.key not in self._look(name).properties:
                raise ConfigurationError(
                    f"HubSpot does not make {name}.{spec.key}: {refusal.message}",
                    hint="Look for an archived or hidden property of that name, and run provision again",
                ) from None


def refuse_clash(name: str, spec: FieldSpec, existing: Json | None) -> None:
    """Refuse a property of our name with another type.

    Raises: ConfigurationError.
    """
    wanted = _TYPES[spec.type][0]
    if existing is not None and existing.get("type") != wanted:
        raise ConfigurationError(
            f"HubSpot {name}.{spec.key} exists as {existing.get('type')}, and Detente needs {wanted}",
            hint="Delete or rename that property in HubSpot, and run provision again",
        )


def missing_options(spec: FieldSpec, existing: Json) -> list[str]:
    """Options of a choice that a property lacks, in their order."""
    have = {option["value"] for option in existing.get("options") or ()}
    return [option for option in spec.options if option not in have]


def group_definition(prefix: str) -> Json:
    """A property group for the fields of one prefix."""
    return {"name": prefix, "label": prefix.capitalize(), "displayOrder": -1}


def property_definition(spec: FieldSpec) -> Json:
    """A property as HubSpot's properties API takes it."""
    type_, field_type = _TYPES[spec.type]
    definition: Json = {
        "name": spec.key,
        "label": spec.label,
        "description": spec.help,
        "groupName": spec.prefix,
        "type": type_,
        "fieldType": field_type,
        "formField": False,
    }
    if spec.options:
        definition["options"] = option_definitions(spec.options, 0)
    return definition


def option_definitions(options: Sequence[str], first: int) -> list[Json]:
    """Options with their place in the list, from `first` on."""
    return [
        {"label": option, "value": option, "displayOrder": place, "hidden": False}
        for place, option in enumerate(options, first)
    ]
