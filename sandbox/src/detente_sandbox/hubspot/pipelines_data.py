"""Pipelines of the portal. Section 3.5 of the reference [3][D26]."""

from dataclasses import dataclass

from detente_sandbox.clock import instant_text
from detente_sandbox.hubspot.facts import JsonObject


@dataclass(frozen=True)
class Stage:
    """A step of a pipeline; metadata holds `ticketState`, or `probability` and `isClosed`, as text."""

    id: str
    label: str
    order: int
    metadata: dict[str, str]
    at_ms: int

    def shown(self) -> JsonObject:
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": self.order,
            "metadata": self.metadata,
            "archived": False,
            "createdAt": instant_text(self.at_ms),
            "updatedAt": instant_text(self.at_ms),
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        }


@dataclass(frozen=True)
class Pipeline:
    """A sequence of stages."""

    id: str
    label: str
    stages: tuple[Stage, ...]
    at_ms: int

    def shown(self) -> JsonObject:
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": 0,
            "stages": [stage.shown() for stage in self.stages],
            "archived": False,
            "createdAt": instant_text(self.at_ms),
            "updatedAt": instant_text(self.at_ms),
        }


TICKET_STAGES = (
    ("1", "New", "OPEN"), ("2", "Waiting on contact", "OPEN"), ("3", "Waiting on us", "OPEN"),
    ("4", "Closed", "CLOSED"),
)  # fmt: skip
DEAL_STAGES = (
    ("appointmentscheduled", "Appointment scheduled", "0.2"), ("qualifiedtobuy", "Qualified to buy", "0.4"),
    ("presentationscheduled", "Presentation scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision maker bought in", "0.8"), ("contractsent", "Contract sent", "0.9"),
    ("closedwon", "Closed won", "1.0"), ("closedlost", "Closed lost", "0.0"),
)  # fmt: skip


def pipelines_at_start(at_ms: int) -> dict[str, list[Pipeline]]:
    """The default pipelines by object type."""
    tickets = tuple(
        Stage(stage, label, order, {"ticketState": state}, at_ms)
        for order, (stage, label, state) in enumerate(TICKET_STAGES)
    )
    deals = tuple(
        Stage(stage, label, order, {"probability": chance, "isClosed": str(order > 4).lower()}, at_ms)
        for order, (stage, label, chance) in enumerate(DEAL_STAGES)
    )
    return {
        "tickets": [Pipeline("0", "Support Pipeline", tickets, at_ms)],
        "deals": [Pipeline("default", "Sales Pipeline", deals, at_ms)],
    }
