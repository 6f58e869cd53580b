"""Reading users: customers by an export with a cursor, agents by a list that is short."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from detente_connector_kit import carried
from detente_contracts import Batch, Census, Kind, Person

from detente_zendesk.account import OBJECTS, View
from detente_zendesk.client import CursorPage, CursorRefusedError, Json, ZendeskClient
from detente_zendesk.mapping import is_agent, modified_at, read_contact, read_person
from detente_zendesk.reading import Gathering, Window, cursor_of, seconds, state_of

AGENTS = (("role[]", "agent"), ("role[]", "admin"))
"""Filter of the list of users; an account that does not know it answers with everybody."""

_RUN, _REST = "run", "rest"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a read of customers stands.

    `after` is the export's cursor, kept for ever: a read that began at the present instead would lose what
    lies between. `newest` is the latest change that was brought, in seconds since the epoch: from a little
    before it a read goes on should the cursor be refused. `since` is when the very first read began: who was
    no customer any more before then was never told of.
    """

    phase: str
    asked: str
    since: int
    after: str | None = None
    newest: int = 0


class ContactWalk:
    """Reads end users that belong to an organization, a page at a time."""

    def __init__(self, client: ZendeskClient, view: View, window: Window) -> None:
        self._client = client
        self._view = view
        self._window = window

    def read(self, cursor: str | None, limit: int) -> Batch:
        """About `limit` contacts from `cursor` on."""
        place = self._place(cursor)
        found = Gathering(self._view, limit)
        for size in found.pages():
            place = self._step(place, found, size)
            if place.phase == _REST:
                break
        return found.batch(cursor_of(asdict(place)), done=place.phase == _REST)

    def _place(self, cursor: str | None) -> Place:
        state, asked = state_of(cursor), self._view.asked
        if state is not None and state.get("asked") == asked:
            return Place(**state)  # type: ignore[arg-type]
        # all is read anew for another mapping, and the deletions since the very first read with it
        return Place(_RUN, asked, since=carried(cursor, "since", max(0, self._window.resume)))

    def _step(self, place: Place, found: Gathering, size: int) -> Place:
        page = self._page(place, size)
        found.turn(page.rows)
        for row in page.rows:
            if _is_customer(row):
                found.take(row, read_contact)
            elif seconds(modified_at(row)) >= place.since:
                found.lose(row)
        newest = max([place.newest, *(seconds(modified_at(row)) for row in page.rows)])
        following = replace(place, after=page.after or place.after, newest=newest)
        return replace(following, phase=_REST if page.is_last else _RUN)

    def _page(self, place: Place, size: int) -> CursorPage:
        start = max(0, min(place.newest, self._window.until) - self._window.overlap_s)
        try:
            return self._client.exported_after("users", place.after or start, size)
        except CursorRefusedError:
            return self._client.exported_after("users", start, size)


def read_people(client: ZendeskClient, instance: str, cursor: str | None) -> Batch:
    """All agents and admins with their team, or none when nobody of them changed since `cursor`.

    The list names those who are there, so whoever left or became an end user is gone by its census.
    """
    teams = _teams(client)
    rows = client.all("/users", "users", AGENTS)
    people = [read_person(row, teams.get(str(row["id"])), instance) for row in rows if is_agent(row)]
    place = cursor_of({"people": _digest(people)})
    # an account has an admin at least: a list without anybody says nothing
    census = Census(OBJECTS[Kind.PERSON], frozenset(one.ref.id for one in people)) if people else None
    return Batch([] if place == cursor else people, place, True, census=census)


def _teams(client: ZendeskClient) -> Mapping[str, str]:
    """The group of each agent, by id: the default one, else the one with the lowest id."""
    names = {str(row["id"]): str(row.get("name") or "") for row in client.all("/groups", "groups")}
    memberships = client.all("/group_memberships", "group_memberships")
    teams: dict[str, str] = {}
    for row in sorted(memberships, key=lambda row: (not row.get("default"), int(row.get("group_id") or 0))):
        name = names.get(str(row.get("group_id")))
        if name:
            teams.setdefault(str(row.get("user_id")), name)
    return teams


def _digest(people: list[Person]) -> str:
    """Without the time of change, which moves whenever somebody signs in."""
    known = [(one.ref.id, one.name, one.email, one.team, one.active) for one in people]
    return hashlib.sha256(repr(known).encode()).hexdigest()[:32]


def _is_customer(row: Json) -> bool:
    is_there = row.get("active") is not False and row.get("organization_id") is not None
    return row.get("role") == "end-user" and is_there
