"""Property definitions of the portal at its start. Sections 4 and 6 of the reference."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from detente_sandbox.clock import instant_text
from detente_sandbox.hubspot.facts import JsonObject
from detente_sandbox.world.vocabulary import INDUSTRIES

FIRM = "firm"


@dataclass(frozen=True)
class Option:
    """One choice of an enumeration."""

    value: str
    label: str
    display_order: int = -1
    hidden: bool = False
    description: str = ""

    def shown(self) -> JsonObject:
        return {
            "value": self.value,
            "label": self.label,
            "displayOrder": self.display_order,
            "hidden": self.hidden,
            "description": self.description,
        }


@dataclass(frozen=True)
class Definition:
    """A property. `external` options come from elsewhere (owners, pipelines) and are not listed."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    options: tuple[Option, ...] = ()
    description: str = ""
    read_only: bool = False
    calculated: bool = False
    external: bool = False
    unique: bool = False
    standard: bool = False
    hidden: bool = False
    form_field: bool = False
    display_order: int = -1
    created_ms: int = 0
    updated_ms: int = 0
    archived_ms: int | None = None
    extra: JsonObject = field(default_factory=dict)

    def shown(self) -> JsonObject:
        """The definition as the API answers it."""
        body: JsonObject = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "groupName": self.group,
            "description": self.description,
            "options": [option.shown() for option in self.options],
            "displayOrder": self.display_order,
            "calculated": self.calculated,
            "externalOptions": self.external,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "hubspotDefined": self.standard,
            "formField": self.form_field,
            "archived": self.archived_ms is not None,
            "createdAt": instant_text(self.created_ms),
            "updatedAt": instant_text(self.updated_ms),
            "dataSensitivity": "non_sensitive",
            "modificationMetadata": {
                "archivable": not self.standard,
                "readOnlyDefinition": self.standard,
                "readOnlyOptions": self.standard,
                "readOnlyValue": self.read_only,
            },
        }
        if self.archived_ms is not None:
            body["archivedAt"] = instant_text(self.archived_ms)
        return {**body, **self.extra}

    def archived_at(self, now_ms: int) -> "Definition":
        return replace(self, archived_ms=now_ms)


def options_of(values: Iterable[str]) -> tuple[Option, ...]:
    """Options whose label is their value in plain words, in the given order."""
    return tuple(
        Option(value, value.replace("_", " ").capitalize(), order) for order, value in enumerate(values)
    )


BOOLEAN_OPTIONS = (Option("true", "Yes", 0), Option("false", "No", 1))
_FIELD_TYPES = {
    "string": "text",
    "number": "number",
    "date": "date",
    "datetime": "date",
    "bool": "booleancheckbox",
}
SLA_OPTIONS = (
    Option("0", "Active", 0), Option("1", "Overdue", 1), Option("2", "Due soon", 2),
    Option("3", "Done in time", 3), Option("4", "Done late", 4),
)  # fmt: skip
PHASES = (
    "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer",
    "evangelist",
    "other",
)  # fmt: skip

