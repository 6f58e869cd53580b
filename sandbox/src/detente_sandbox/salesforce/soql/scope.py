"""Holds names of a statement against the objects and fields that the asking user sees."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from detente_sandbox.salesforce.access import View, Viewer
from detente_sandbox.salesforce.facts import PARENTS_MAX
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.reading import SYSTEM_FIELDS, Reader, reader
from detente_sandbox.salesforce.rows import Row, Store, Values
from detente_sandbox.salesforce.schema.field import Field, text
from detente_sandbox.salesforce.schema.objects import NOT_SIMULATED, ObjectType
from detente_sandbox.salesforce.soql.statement import Path
from detente_sandbox.salesforce.soql.words import SoqlError, UnknownTypeError

# What may be asked of a reference that leads to several types, such as a case's owner [U].
_OF_ANY = ("Id", "Name", "Type", "Email", "Username", "IsActive")
OBJECT_TYPE = text("Type", 40, "Object Type")
_ADVICE = "Please reference your WSDL or the describe call for the appropriate names."


@dataclass(frozen=True)
class Hop:
    """A step along a reference: its name, how its id is read, and where it may lead."""

    name: str
    link: Field
    targets: tuple[ObjectType, ...]


@dataclass(frozen=True)
class Column:
    """A field as a statement names it: the steps that lead there, the field, and the name in answers."""

    hops: tuple[Hop, ...]
    field: Field
    owner: ObjectType

    @property
    def heading(self) -> str:
        """The dotted name with proper letters."""
        return ".".join((*(hop.name for hop in self.hops), self.field.name))


@dataclass
class Scope:
    """One object of the statement for one user at one moment.

    `reads_values` tells whether any reader made so far looks at more than id and stamps.
    """

    org: Org
    viewer: Viewer
    of: ObjectType
    now: str
    with_deleted: bool = False
    loaded: dict[str, tuple[Row, Values] | None] = field(default_factory=dict)
    reads_values: bool = False

    @property
    def store(self) -> Store:
        return self.org.store(self.of)

    @property
    def view(self) -> View:
        return self.org.access.view(self.viewer, self.of)

    def column(self, path: Path) -> Column:
        """What a path names. Raises: SoqlError INVALID_FIELD."""
        parts = path.parts
        if len(parts) > 1 and parts[0].lower() == self.of.name.lower():
            parts = parts[1:]
        if len(parts) > PARENTS_MAX + 1:
            raise SoqlError("MALFORMED_QUERY", f"relationship path too long: {path.text}", path.at)
        hops: list[Hop] = []
        at: tuple[ObjectType, ...] = (self.of,)
        for word in parts[:-1]:
            hop = self._hop(at, word, path)
            hops.append(hop)
            at = hop.targets
        found = self._field(at, parts[-1])
        if found is None:
            raise no_column(parts[-1], at[0].name if len(at) == 1 else "Name", path.at)
        return Column(tuple(hops), found, at[0])

    def _hop(self, at: tuple[ObjectType, ...], word: str, path: Path) -> Hop:
        rows = self._view(at[0]).by_word.values() if len(at) == 1 else ()
        for row in rows:
            if row.refers_to and row.relationship and row.relationship.lower() == word.lower():
                targets = tuple(known for name in row.refers_to if (known := self.org.type_of(name)))
                if targets:
                    return Hop(row.relationship, row, targets)
        text = (
            f"Didn't understand relationship '{word}' in field path. If you are attempting to use a custom "
            f"relationship, be sure to append the '__r' after the custom relationship name. {_ADVICE}"
        )
        raise SoqlError("INVALID_FIELD", text, path.at)

    def _view(self, of: ObjectType) -> View:
        return self.org.access.view(self.viewer, of)

    def _field(self, at: tuple[ObjectType, ...], word: str) -> Field | None:
        if len(at) == 1:
            return self._view(at[0]).find(word)
        if word.lower() not in (name.lower() for name in _OF_ANY):
            return None
        if word.lower() == "type":
            return OBJECT_TYPE
        return next((found for of in at if (found := self._view(of).find(word))), None)

    # -- values --------------------------------------------------------------------------------------------

    def reader(self, column: Column) -> Reader:
        """Reads a column of a record of this object; null where a step leads nowhere."""
        self.reads_values = self.reads_values or bool(column.hops) or column.field.name not in SYSTEM_FIELDS
        if column.field is OBJECT_TYPE and not column.hops:
            return lambda row, values: self._type_name(row)
        if not column.hops:
            return reader(column.owner, column.field, self.now)
        hop, rest = column.hops[0], Column(column.hops[1:], column.field, column.owner)
        follow = self.follower(hop)
        beyond = self._beyond(hop, rest)

        def read(row: Row, values: Values) -> Any:
            found = follow(row, values)
            return None if found is None else beyond(*found)

        return read

    def _beyond(self, hop: Hop, rest: Column) -> Reader:
        if rest.hops or rest.field is OBJECT_TYPE:
            return Scope(self.org, self.viewer, hop.targets[0], self.now, loaded=self.loaded).reader(rest)
        return reader(rest.owner, rest.field, self.now)

    def _type_name(self, row: Row) -> str | None:
        of = self.org.type_of_id(row.id)
        return of.name if of is not None else None

    def follower(self, hop: Hop) -> Callable[[Row, Values], tuple[Row, Values] | None]:
        """Follows a reference to the record and its values, deleted or not."""
        link = reader(self.of, hop.link, self.now)
        stores = [self.org.store(of) for of in hop.targets]
        loaded = self.loaded

        def follow(row: Row, values: Values) -> tuple[Row, Values] | None:
            target = link(row, values)
            if target is None:
                return None
            if target not in loaded:
                found = next((known for store in stores if (known := store.rows.get(target))), None)
                loaded[target] = None if found is None else (found, found.values())
            return loaded[target]

        return follow


def no_column(word: str, entity: str, at: int) -> SoqlError:
    """The same for a field that is not there and for one that is hidden. Section 2.1."""
    text = (
        f"No such column '{word}' on entity '{entity}'. If you are attempting to use a custom field, be sure "
        f"to append the '__c' after the custom field name. {_ADVICE}"
    )
    return SoqlError("INVALID_FIELD", text, at)


def no_type(word: str, at: int) -> SoqlError:
    """An object that is not there, or whose feature is off. Recorded [R]."""
    text = (
        f"sObject type '{word}' is not supported. If you are attempting to use a custom object, be sure to "
        f"append the '__c' after the entity name. {_ADVICE}"
    )
    if word.lower() in NOT_SIMULATED:
        return UnknownTypeError(word, text, at)
    return SoqlError("INVALID_TYPE", text, at)
