"""What is known of an account when its rows are read: objects, mapping, fields, whether it has SLAs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from detente_connector_kit import Column, KindMapping, ReadValue, parse_instant
from detente_contracts import FieldSpec, Kind, Ref

Row = Mapping[str, Any]

OBJECTS: Mapping[Kind, str] = {
    Kind.PERSON: "agents",
    Kind.ACCOUNT: "organizations",
    Kind.CONTACT: "users",
    Kind.TICKET: "tickets",
}
"""Zendesk's object of each kind. Agents are users too, but records of their own: one may become the other."""

WRITTEN = (Kind.ACCOUNT, Kind.TICKET)

_NAMES = {
    Kind.ACCOUNT: """
        id name external_id domain_names details notes group_id shared_tickets shared_comments tags
        created_at updated_at""",
    Kind.CONTACT: """
        id name email role organization_id external_id phone suspended created_at updated_at""",
    Kind.TICKET: """
        id external_id type subject priority status custom_status_id requester_id submitter_id assignee_id
        organization_id group_id brand_id ticket_form_id problem_id has_incidents due_at tags is_public
        created_at updated_at generated_timestamp reopens replies assignee_stations group_stations
        solved_at assigned_at latest_comment_added_at reply_time_in_minutes
        full_resolution_time_in_minutes requester_wait_time_in_minutes agent_wait_time_in_minutes
        on_hold_time_in_minutes""",
}

ATTRIBUTES: Mapping[Kind, frozenset[str]] = {kind: frozenset(names.split()) for kind, names in _NAMES.items()}
"""What every account has, by kind; a ticket's metrics in calendar minutes. All else is a field of its own."""


def _text_of(value: Any) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


READERS: Mapping[str, ReadValue] = {
    "integer": float,
    "decimal": float,
    "checkbox": bool,
    "date": parse_instant,
    "multiselect": _text_of,
    "attribute": _text_of,
}
"""How a field's value becomes a custom value, by the field's type; everything else is text."""


@dataclass(frozen=True, slots=True)
class View:
    """How rows of one kind are read at one time.

    In `names` a field that the mapping names by its title has its id instead. `held` are our fields that
    exist, each with the name under which a flat row carries it. `sla_metrics` are those whose breach is the
    ticket's; without any, the account has no SLAs that we may see. `asked` is a digest of what is read.
    """

    kind: Kind
    instance: str
    names: KindMapping
    hidden: frozenset[str] = frozenset()
    custom: tuple[Column, ...] = ()
    held: tuple[tuple[str, FieldSpec], ...] = ()
    currency: str | None = None
    sla_metrics: frozenset[str] = frozenset()
    asked: str = ""


def ref_of(view: View, id_: object) -> Ref:
    """Where a row of this view lives."""
    return Ref(view.instance, OBJECTS[view.kind], str(id_))
