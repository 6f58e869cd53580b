"""Detente's fields in an org: which are missing, and making them with the rights to see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detente_connector_kit import RefusedCallError
from detente_contracts import (
    REASON_LENGTH,
    ConfigurationError,
    ConnectorContext,
    FieldSpec,
    FieldType,
    ProvisionStep,
)

from detente_salesforce.access import INTEGRATION, READER, PermissionSets
from detente_salesforce.client import Json, SalesforceClient
from detente_salesforce.manners import error_codes
from detente_salesforce.org import OBJECTS, WRITTEN, Described, Row, field_name
from detente_salesforce.views import readable

_FITTING: Mapping[FieldType, frozenset[str]] = {
    FieldType.CHOICE: frozenset({"picklist"}),
    FieldType.NUMBER: frozenset({"double", "currency", "percent"}),
    FieldType.TEXT: frozenset({"string", "textarea"}),
    FieldType.INSTANT: frozenset({"datetime"}),
    FieldType.URL: frozenset({"url", "string"}),
}
"""Types, as a describe tells them, of a field that can hold ours."""

_LONGEST_LABEL = 40
_LONGEST_NAME = 40
"""Source: Metadata API guide, CustomField: label and developer name, without `__c`."""

_DIGITS = 18
"""Digits of a number, decimals among them, that Salesforce holds at most."""

_CREATE, _STANDING = "create", "standing"


class Provisioning:
    """Makes Detente's fields and permission sets. Running it again changes nothing."""

    def __init__(self, client: SalesforceClient, context: ConnectorContext) -> None:
        self._client = client
        self._access = PermissionSets(client)
        self._fields = {
            OBJECTS[kind]: [spec for spec in context.fields if kind in spec.kinds] for kind in WRITTEN
        }

    def missing(self) -> list[str]:
        """`Object.Field__c` of fields that this user does not see or may not edit, or that lack a value."""
        return [
            f"{name}.{field_name(spec)}"
            for name, specs in self._fields.items()
            for found in [self._described(name, specs)]
            for spec in specs
            if not is_usable(spec, found.fields.get(field_name(spec)))
        ]

    def provision(self, *, apply: bool) -> list[ProvisionStep]:
        """Say what is made, and with `apply` make it. Nothing is made when a field that is seen clashes.

        Raises: ConfigurationError when a field of ours exists with another type, or lacks a value.
        """
        standing = self._standing()
        steps = [
            self._field(name, spec, standing[name], apply=apply)
            for name, specs in self._fields.items()
            for spec in specs
        ]
        ours = [f"{name}.{field_name(spec)}" for name, specs in self._fields.items() for spec in specs]
        for permission_set in (INTEGRATION, READER):
            steps += self._access.grant(permission_set, ours, apply=apply)
        if apply:
            # a field that was there all along, hidden from everybody, shows its type only now
            self._standing()
        return steps

    def _standing(self) -> dict[str, Mapping[str, Row]]:
        """The fields of each object, after a look at ours among them."""
        standing = {name: self._described(name, specs).fields for name, specs in self._fields.items()}
        for name, specs in self._fields.items():
            for spec in specs:
                refuse_clash(name, spec, standing[name].get(field_name(spec)))
        return standing

    def _described(self, name: str, specs: Sequence[FieldSpec]) -> Described:
        if not specs:
            return Described(name, is_readable=True, is_writable=True, fields={})
        return readable(self._client.describe(name, urgent=True), name)

    def _field(
        self, name: str, spec: FieldSpec, standing: Mapping[str, Row], *, apply: bool
    ) -> ProvisionStep:
        own = field_name(spec)
        if own in standing:
            return ProvisionStep(name, own, _STANDING, spec.type.value)
        if apply:
            self._create(name, spec)
        return ProvisionStep(name, own, _CREATE, spec.type.value)

    def _create(self, name: str, spec: FieldSpec) -> None:
        try:
            self._client.create("tooling/sobjects/CustomField", field_definition(name, spec))
        except RefusedCallError as refusal:
            if any("DUPLICATE" in code for code in error_codes(refusal.body)):
                # it exists, and nobody has granted it to this user yet
                return
            raise ConfigurationError(
                f"Salesforce does not make {name}.{field_name(spec)}: {refusal.message}",
                hint="The user needs 'Customize Application'; look for a deleted field of that name",
            ) from None


def is_usable(spec: FieldSpec, existing: Row | None) -> bool:
    """Whether a run can write the field."""
    if existing is None or not existing.get("updateable"):
        return False
    return existing.get("type") in _FITTING[spec.type] and not missing_values(spec, existing)


def refuse_clash(name: str, spec: FieldSpec, existing: Row | None) -> None:
    """Refuse a field of our name that cannot hold our values, and a name that Salesforce cannot take.

    Raises: ConfigurationError.
    """
    own = field_name(spec)
    if len(own.removesuffix("__c")) > _LONGEST_NAME:
        raise ConfigurationError(
            f"{own} is longer than the {_LONGEST_NAME} characters that Salesforce gives a name",
            hint="The plugin that declares the field must shorten its name",
        )
    if existing is None:
        return
    if existing.get("type") not in _FITTING[spec.type]:
        raise ConfigurationError(
            f"Salesforce {name}.{own} exists as {existing.get('type')}, and Detente needs"
            f" {' or '.join(sorted(_FITTING[spec.type]))}",
            hint="Delete or rename that field in Setup > Object Manager, and run provision again",
        )
    lacking = missing_values(spec, existing)
    if lacking:
        raise ConfigurationError(
            f"Salesforce {name}.{own} lacks the values {', '.join(lacking)}",
            hint=f"Add them in Setup > Object Manager > {name} > Fields & Relationships > {spec.label}",
        )


def missing_values(spec: FieldSpec, existing: Row) -> list[str]:
    """Options of a choice that a restricted picklist does not take, in their order."""
    if not existing.get("restrictedPicklist"):
        return []
    have = {value["value"] for value in existing.get("picklistValues") or () if value.get("active", True)}
    return [option for option in spec.options if option not in have]


def field_definition(name: str, spec: FieldSpec) -> Json:
    """A field as the Tooling API takes it."""
    metadata: Json = {
        "label": spec.label[:_LONGEST_LABEL],
        "inlineHelpText": spec.help,
        "description": spec.help,
    }
    if spec.type is FieldType.NUMBER:
        metadata |= {"type": "Number", "precision": _DIGITS, "scale": spec.decimals}
    elif spec.type is FieldType.TEXT:
        metadata |= {"type": "Text", "length": REASON_LENGTH}
    elif spec.type is FieldType.CHOICE:
        metadata |= {"type": "Picklist", "valueSet": _value_set(spec.options)}
    else:
        metadata |= {"type": "DateTime" if spec.type is FieldType.INSTANT else "Url"}
    return {"FullName": f"{name}.{field_name(spec)}", "Metadata": metadata}


def _value_set(options: Sequence[str]) -> Json:
    """A restricted picklist: a bad value fails loudly."""
    values = [{"fullName": option, "label": option, "default": False} for option in options]
    return {"restricted": True, "valueSetDefinition": {"sorted": False, "value": values}}
