"""What is known of an org when its rows are read: objects, fields, and what is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from detente_connector_kit import Column, KindMapping, ReadValue, parse_instant
from detente_contracts import CustomValue, FieldSpec, Kind, Ref

Row = Mapping[str, Any]

OBJECTS: Mapping[Kind, str] = {
    Kind.PERSON: "User",
    Kind.ACCOUNT: "Account",
    Kind.CONTACT: "Contact",
    Kind.DEAL: "Opportunity",
    Kind.TICKET: "Case",
}
"""Salesforce's object of each kind, as queries and refs name it."""

WRITTEN = (Kind.ACCOUNT, Kind.DEAL, Kind.TICKET)
"""Kinds that carry Detente's fields."""

ID, DELETED, MASTER, CURRENCY = "Id", "IsDeleted", "MasterRecordId", "CurrencyIsoCode"

PERSON_FIELDS: Mapping[str, str] = {
    "Name": "name",
    "Email": "email",
    "Department": "team",
    "IsActive": "active",
}
"""Fields of User to those of a person."""

STAMPS = ("SystemModstamp", "LastModifiedDate", "CreatedDate")
"""Fields by which changes are found, the best first. On some objects the first cannot be filtered by."""

_COMPOUND = frozenset({"address", "location", "base64", "anyType", "complexvalue"})
"""Types that a bulk query refuses, or that have no single value."""


@dataclass(frozen=True, slots=True)
class Described:
    """What a describe says of one object, as far as we look at it; fields by name."""

    name: str
    is_readable: bool
    is_writable: bool
    fields: Mapping[str, Row]

    def types(self) -> dict[str, str]:
        """Type by name of the fields that have a single value. What is hidden from us is not among them."""
        found = {name: str(row["type"]) for name, row in self.fields.items()}
        return {name: type_ for name, type_ in found.items() if type_ not in _COMPOUND}

    def stamp(self) -> str | None:
        """The field by which changes are found; None when there is none."""
        return next((name for name in STAMPS if self.fields.get(name, {}).get("filterable")), None)

    def calculated(self, names: Iterable[str]) -> bool:
        """Whether any of `names` is a formula or a roll-up, which changes without moving any stamp."""
        return any(self.fields.get(name, {}).get("calculated") for name in names)


def described(answer: Row) -> Described:
    """A describe as Salesforce answers it."""
    return Described(
        name=answer["name"],
        is_readable=bool(answer.get("queryable")),
        is_writable=bool(answer.get("updateable")),
        fields={row["name"]: row for row in answer["fields"]},
    )


@dataclass(frozen=True, slots=True)
class View:
    """How rows of one kind are read at one time: mapping, what is asked for, and what is known of the org.

    `asked` are fields that exist and that we may see; `hidden` record fields whose field is not among them;
    `held` our own fields by Salesforce's name. `marks` are the fields that tell of deletions and merges.
    `milestones` are the milestone fields to ask for, none without Entitlement Management.
    """

    kind: Kind
    instance: str
    stamp: str
    names: KindMapping | None = None
    asked: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    custom: tuple[Column, ...] = ()
    held: tuple[tuple[str, FieldSpec], ...] = ()
    currency: str | None = None
    priorities: Mapping[str, str] = field(default_factory=dict)
    milestones: tuple[str, ...] = ()
    milestone_stamp: str | None = None
    first_reply_word: str = ""
    has_formulas: bool = False

    @property
    def object(self) -> str:
        """Salesforce's object."""
        return OBJECTS[self.kind]


def ref_of(view: View, id_: str) -> Ref:
    """Where a row of this view lives."""
    return Ref(view.instance, view.object, id_)


def field_name(spec: FieldSpec) -> str:
    """Salesforce's name of a field of ours: `detente_scored_at` is `Detente_Scored_At__c`."""
    return "_".join(part.capitalize() for part in spec.key.split("_")) + "__c"


def flat_row(record: Row) -> dict[str, Any]:
    """A record of a REST query as names to values, `Owner.Name` for a parent's field."""
    row: dict[str, Any] = {}
    for name, value in record.items():
        if not isinstance(value, dict):
            row[name] = value
        elif name != "attributes":
            row.update({f"{name}.{inner}": held for inner, held in flat_row(value).items()})
    return row


def _number(value: Any) -> CustomValue:
    return float(value)


def _share(value: Any) -> CustomValue:
    return float(value) / 100


READERS: Mapping[str, ReadValue] = {
    "boolean": lambda value: value is True or value == "true",
    "currency": _number,
    "date": parse_instant,
    "datetime": parse_instant,
    "double": _number,
    "int": _number,
    "long": _number,
    "percent": _share,
}
"""How a value of a custom column is read, by its field's type; everything else stays text.

A per cent field becomes a share from 0 to 1: expressions could not tell 1 per cent from all of it.
"""
