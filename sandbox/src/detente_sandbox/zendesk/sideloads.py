"""What tickets bring along with `include`. Section 3.2 of the reference."""

from collections.abc import Callable, Sequence

from detente_sandbox.zendesk.call import Call
from detente_sandbox.zendesk.facts import JsonObject, UnknownBehaviourError
from detente_sandbox.zendesk.records import Row
from detente_sandbox.zendesk.rendering import Renderer, fragments, renderer, ticket_renderer, with_more

LISTS = ("users", "groups", "organizations")


def ticket_shower(call: Call, *, is_export: bool = False, is_single: bool = False) -> Renderer:
    """Shows tickets with what `include` puts into each. Raises: UnknownBehaviourError."""
    show = ticket_renderer(call.desk, call.base_url)
    more = _members(call, is_export=is_export, is_single=is_single)
    if not more:
        return show
    return lambda row: with_more(show(row), {name: value(row) for name, value in more.items()})


def _members(call: Call, *, is_export: bool, is_single: bool) -> dict[str, Callable[[Row], object]]:
    lives, base_url = call.desk.lives, call.base_url
    known: dict[str, tuple[str, Callable[[Row], object]]] = {
        "comment_count": ("comment_count", lambda row: lives[row.id].comments)
    }
    if is_export:
        known["metric_sets"] = (
            "metric_set",
            lambda row: lives[row.id].metric_set(base_url, row.id, row.updated_ms // 1000),
        )
    if is_single:
        # allowed for one ticket alone [V]; that they stand in the ticket, as a list, is [U]
        known["metric_events"] = (
            "metric_events",
            lambda row: [event.shown() for event in call.desk.promises.events.of_ticket(row.id)],
        )
    wanted = [name for name in call.includes() if name not in LISTS]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise UnknownBehaviourError(f"include={','.join(unknown)} here")
    return dict(known[name] for name in wanted)


def beside(call: Call, rows: Sequence[Row]) -> JsonObject:
    """Top-level lists of what the tickets refer to, as far as `include` asks."""
    wanted = [name for name in LISTS if name in call.includes()]
    if not wanted:
        return {}
    tickets = [row.values() for row in rows]
    shown: JsonObject = {}
    if "users" in wanted:
        names = ("requester_id", "submitter_id", "assignee_id")
        shown["users"] = _shown(call, "users", {row[name] for row in tickets for name in names})
    if "organizations" in wanted:
        shown["organizations"] = _shown(call, "organizations", {row["organization_id"] for row in tickets})
    if "groups" in wanted:
        ids = {row["group_id"] for row in tickets}
        shown["groups"] = [group for group in call.desk.groups if group["id"] in ids]
    return shown


def _shown(call: Call, kind: str, ids: set[int | None]) -> list[object]:
    store = call.desk.users if kind == "users" else call.desk.organizations
    rows = [
        store.rows[number] for number in sorted(number for number in ids if number) if number in store.rows
    ]
    return list(fragments(rows, renderer(call.desk, kind, call.base_url)))
