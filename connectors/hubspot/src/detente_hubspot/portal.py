"""What is known of a portal when its rows are read: objects, mapping, stages, types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from detente_connector_kit import Column, KindMapping, ReadValue, parse_instant
from detente_contracts import FieldSpec, Kind, Ref

Row = Mapping[str, Any]

OBJECTS: Mapping[Kind, str] = {
    Kind.PERSON: "owners",
    Kind.ACCOUNT: "companies",
    Kind.CONTACT: "contacts",
    Kind.DEAL: "deals",
    Kind.TICKET: "tickets",
}
"""HubSpot's object of each kind, as paths and refs name it."""

MODIFIED: Mapping[Kind, str] = {
    Kind.ACCOUNT: "hs_lastmodifieddate",
    Kind.CONTACT: "lastmodifieddate",
    Kind.DEAL: "hs_lastmodifieddate",
    Kind.TICKET: "hs_lastmodifieddate",
}
"""Property that moves with every change. Contacts have their own; the usual one is often empty there."""

MERGED = "hs_merged_object_ids"


@dataclass(frozen=True, slots=True)
class StageMeaning:
    """What a pipeline stage says, by its metadata and never by its label."""

    is_open: bool
    is_won: bool = False
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class View:
    """How rows of one kind are read at one time: mapping, what is asked for, and what is known of a portal.

    `asked` are properties that exist; `hidden` record fields whose property does not; `held` our fields that
    exist, by key. `stages` go by pipeline and stage id.
    """

    kind: Kind
    instance: str
    names: KindMapping
    asked: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    custom: tuple[Column, ...] = ()
    held: tuple[tuple[str, FieldSpec], ...] = ()
    stages: Mapping[tuple[str, str], StageMeaning] = field(default_factory=dict)
    currency: str | None = None
    priorities: Mapping[str, str] = field(default_factory=dict)


def ref_of(view: View, id_: str) -> Ref:
    """Where a row of this view lives."""
    return Ref(view.instance, OBJECTS[view.kind], id_)


def stage_meanings(pipelines: Iterable[Row]) -> dict[tuple[str, str], StageMeaning]:
    """What each stage of the pipelines says: a ticket's state, or a deal's probability and closed flag."""
    return {
        (str(pipeline["id"]), str(stage["id"])): _stage_meaning(stage.get("metadata") or {})
        for pipeline in pipelines
        for stage in pipeline["stages"]
    }


def _stage_meaning(said: Row) -> StageMeaning:
    if "ticketState" in said:
        return StageMeaning(is_open=said["ticketState"] != "CLOSED")
    probability = float(said.get("probability") or 0.5)
    is_closed = str(said["isClosed"]).lower() == "true" if "isClosed" in said else probability in (0.0, 1.0)
    return StageMeaning(not is_closed, is_closed and probability == 1.0, probability)


READERS: Mapping[str, ReadValue] = {
    "number": float,
    "bool": lambda text: text == "true",
    "date": parse_instant,
    "datetime": parse_instant,
}
"""How a property's text becomes a value, by the property's type; everything else stays text."""