Spec = tuple[str, str, str]
# (name, label, type with flags: `!` read-only, `~` calculated and read-only, `>` options from elsewhere)
STANDARD: dict[str, tuple[Spec, ...]] = {
    "companies": (
        ("name", "Company name", "string"), ("domain", "Company domain name", "string"),
        ("website", "Website URL", "string"), ("industry", "Industry", "enumeration"),
        ("country", "Country/Region", "string"), ("numberofemployees", "Number of employees", "number"),
        ("annualrevenue", "Annual revenue", "number"), ("lifecyclestage", "Lifecycle stage", "enumeration"),
        ("hubspot_owner_id", "Company owner", "enumeration>"), ("hs_parent_company_id", "Parent company",
        "number!"),
        ("hs_merged_object_ids", "Merged record IDs", "enumeration!>"),
    ),
    "contacts": (
        ("email", "Email", "string"), ("firstname", "First name", "string"), ("lastname", "Last name",
        "string"),
        ("hubspot_owner_id", "Contact owner", "enumeration>"),
        ("hs_lastmodifieddate", "Object last modified date/time", "datetime!"),
        ("hs_merged_object_ids", "Merged record IDs", "enumeration!>"),
    ),
    "deals": (
        ("dealname", "Deal name", "string"), ("amount", "Amount", "number"),
        ("deal_currency_code", "Currency", "enumeration"), ("dealstage", "Deal stage", "enumeration>"),
        ("pipeline", "Pipeline", "enumeration>"), ("dealtype", "Deal type", "enumeration"),
        ("closedate", "Close date", "datetime"), ("hs_is_closed", "Is deal closed?", "bool~"),
        ("hs_is_closed_won", "Is closed won", "bool~"), ("hs_deal_stage_probability", "Deal probability",
        "number~"),
        ("hubspot_owner_id", "Deal owner", "enumeration>"),
        ("hs_merged_object_ids", "Merged record IDs", "enumeration!>"),
    ),
    "tickets": (
        ("subject", "Ticket name", "string"), ("content", "Ticket description", "text"),
        ("hs_pipeline", "Pipeline", "enumeration>"), ("hs_pipeline_stage", "Ticket status", "enumeration>"),
        ("hs_ticket_priority", "Priority", "enumeration"), ("hubspot_owner_id", "Ticket owner",
        "enumeration>"),
        ("closed_date", "Close date", "datetime"), ("hs_is_closed", "Is closed", "bool~"),
        ("hs_ticket_reopened_at", "Last reopened", "datetime!"),
        ("hs_time_to_close_sla_at", "Time to close SLA due date", "datetime!"),
        ("hs_time_to_close_sla_status", "Time to close SLA status", "sla!"),
        ("hs_time_to_first_response_sla_at", "Time to first response SLA due date", "datetime!"),
        ("hs_time_to_first_response_sla_status", "Time to first response SLA status", "sla!"),
        ("first_agent_reply_date", "First agent email response date", "datetime!"),
        ("time_to_close", "Time to close", "number~"),
        ("hs_num_times_contacted", "Number of times contacted", "number!"),
        ("hs_merged_object_ids", "Merged record IDs", "enumeration!>"),
    ),
    "notes": (
        ("hs_timestamp", "Activity date", "datetime"), ("hs_note_body", "Note body", "text"),
        ("hubspot_owner_id", "Activity assigned to", "enumeration>"),
    ),
}  # fmt: skip
CUSTOM: dict[str, tuple[Spec, ...]] = {
    "companies": (
        ("customer_number", "Customer number", "string"), ("arr", "Annual recurring revenue (EUR)", "number"),
        ("renewal_date", "Renewal date", "date"), ("contract_start", "Contract start", "date"),
        ("expansion_likelihood", "Likelihood of expansion (0 to 1)", "number"),
        ("reference_customer", "Reference customer", "bool"), ("industry_influence", "Influence",
        "enumeration"),
        ("uptime_exposure", "Exposure to downtime", "enumeration"),
        ("compliance_sensitivity", "Compliance sensitivity", "enumeration"),
        ("data_security_tier", "Data security tier (1 to 4)", "number"),
        ("cost_to_serve", "Cost to serve (EUR a year)", "number"),
        ("cross_team_dependencies", "Dependencies on other teams", "number"),
        ("partner_of_record", "Partner of record", "string"),
    ),
    "deals": (
        ("partner_id", "Registered by partner", "string"),
        ("deal_registration_date", "Deal registration date", "datetime"),
    ),
    "tickets": (("reopen_count", "Times reopened", "number"),),
}  # fmt: skip
CHOICES: dict[str, tuple[Option, ...]] = {
    "industry": options_of(INDUSTRIES),
    "lifecyclestage": options_of(PHASES),
    "deal_currency_code": tuple(
        Option(code, code, order) for order, code in enumerate(("EUR", "USD", "GBP"))
    ),
    "dealtype": (
        Option("newbusiness", "New business", 0),
        Option("existingbusiness", "Existing business", 1),
    ),
    "hs_ticket_priority": options_of(("LOW", "MEDIUM", "HIGH", "URGENT")),
    "industry_influence": options_of(("low", "medium", "high")),
    "uptime_exposure": options_of(("none", "business_hours", "always_on")),
    "compliance_sensitivity": options_of(("standard", "regulated", "critical")),
}


def definitions_at_start(kind: str, modified: str, at_ms: int) -> dict[str, Definition]:
    """All properties of a type by name: the vendor's, then the firm's own in group `firm`."""
    system: Sequence[Spec] = (
        ("createdate", "Create date", "datetime!"),
        ("hs_object_id", "Record ID", "number!"),
        (modified, "Last modified date", "datetime!"),
    )
    group = f"{kind[:-1] if kind != 'companies' else 'company'}information"
    rows = [_define(spec, group, at_ms, standard=True) for spec in (*STANDARD[kind], *system)]
    rows += [_define(spec, FIRM, at_ms, standard=False) for spec in CUSTOM.get(kind, ())]
    return {row.name: row for row in rows}


def _define(spec: Spec, group: str, at_ms: int, *, standard: bool) -> Definition:
    name, label, flagged = spec
    word = flagged.rstrip("!~>")
    options = SLA_OPTIONS if word == "sla" else CHOICES.get(name, ())
    kind = {"sla": "enumeration", "text": "string"}.get(word, word)
    if kind == "bool":
        options = BOOLEAN_OPTIONS
    return Definition(
        name=name,
        label=label,
        type=kind,
        field_type="textarea" if word == "text" else _FIELD_TYPES.get(kind, "select"),
        group=group,
        options=options,
        read_only="!" in flagged or "~" in flagged,
        calculated="~" in flagged,
        external=">" in flagged,
        standard=standard,
        created_ms=at_ms,
        updated_ms=at_ms,
    )
