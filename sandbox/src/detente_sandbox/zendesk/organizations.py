"""Organizations: lists, look-ups and single writes. Sections 2.2, 3.3 and 4.3 of the reference."""

from detente_sandbox.zendesk.call import Answer, Call, id_in_path, whole_number
from detente_sandbox.zendesk.facts import JsonObject, UnknownBehaviourError
from detente_sandbox.zendesk.organization_writing import change, create, delete
from detente_sandbox.zendesk.paging import page_of
from detente_sandbox.zendesk.records import Row
from detente_sandbox.zendesk.refusals import invalid_request, needs_role, not_found
from detente_sandbox.zendesk.rendering import fragments, organization_renderer, shown_row

# An unrestricted plain agent may change only these. Section 1 [V].
AGENTS_MAY_CHANGE = {"notes"}


def list_organizations(call: Call) -> Answer:
    """A page in order of id."""
    call.actor.need_scope("organizations")
    if call.text("sort"):
        raise UnknownBehaviourError("sorting organizations")
    page = page_of(call, call.desk.organizations.live)
    return _shown(call, [call.desk.organizations.rows[number] for number in page.keys], page.rest)


def _shown(call: Call, rows: list[Row], rest: JsonObject) -> Answer:
    show = organization_renderer(call.desk, call.base_url)
    return Answer({"organizations": fragments(rows, show), **rest})


def count_organizations(call: Call) -> Answer:
    """How many there are; the shape is [U]."""
    call.actor.need_scope("organizations")
    return Answer({"count": {"value": len(call.desk.organizations.live), "refreshed_at": None}})


def read_organization(call: Call, word: str) -> Answer:
    """One organization by id."""
    call.actor.need_scope("organizations")
    return _one(call, found(call, word))


def found(call: Call, word: str) -> Row:
    """An organization of a path. Raises: ApiError 404."""
    row = call.desk.organizations.find(id_in_path(word))
    if row is None:
        raise not_found()
    return row


def _one(call: Call, row: Row, status: int = 200) -> Answer:
    return Answer({"organization": shown_row(call.desk, "organizations", row, call.base_url)}, status)


def show_many(call: Call) -> Answer:
    """Up to 100 by `ids` or `external_ids`; those that are not there are left out."""
    call.actor.need_scope("organizations")
    rows = [row for row in named(call) if row is not None]
    return _shown(call, rows, {"next_page": None, "previous_page": None, "count": len(rows)})


def named(call: Call) -> list[Row | None]:
    """What `ids` or `external_ids` name, None where nothing has the id. Raises: ApiError 400."""
    store, known = call.desk.organizations, call.desk.taken["external_id"]
    if call.text("ids"):
        return [store.find(number) for number in call.ids()]
    if call.text("external_ids"):
        numbers = [known.get(word.lower()) for word in call.words("external_ids")]
        return [None if number is None else store.find(number) for number in numbers]
    raise invalid_request("ids or external_ids is required")


def search_organizations(call: Call) -> Answer:
    """The organization with an external id or a name, in any case of letters [V]."""
    call.actor.need_scope("organizations")
    wanted = [name for name in ("external_id", "name") if call.text(name)]
    if len(wanted) != 1:
        raise UnknownBehaviourError("organization search by neither or both of external_id and name")
    number = call.desk.taken[wanted[0]].get((call.text(wanted[0]) or "").lower())
    rows = [] if number is None else [call.desk.organizations.rows[number]]
    return _shown(call, rows, {"next_page": None, "previous_page": None, "count": len(rows)})


def update_organization(call: Call, word: str) -> Answer:
    """Changes what is sent; five times a minute for each organization."""
    call.actor.need_scope("organizations", to_write=True)
    row = found(call, word)
    call.spend("organization-update-each", row.id)
    sent = call.changes_in_body("organization", row.id)
    need_right(call, sent)
    return _one(call, change(call.desk, row, sent, call.now_ms))


def need_right(call: Call, sent: JsonObject) -> None:
    """Raises: ApiError 403 when the caller's role does not reach."""
    if call.actor.role != "admin" and set(sent) - AGENTS_MAY_CHANGE:
        raise needs_role("admin")


def create_organization(call: Call) -> Answer:
    """Makes one and answers 201; 422 where the name or external id is taken."""
    call.actor.need_scope("organizations", to_write=True)
    call.actor.need_admin()
    return _one(call, create(call.desk, call.object_in_body("organization"), call.now_ms), 201)


def create_or_update(call: Call) -> Answer:
    """Matches by `id` or `external_id`, never by name [V]: 200 for a changed one, 201 for a new one."""
    call.actor.need_scope("organizations", to_write=True)
    call.actor.need_admin()
    sent = call.object_in_body("organization")
    row = _matching(call, sent)
    if row is None:
        return _one(call, create(call.desk, sent, call.now_ms), 201)
    rest = {name: value for name, value in sent.items() if name != "id"}
    return _one(call, change(call.desk, row, rest, call.now_ms))


def _matching(call: Call, sent: JsonObject) -> Row | None:
    number = whole_number(sent.get("id"))
    if number is None and sent.get("external_id"):
        number = call.desk.taken["external_id"].get(str(sent["external_id"]).lower())
    return None if number is None else call.desk.organizations.find(number)


def delete_organization(call: Call, word: str) -> Answer:
    """Takes one away; exports tell nothing of it [V]."""
    call.actor.need_scope("organizations", to_write=True)
    call.actor.need_admin()
    delete(call.desk, found(call, word))
    return Answer(status=204)
