"""What happened to a ticket so far, in the numbers that its metric set shows. Section 3.3 [V]."""

from dataclasses import dataclass

from detente_sandbox.clock import instant_text
from detente_sandbox.zendesk.facts import JsonObject


@dataclass(slots=True)
class Life:
    """Instants are seconds since the epoch; None where it did not happen."""

    created_s: int
    assigned_s: int | None = None
    reply_s: int | None = None
    solved_s: int | None = None
    comment_s: int | None = None
    reopens: int = 0
    replies: int = 0
    comments: int = 1
    assignee_stations: int = 0
    group_stations: int = 1

    def metric_set(self, base_url: str, ticket_id: int, updated_s: int) -> JsonObject:
        """The ticket's metrics; minutes are whole, and business hours are all hours [U]."""
        metric_id = 8_000_000_000 + ticket_id
        waited_s = (self.solved_s or updated_s) - self.created_s
        return {
            "url": f"{base_url}/api/v2/ticket_metrics/{metric_id}.json",
            "id": metric_id,
            "ticket_id": ticket_id,
            "created_at": instant_text(self.created_s * 1000),
            "updated_at": instant_text(updated_s * 1000),
            "group_stations": self.group_stations,
            "assignee_stations": self.assignee_stations,
            "reopens": self.reopens,
            "replies": self.replies,
            "assigned_at": _instant(self.assigned_s),
            "solved_at": _instant(self.solved_s),
            "latest_comment_added_at": _instant(self.comment_s),
            "reply_time_in_minutes": _minutes(
                None if self.reply_s is None else self.reply_s - self.created_s
            ),
            "full_resolution_time_in_minutes": _minutes(
                None if self.solved_s is None else self.solved_s - self.created_s
            ),
            "requester_wait_time_in_minutes": _minutes(waited_s),
            "agent_wait_time_in_minutes": _minutes(0),
            "on_hold_time_in_minutes": _minutes(0),
        }


def _instant(seconds: int | None) -> str | None:
    return None if seconds is None else instant_text(seconds * 1000)


def _minutes(seconds: int | None) -> JsonObject:
    whole = None if seconds is None else max(0, seconds) // 60
    return {"calendar": whole, "business": whole}
