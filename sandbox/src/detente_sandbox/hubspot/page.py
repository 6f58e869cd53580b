"""A record of the portal as a rep would see it."""

from detente_sandbox.hubspot.definitions import Definition
from detente_sandbox.hubspot.kinds import KINDS, ObjectKind
from detente_sandbox.hubspot.portal import Portal
from detente_sandbox.hubspot.records import Row, Values
from detente_sandbox.view import Card, Line, Page

GROUP = "detente"
SHOWN_LINKS = 12
TITLES = {
    "companies": "name",
    "deals": "dealname",
    "tickets": "subject",
    "contacts": "email",
    "notes": "hs_timestamp",
}


def page_of(portal: Portal, kind: ObjectKind, row: Row) -> Page:
    """What there is to see of a record; values without text are left out."""
    values = row.values()
    definitions = [row for row in portal.definitions[kind.name].values() if row.archived_ms is None]
    about = [row for row in definitions if row.group != GROUP and values.get(row.name)]
    own = [row for row in definitions if row.group == GROUP]
    title = values.get(TITLES[kind.name], "") or f"{kind.singular} {row.id}"
    return Page(
        vendor="HubSpot",
        title=title,
        subtitle=f"{kind.singular.capitalize()} · record {row.id}",
        about=Card("About this " + kind.singular, _lines(portal, kind, about, values)),
        priority=Card("Detente priority", _lines(portal, kind, own, values)) if own else None,
        linked=tuple(_linked(portal, kind, row, name) for name in ("companies", "deals", "tickets")),
    )


def _lines(portal: Portal, kind: ObjectKind, rows: list[Definition], values: Values) -> tuple[Line, ...]:
    return tuple(
        Line(row.name, row.label, _shown(portal, kind, row, values.get(row.name, ""))) for row in rows
    )


def _shown(portal: Portal, kind: ObjectKind, definition: Definition, value: str) -> str:
    if definition.name == "hubspot_owner_id" and value.isdigit() and int(value) in portal.owners:
        owner = portal.owners[int(value)]
        return f"{owner['firstName']} {owner['lastName']}"
    stages = {
        stage.id: stage.label for pipeline in portal.pipelines.get(kind.name, ()) for stage in pipeline.stages
    }
    if definition.name in ("dealstage", "hs_pipeline_stage"):
        return stages.get(value, value)
    labels = {option.value: option.label for option in definition.options}
    return labels.get(value, value)


def _linked(portal: Portal, kind: ObjectKind, row: Row, name: str) -> Card:
    other = KINDS[name]
    ids = [
        number for number in portal.graph.to((kind.name, name), row.id) if portal.store(other).find(number)
    ]
    lines = tuple(_link_line(portal, other, number) for number in ids[:SHOWN_LINKS])
    return Card(f"{name.capitalize()} ({len(ids)})", lines, max(0, len(ids) - SHOWN_LINKS))


def _link_line(portal: Portal, kind: ObjectKind, record_id: int) -> Line:
    values = portal.store(kind).rows[record_id].values()
    stage = next((name for name in ("dealstage", "hs_pipeline_stage") if name in values), None)
    shown = values.get(TITLES[kind.name], "")
    if stage:
        definition = portal.definitions[kind.name][stage]
        shown += f" · {_shown(portal, kind, definition, values[stage])}"
    if values.get("detente_priority"):
        band = portal.definitions[kind.name]["detente_priority"]
        shown += f" · {_shown(portal, kind, band, values['detente_priority'])}"
    return Line("", str(record_id), shown)
