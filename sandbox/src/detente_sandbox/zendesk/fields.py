"""Definitions of ticket and organization fields. Section 5.1 of the reference."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from detente_sandbox.zendesk.facts import JsonObject
from detente_sandbox.zendesk.records import second_text

CHOICES = ("tagger", "dropdown", "multiselect")


@dataclass
class Option:
    """One choice of a field; its value is a tag of the tickets that have it."""

    id: int
    name: str
    value: str

    def shown(self) -> JsonObject:
        return {"id": self.id, "name": self.name, "raw_name": self.name, "value": self.value}


@dataclass
class Field:
    """One field; ticket fields have no key. `tag` is what a ticked checkbox adds."""

    id: int
    type: str
    title: str
    created_ms: int
    updated_ms: int
    key: str = ""
    description: str = ""
    tag: str | None = None
    required: bool = False
    active: bool = True
    is_system: bool = False
    options: list[Option] = field(default_factory=list)

    @property
    def tags(self) -> set[str]:
        """Tags that belong to this field alone."""
        return {option.value for option in self.options} | ({self.tag} if self.tag else set())

    def shown(self, base_url: str, family: str, position: int) -> JsonObject:
        """The definition as the API shows it."""
        body: JsonObject = {
            "url": f"{base_url}/api/v2/{family}/{self.key or self.id}.json",
            "id": self.id,
            "type": self.type,
            "title": self.title,
            "raw_title": self.title,
            "description": self.description,
            "raw_description": self.description,
            "position": position,
            "active": self.active,
            "tag": self.tag,
            "created_at": second_text(self.created_ms),
            "updated_at": second_text(self.updated_ms),
        }
        if family == "ticket_fields":
            body.update(required=self.required, removable=not self.is_system)
        else:
            body.update(key=self.key, system=self.is_system)
        if self.type in CHOICES:
            body["custom_field_options"] = [option.shown() for option in self.options]
        return body


@dataclass
class FieldSet:
    """The fields of one family (`ticket_fields`, `organization_fields`, `user_fields`) in their order."""

    family: str
    types: tuple[str, ...]
    next_id: int
    fields: list[Field] = field(default_factory=list)

    def add(self, row: Field) -> None:
        """Takes a new field."""
        self.fields.append(row)

    def take_id(self) -> int:
        """An id for a field or an option, never used before."""
        self.next_id += 1
        return self.next_id - 1

    def find(self, name: str | int) -> Field | None:
        """A field by id or key."""
        for row in self.fields:
            if str(row.id) == str(name) or (row.key and row.key == name):
                return row
        return None

    def custom(self) -> list[Field]:
        """Active fields that hold values of their own."""
        return [row for row in self.fields if row.active and not row.is_system]

    def owner_of_tag(self, tag: str) -> Field | None:
        """The field whose option or checkbox a tag is."""
        return next((row for row in self.fields if tag in row.tags), None)

    def required(self) -> Iterable[Field]:
        """Fields without whose value a ticket cannot be solved."""
        return (row for row in self.custom() if row.required)

    def shown(self, base_url: str) -> list[JsonObject]:
        """All definitions."""
        return [row.shown(base_url, self.family, place) for place, row in enumerate(self.fields)]
