"""Users, groups, policies and what an account tells of itself. Sections 1, 3.3, 3.4 and 9."""

from collections.abc import Sequence

import orjson

from detente_sandbox.zendesk.call import Answer, Call, id_in_path
from detente_sandbox.zendesk.facts import PLANS_WITH_SLA, JsonObject
from detente_sandbox.zendesk.paging import page_of
from detente_sandbox.zendesk.records import Row
from detente_sandbox.zendesk.refusals import not_found, not_in_plan
from detente_sandbox.zendesk.rendering import fragments, user_renderer
from detente_sandbox.zendesk.sla import policies


def list_users(call: Call) -> Answer:
    """A page of users in order of id, of one or more roles with `role` or `role[]`."""
    call.actor.need_scope("users")
    roles = {*call.query.get("role", ()), *call.query.get("role[]", ())}
    store = call.desk.users
    ids: Sequence[int] = store.live
    if roles:
        ids = [row.id for row in store.each_live() if row.values()["role"] in roles]
    page = page_of(call, ids)
    return _users(call, [store.rows[number] for number in page.keys], page.rest)


def _users(call: Call, rows: list[Row], rest: JsonObject) -> Answer:
    return Answer({"users": fragments(rows, user_renderer(call.desk, call.base_url)), **rest})


def read_user(call: Call, word: str) -> Answer:
    """One user; `me` is the caller."""
    call.actor.need_scope("users")
    row = call.desk.users.find(call.actor.user_id if word == "me" else id_in_path(word))
    if row is None:
        raise not_found()
    return Answer({"user": orjson.Fragment(user_renderer(call.desk, call.base_url)(row))})


def show_users(call: Call) -> Answer:
    """Up to 100 users by id; those that are not there are left out."""
    call.actor.need_scope("users")
    rows = [call.desk.users.find(number) for number in call.ids()]
    found = [row for row in rows if row is not None]
    return _users(call, found, {"next_page": None, "previous_page": None, "count": len(found)})


def anonymous() -> JsonObject:
    """What `/users/me` says to somebody without a credential: 200 and nobody. Section 1 [L]."""
    return {
        "user": {"id": None, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user"}
    }


def list_groups(call: Call) -> Answer:
    """A page of groups; there is no scope of their own in the reference, so the broad one is asked [U]."""
    call.actor.need_scope("groups")
    groups = {group["id"]: group for group in call.desk.groups}
    page = page_of(call, list(groups))
    return Answer({"groups": [_group(call, groups[number]) for number in page.keys], **page.rest})


def read_group(call: Call, word: str) -> Answer:
    """One group."""
    call.actor.need_scope("groups")
    number = id_in_path(word)
    for group in call.desk.groups:
        if group["id"] == number:
            return Answer({"group": _group(call, group)})
    raise not_found()


def list_memberships(call: Call) -> Answer:
    """A page of who is in which group; sections 8 and 9 name the list, its shape follows organizations'."""
    call.actor.need_scope("groups")
    rows = {row["id"]: row for row in call.desk.memberships}
    page = page_of(call, list(rows))
    return Answer({"group_memberships": [rows[number] for number in page.keys], **page.rest})


def _group(call: Call, group: JsonObject) -> JsonObject:
    return {"url": f"{call.base_url}/api/v2/groups/{group['id']}.json", **group}


def list_policies(call: Call) -> Answer:
    """The SLA policies: an admin's right, and not in every plan (403) [V]."""
    call.actor.need_scope("slas")
    if call.desk.limits.plan not in PLANS_WITH_SLA:
        raise not_in_plan("SLA policies")
    call.actor.need_admin()
    rows = policies(call.base_url)
    return Answer({"sla_policies": rows, "count": len(rows), "next_page": None, "previous_page": None})


def account_settings(call: Call) -> Answer:
    """The one setting that clients look for. Section 9."""
    call.actor.need_scope("account")
    return Answer({"settings": {"active_features": {"organization_access_enabled": True}}})
