"""The fields and the form as the firm set them up. Section 5.1 of the reference."""

from detente_sandbox.world.model import DAY_MS
from detente_sandbox.zendesk.desk import FORM, Desk, Form
from detente_sandbox.zendesk.fields import Field, FieldSet, Option

SET_UP_DAYS = 800
REGIONS = ("region_emea", "region_amer", "region_apac")
SYSTEM_FIELDS = (
    ("subject", "Subject"),
    ("description", "Description"),
    ("status", "Status"),
    ("tickettype", "Type"),
    ("priority", "Priority"),
    ("group", "Group"),
    ("assignee", "Assignee"),
)
ORGANIZATION_FIELDS = (
    ("dropdown", "uptime_exposure", "Uptime exposure", ("none", "business_hours", "always_on")),
    ("dropdown", "compliance_sensitivity", "Compliance sensitivity", ("standard", "regulated", "critical")),
    ("integer", "data_security_tier", "Data security tier", ()),
    ("checkbox", "reference_customer", "Reference customer", ()),
    ("decimal", "arr", "ARR", ()),
    ("date", "renewal_date", "Renewal date", ()),
)


def fields_at_start(desk: Desk, start_ms: int) -> None:
    """Defines the vendor's own ticket fields, a region, and what the firm keeps of organizations."""
    at_ms = start_ms - SET_UP_DAYS * DAY_MS
    for kind, title in SYSTEM_FIELDS:
        desk.ticket_fields.add(Field(desk.ticket_fields.take_id(), kind, title, at_ms, at_ms, is_system=True))
    _define(desk.ticket_fields, "tagger", "", "Region", REGIONS, at_ms)
    for kind, key, title, values in ORGANIZATION_FIELDS:
        _define(desk.organization_fields, kind, key, title, values, at_ms)
    ids = [row.id for row in desk.ticket_fields.fields]
    desk.forms = [Form(FORM, "Default ticket form", ids, at_ms)]


def _define(family: FieldSet, kind: str, key: str, title: str, values: tuple[str, ...], at_ms: int) -> None:
    field = Field(family.take_id(), kind, title, at_ms, at_ms, key)
    field.options = [Option(family.take_id(), _label(value), value) for value in values]
    family.add(field)


def _label(value: str) -> str:
    return value.replace("region_", "").replace("_", " ").capitalize()
