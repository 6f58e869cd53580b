"""A person's hands in the org, for tests: records seen whole and edited as in the vendor's screens."""

from collections.abc import Callable
from typing import TypeVar

from detente_sandbox.salesforce.facts import NEWEST_VERSION, RowError
from detente_sandbox.salesforce.ids import full_id
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.page import page_of
from detente_sandbox.salesforce.reading import reader
from detente_sandbox.salesforce.rows import Change, Row
from detente_sandbox.salesforce.schema.objects import ObjectType
from detente_sandbox.salesforce.soql.showing import attributes
from detente_sandbox.salesforce.writing import create, delete, update
from detente_sandbox.vendor import Json, RefusedError
from detente_sandbox.view import Page

T = TypeVar("T")
# The path that records are shown with here.
ROOT = f"/services/data/v{NEWEST_VERSION}.0"


class Desk:
    """Looks at and edits the records of one org."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def all(self, type_name: str) -> list[Json]:
        """Every live record of a type."""
        of = self._type(type_name)
        return [self._raw(of, row) for row in self._org.store(of).live()]

    def one(self, type_name: str, record_id: str) -> Json:
        """One record with what was changed in it, oldest change first."""
        of = self._type(type_name)
        row = self._row(of, record_id)
        history = self._org.store(of).history.get(row.id, [])
        return {**self._raw(of, row), "history": [self._change(change) for change in history]}

    def create(self, type_name: str, body: Json) -> Json:
        """A record that a person enters."""
        of, org = self._type(type_name), self._org
        return self._raw(of, told(lambda: create(org, of, _properties(body), org.person(), org.now)))

    def edit(self, type_name: str, record_id: str, body: Json) -> Json:
        """A person's edit."""
        of, org = self._type(type_name), self._org
        row, given = self._row(of, record_id), _properties(body)
        return self._raw(of, told(lambda: update(org, of, row.id, given, org.person(), org.now)))

    def delete(self, type_name: str, record_id: str) -> Json:
        """A record that a person deletes."""
        of, org = self._type(type_name), self._org
        row = self._row(of, record_id)
        told(lambda: delete(org, of, row.id, org.person(), org.now))
        return {"id": row.id, "deleted": True}

    def page(self, type_name: str, record_id: str) -> Page:
        """The record as a rep sees it."""
        of = self._type(type_name)
        return page_of(self._org, of, self._row(of, record_id), self._org.clock.now_ms)

    def _type(self, type_name: str) -> ObjectType:
        found = self._org.type_of(type_name)
        if found is None:
            raise RefusedError(404, f"no object type {type_name!r}")
        return found

    def _row(self, of: ObjectType, record_id: str) -> Row:
        row = self._org.store(of).find(full_id(record_id) or "")
        if row is None:
            raise RefusedError(404, f"no live record {record_id} of {of.name}")
        return row

    def _raw(self, of: ObjectType, row: Row) -> Json:
        values, now = row.values(), self._org.now
        fields = {name: reader(of, field, now)(row, values) for name, field in of.fields.items()}
        return {"attributes": attributes(ROOT, of, row.id), **fields}

    def _change(self, change: Change) -> Json:
        """An entry of a record's history, with the app that made it or `person`."""
        by = next((app.name for app in self._org.apps.values() if app.user_id == change.by), "person")
        return {**change._asdict(), "source": by}


def told(write: Callable[[], T]) -> T:
    """What a write gives. Raises: RefusedError with the vendor's words when it is refused."""
    try:
        return write()
    except RowError as error:
        raise RefusedError(400, f"{error.status_code}: {error.message}") from error


def _properties(body: Json) -> Json:
    given = body.get("properties")
    if not isinstance(given, dict):
        raise ValueError('send {"properties": {field: value}}')
    return given
