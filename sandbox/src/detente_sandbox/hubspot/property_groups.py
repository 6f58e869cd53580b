"""Property groups over the API. Section 6 of the reference."""

from detente_sandbox.hubspot.call import Answer, Call
from detente_sandbox.hubspot.facts import JsonObject, conflict, invalid, not_found
from detente_sandbox.hubspot.portal import Group
from detente_sandbox.hubspot.properties import definable, readable


def list_groups(call: Call, word: str) -> Answer:
    """All groups in order of name."""
    kind = readable(call, word)
    rows = sorted(call.portal.groups[kind.name].values(), key=lambda row: row.name)
    return Answer({"results": [_shown(row) for row in rows if not row.archived]})


def read_group(call: Call, word: str, name: str) -> Answer:
    """One group."""
    group = call.portal.groups[readable(call, word).name].get(name)
    if group is None or group.archived:
        raise not_found(f"Property group {name} does not exist")
    return Answer(_shown(group))


def create_group(call: Call, word: str) -> Answer:
    """A new group, 201; 409 when the name is taken."""
    kind = definable(call, word)
    body = call.body()
    if not body.get("name") or not body.get("label"):
        raise invalid("A property group needs name and label")
    groups = call.portal.groups[kind.name]
    if body["name"] in groups:
        raise conflict(f"Property group {body['name']} already exists")
    group = Group(str(body["name"]), str(body["label"]), int(body.get("displayOrder", -1)))
    groups[group.name] = group
    return Answer(_shown(group), 201)


def _shown(group: Group) -> JsonObject:
    return {
        "name": group.name,
        "label": group.label,
        "displayOrder": group.display_order,
        "archived": group.archived,
    }
