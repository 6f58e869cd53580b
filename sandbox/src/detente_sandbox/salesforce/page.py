"""A record of the org as a rep would see it: only fields that the rep may see."""

from typing import Any

from detente_sandbox.salesforce.access import View, Viewer
from detente_sandbox.salesforce.moments import instant_of
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.reading import SYSTEM_FIELDS, reader
from detente_sandbox.salesforce.rows import Row, Values
from detente_sandbox.salesforce.schema.field import Field
from detente_sandbox.salesforce.schema.objects import ObjectType
from detente_sandbox.view import Card, Line, Page

OWN = "detente_"
SHOWN_LINKS = 12
TINT = "#0b5cab"
TITLES = {"Account": "Name", "Opportunity": "Name", "Case": "Subject", "Contact": "Name", "Task": "Subject"}


def page_of(org: Org, of: ObjectType, row: Row, now_ms: int) -> Page:
    """What a rep of the firm sees of a record; values without text are left out."""
    viewer = Viewer(org.human)
    view = org.access.view(viewer, of)
    values, now = row.values(), instant_of(now_ms)
    own = [field for field in view.by_word.values() if field.name.lower().startswith(OWN)]
    about = [field for field in view.by_word.values() if field not in own and _is_told(field)]
    lines = [_line(org, of, field, row, values, now) for field in about]
    title = str(values.get(TITLES.get(of.name, "Name")) or f"{of.label} {row.id}")
    own_lines = tuple(_line(org, of, field, row, values, now) for field in own)
    return Page(
        vendor="Salesforce",
        title=title,
        subtitle=f"{of.label} · {row.id}",
        about=Card("Details", tuple(line for line in lines if line.value)),
        priority=Card("Detente priority", own_lines) if own else None,
        linked=tuple(_linked(org, viewer, of, row)),
        tint=TINT,
    )


def _is_told(field: Field) -> bool:
    """Details leave out what is for machines: ids, stamps but the last change, and compounds."""
    if field.name in SYSTEM_FIELDS:
        return field.name == "LastModifiedDate"
    return not field.is_compound and field.type != "id"


def _line(org: Org, of: ObjectType, field: Field, row: Row, values: Values, now: str) -> Line:
    name = field.name.removesuffix("__c").lower()
    return Line(
        name, field.label.removesuffix(" ID"), _shown(org, field, reader(of, field, now)(row, values))
    )


def _shown(org: Org, field: Field, value: Any) -> str:
    """A value as the screens show it: labels for choices, names for references, no box that is not ticked."""
    if value is None or value is False:
        return ""
    if value is True:
        return "✓"
    if field.type == "reference":
        return _name_of(org, str(value))
    if field.type == "datetime":
        return f"{value[:10]} {value[11:16]} UTC"
    if field.is_number and isinstance(value, float):
        return f"{value:.{field.scale}f}"
    labels = {option.value: option.label for option in field.options}
    return labels.get(str(value), str(value))


def _name_of(org: Org, record_id: str) -> str:
    of = org.type_of_id(record_id)
    row = org.store(of).rows.get(record_id) if of is not None else None
    return (
        str(row.values().get(of.name_field, record_id)) if of is not None and row is not None else record_id
    )


def _linked(org: Org, viewer: Viewer, of: ObjectType, row: Row) -> list[Card]:
    cards = []
    for child in of.children:
        if child.relationship is None or child.type in org.off:
            continue
        store = org.stores[child.type]
        rows = [found for known in sorted(store.having(child.link, row.id)) if (found := store.find(known))]
        view = org.access.view(viewer, org.types[child.type])
        lines = tuple(_child_line(org, view, known) for known in rows[:SHOWN_LINKS])
        label = org.types[child.type].plural if child.relationship != "ChildAccounts" else "Child accounts"
        cards.append(Card(f"{label} ({len(rows)})", lines, max(0, len(rows) - SHOWN_LINKS)))
    return cards


def _child_line(org: Org, view: View, row: Row) -> Line:
    """A related record in a line: its name, and its stage or state and its band where there are any."""
    values = row.values()
    title = values.get(TITLES.get(view.type.name, view.type.name_field)) or values.get("MilestoneTypeId")
    parts = [_name_of(org, str(title)) if str(title).startswith("557") else str(title or "")]
    for name in ("StageName", "Status", "TargetDate", "Detente_Priority__c"):
        field = view.find(name)
        if field is not None and values.get(name):
            parts.append(_shown(org, field, values[name]))
    return Line("", row.id, " · ".join(parts))
