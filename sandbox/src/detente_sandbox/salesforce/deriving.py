"""Values that the vendor works out from others when a record is written; attributes [R], rules [U]."""

from datetime import date
from typing import Any

from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.rows import Values

# Stage: probability in percent, forecast category as the API and as people name it.
_FORECASTS: dict[str, tuple[float, str, str]] = {
    "Prospecting": (10.0, "Pipeline", "Pipeline"),
    "Qualification": (10.0, "Pipeline", "Pipeline"),
    "Needs Analysis": (20.0, "Pipeline", "Pipeline"),
    "Value Proposition": (50.0, "Pipeline", "Pipeline"),
    "Id. Decision Makers": (60.0, "Pipeline", "Pipeline"),
    "Perception Analysis": (70.0, "Pipeline", "Pipeline"),
    "Proposal/Price Quote": (75.0, "Pipeline", "Pipeline"),
    "Negotiation/Review": (90.0, "Pipeline", "Pipeline"),
    "Closed Won": (100.0, "Closed", "Closed"),
    "Closed Lost": (0.0, "Omitted", "Omitted"),
}
_UNKNOWN_STAGE = (0.0, "Pipeline", "Pipeline")
_CONTACT_COPIES = {
    "ContactPhone": "Phone",
    "ContactMobile": "MobilePhone",
    "ContactEmail": "Email",
    "ContactFax": "Fax",
}


def derive(org: Org, kind: str, values: Values, sent: set[str], now: str) -> None:
    """Fills in what follows from the rest; `sent` names what the caller set itself and is left alone."""
    match kind:
        case "Opportunity":
            _opportunity(values, sent, now)
        case "Case":
            _case(org, values, now)
        case "Contact" | "User":
            values["Name"] = " ".join(part for part in (values.get("FirstName"), values["LastName"]) if part)
        case "Task":
            values["IsClosed"] = values.get("Status") == "Completed"
            values["IsHighPriority"] = values.get("Priority") == "High"
        case "CaseMilestone":
            values["IsCompleted"] = values.get("CompletionDate") is not None


def _opportunity(values: Values, sent: set[str], now: str) -> None:
    stage = values["StageName"]
    probability, category, name = _FORECASTS.get(stage, _UNKNOWN_STAGE)
    values["IsClosed"], values["IsWon"] = stage in ("Closed Won", "Closed Lost"), stage == "Closed Won"
    if "StageName" in sent:
        if "Probability" not in sent:
            values["Probability"] = probability
        values["ForecastCategory"], values["ForecastCategoryName"] = category, name
        values["LastStageChangeDate"] = now
    amount = values.get("Amount")
    share = values.get("Probability") or 0.0
    values["ExpectedRevenue"] = None if amount is None else round(amount * share / 100, 2)
    values.update(_fiscal(values["CloseDate"]))


def _fiscal(close_date: str) -> dict[str, Any]:
    """The firm's fiscal year is the calendar's."""
    day = date.fromisoformat(close_date)
    quarter = (day.month + 2) // 3
    return {"FiscalQuarter": quarter, "FiscalYear": day.year, "Fiscal": f"{day.year} {quarter}"}


def _case(org: Org, values: Values, now: str) -> None:
    is_closed = values.get("Status") == "Closed"
    values["IsClosed"] = is_closed
    values["ClosedDate"] = (values.get("ClosedDate") or now) if is_closed else None
    contact = org.stores["Contact"].rows.get(values.get("ContactId") or "")
    known = contact.values() if contact is not None else {}
    for name, source in _CONTACT_COPIES.items():
        values[name] = known.get(source)
