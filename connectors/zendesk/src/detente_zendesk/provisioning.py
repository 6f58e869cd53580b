"""Detente's fields in an account: which are missing, making them, and never touching what is not ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from detente_connector_kit import RefusedCallError
from detente_contracts import ConfigurationError, ConnectorContext, FieldSpec, Kind, ProvisionStep

from detente_zendesk.account import OBJECTS, WRITTEN
from detente_zendesk.client import Json, ZendeskClient
from detente_zendesk.envelopes import said_in
from detente_zendesk.own_fields import (
    definition_of,
    field_type,
    found_fields,
    option_definitions,
    tags_of,
)
from detente_zendesk.views import Views

_CREATE, _EXTEND, _STANDING = "create", "extend", "standing"

_PATHS: Mapping[Kind, tuple[str, str]] = {
    Kind.ACCOUNT: ("/organization_fields", "organization_field"),
    Kind.TICKET: ("/ticket_fields", "ticket_field"),
}

Fields = Mapping[Kind, Sequence[Json]]
"""All fields of an account by kind, those that are switched off too."""


class Provisioning:
    """Makes Detente's fields. Running it again changes nothing."""

    def __init__(self, client: ZendeskClient, views: Views, context: ConnectorContext) -> None:
        self._client = client
        self._views = views
        self._specs = {kind: [spec for spec in context.fields if kind in spec.kinds] for kind in WRITTEN}

    def missing(self) -> list[str]:
        """`object.field` of fields that do not exist, are switched off, or lack an option."""
        return [
            f"{OBJECTS[kind]}.{spec.key}"
            for kind, fields in self._look().items()
            for spec in self._specs[kind]
            if not _is_whole(spec, kind, fields)
        ]

    def provision(self, maker: ZendeskClient, *, apply: bool) -> list[ProvisionStep]:
        """Say what is made, and with `apply` make it by `maker`. Nothing is made when any field clashes.

        Raises: ConfigurationError when a field or tag of ours is taken.
        """
        refuse_shared_tags(self._specs)
        fields = self._look()
        for kind, specs in self._specs.items():
            for spec in specs:
                refuse_clash(spec, kind, fields)
        steps = [
            self._step(maker, spec, kind, fields[kind], apply=apply)
            for kind, specs in self._specs.items()
            for spec in specs
        ]
        self._views.forget()
        return steps

    def _look(self) -> Fields:
        return {kind: self._views.definitions(kind) for kind, specs in self._specs.items() if specs}

    def _step(
        self, maker: ZendeskClient, spec: FieldSpec, kind: Kind, fields: Sequence[Json], *, apply: bool
    ) -> ProvisionStep:
        name = OBJECTS[kind]
        found = found_fields(spec, fields, kind)
        if not found:
            if apply:
                _create(maker, spec, kind)
            return ProvisionStep(name, spec.key, _CREATE, spec.label)
        lacking = missing_options(spec, kind, found[0])
        if not lacking:
            return ProvisionStep(name, spec.key, _STANDING, spec.label)
        if apply:
            _add_options(maker, spec, kind, found[0], lacking)
        return ProvisionStep(name, spec.key, _EXTEND, f"options {', '.join(lacking)}")


def refuse_shared_tags(specs: Mapping[Kind, Sequence[FieldSpec]]) -> None:
    """Refuse fields of ours of which two would use one tag.

    Raises: ConfigurationError.
    """
    owners: dict[str, str] = {}
    for kind, fields in specs.items():
        for spec in fields:
            for tag in tags_of(spec, kind).values():
                owner = owners.setdefault(tag, f"{OBJECTS[kind]}.{spec.key}")
                if owner != f"{OBJECTS[kind]}.{spec.key}":
                    raise ConfigurationError(
                        f"{owner} and {OBJECTS[kind]}.{spec.key} would both use the tag {tag}",
                        hint="Rename the plugin's field or its option",
                    )


def refuse_clash(spec: FieldSpec, kind: Kind, fields: Fields) -> None:
    """Refuse a field of our name that is not as we need it, and a tag of ours on another field.

    Raises: ConfigurationError.
    """
    found = found_fields(spec, fields[kind], kind)
    name = f"{OBJECTS[kind]}.{spec.key}"
    if len(found) > 1:
        raise ConfigurationError(
            f"Zendesk has {len(found)} ticket fields titled '{spec.label}'",
            hint="Rename or delete all but the one that Detente writes, and run provision again",
        )
    wanted = field_type(spec, kind)
    if found and found[0].get("type") != wanted:
        raise ConfigurationError(
            f"Zendesk {name} exists as {found[0].get('type')}, and Detente needs {wanted}",
            hint="Rename or delete that field, as its type cannot be changed, and run provision again",
        )
    if found and found[0].get("active") is False:
        raise ConfigurationError(
            f"Zendesk {name} is deactivated",
            hint="Activate the field in Admin Center, and run provision again",
        )
    for tag in tags_of(spec, kind).values():
        taken = next(_holders(tag, found, fields), None)
        if taken is not None:
            raise ConfigurationError(
                f"the tag {tag}, which stands for an option of {name}, is taken by the field '{taken}'",
                hint="A tag belongs to one field: change it there, and run provision again",
            )


def _holders(tag: str, ours: Sequence[Json], fields: Fields) -> Iterator[str]:
    """Titles of other fields that use the tag."""
    for field in (field for rows in fields.values() for field in rows):
        if field not in ours and (tag in _tags(field) or field.get("tag") == tag):
            yield str(field.get("title") or field.get("id"))


def _tags(field: Json) -> set[str]:
    return {str(option.get("value")) for option in field.get("custom_field_options") or ()}


def missing_options(spec: FieldSpec, kind: Kind, field: Json) -> list[str]:
    """Options of a choice that a field lacks, in their order."""
    have = _tags(field)
    return [option for option, tag in tags_of(spec, kind).items() if tag not in have]


def _is_whole(spec: FieldSpec, kind: Kind, fields: Sequence[Json]) -> bool:
    found = found_fields(spec, fields, kind)
    if not found or found[0].get("active") is False or found[0].get("type") != field_type(spec, kind):
        return False
    return not missing_options(spec, kind, found[0])


def _create(maker: ZendeskClient, spec: FieldSpec, kind: Kind) -> None:
    try:
        maker.create_field(*_PATHS[kind], definition_of(spec, kind))
    except RefusedCallError as refusal:
        raise _refused(spec, kind, refusal) from None


def _add_options(
    maker: ZendeskClient, spec: FieldSpec, kind: Kind, field: Json, lacking: Sequence[str]
) -> None:
    """Add options beside all that stand, those of others too: one that is left out would be deleted."""
    added = [option for option in option_definitions(spec, kind) if option["name"] in lacking]
    path, key = _PATHS[kind]
    try:
        if kind is Kind.TICKET:
            for option in added:
                maker.add_option(str(field["id"]), option)
            return
        options = [*(field.get("custom_field_options") or ()), *added]
        maker.change_field(f"{path}/{field['id']}", key, {"custom_field_options": options})
    except RefusedCallError as refusal:
        raise _refused(spec, kind, refusal) from None


def _refused(spec: FieldSpec, kind: Kind, refusal: RefusedCallError) -> ConfigurationError:
    said = said_in(refusal.body)
    return ConfigurationError(
        f"Zendesk does not make {OBJECTS[kind]}.{spec.key}: {said.for_people() or refusal.message}",
        hint="Correct that in Admin Center, and run provision again; what was made stands",
    )
