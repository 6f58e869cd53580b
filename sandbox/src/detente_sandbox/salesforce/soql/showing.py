"""Turns the records that a statement found into what an answer holds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from detente_sandbox.salesforce.facts import JsonObject
from detente_sandbox.salesforce.moments import in_csv
from detente_sandbox.salesforce.reading import SYSTEM_FIELDS, Reader, is_plain
from detente_sandbox.salesforce.rows import Row, Values
from detente_sandbox.salesforce.schema.objects import ObjectType
from detente_sandbox.salesforce.soql.finding import Finder, finder
from detente_sandbox.salesforce.soql.scope import OBJECT_TYPE, Column, Hop, Scope
from detente_sandbox.salesforce.soql.statement import Path, Select
from detente_sandbox.salesforce.soql.words import SoqlError

Part = Callable[[Row, Values], Any]


@dataclass
class Shape:
    """What is shown of one record: fields in the order asked, with parents and children inside.

    A part is None where the value is simply the stored one: most are, and pages have 2,000 records.
    """

    scope: Scope
    root: str
    parts: dict[str, Part | None] = field(default_factory=dict)
    parents: dict[str, "Shape"] = field(default_factory=dict)
    needs_values: bool = False

    def shown(self, row: Row) -> JsonObject:
        """A record as JSON."""
        return self._shown(row, row.values() if self.needs_values else {})

    def _shown(self, row: Row, values: Values) -> JsonObject:
        out: JsonObject = {"attributes": attributes(self.root, self.scope.of, row.id)}
        for name, part in self.parts.items():
            out[name] = values.get(name) if part is None else part(row, values)
        return out

    def add(self, column: Column, hops: tuple[Hop, ...]) -> None:
        """Adds a field that lies some steps away. Raises: SoqlError when it is there already."""
        if not hops:
            name = column.field.name
            own = Column((), column.field, column.owner)
            is_stored = own.field is not OBJECT_TYPE and is_plain(own.owner, own.field)
            self.parts[name] = None if is_stored else self.scope.reader(own)
            self.needs_values = self.needs_values or name not in SYSTEM_FIELDS
            return
        hop = hops[0]
        if hop.name not in self.parents:
            self._add_parent(hop)
        self.parents[hop.name].add(column, hops[1:])

    def _add_parent(self, hop: Hop) -> None:
        scope = Scope(self.scope.org, self.scope.viewer, hop.targets[0], self.scope.now)
        inner = self.parents[hop.name] = Shape(scope, self.root)
        follow, types = self.scope.follower(hop), self.scope.org.type_of_id
        self.needs_values = True
        known: dict[str, JsonObject] = {}

        def part(row: Row, values: Values) -> JsonObject | None:
            found = follow(row, values)
            if found is None:
                return None
            if found[0].id not in known:
                shown = inner._shown(*found)
                shown["attributes"] = attributes(self.root, types(found[0].id) or scope.of, found[0].id)
                known[found[0].id] = shown
            return known[found[0].id]

        self.parts[hop.name] = part

    def add_children(self, statement: Select) -> None:
        """Adds a sub-query over the records that refer to this one. Raises: SoqlError."""
        org = self.scope.org
        found = next(
            (row for row in self.scope.of.children if _is_named(row.relationship, statement.source)), None
        )
        of = org.type_of(found.type) if found is not None else None
        if found is None or of is None:
            raise _no_relationship(self.scope.of, statement)
        scope = Scope(org, self.scope.viewer, of, self.scope.now, self.scope.with_deleted)
        name, link = str(found.relationship), found.link
        inner, children = shape(scope, statement, self.root), finder(scope, statement)

        def part(row: Row, values: Values) -> JsonObject | None:
            rows = children.children(scope.store.having(link, row.id))
            records = [inner.shown(row) for row in rows]
            return {"totalSize": len(records), "done": True, "records": records} if records else None

        self.parts[name] = part


def attributes(root: str, of: ObjectType, record_id: str) -> JsonObject:
    """What stands before a record's fields; `root` is the path of the API version."""
    return {"type": of.name, "url": f"{root}/sobjects/{of.name}/{record_id}"}


def _is_named(relationship: str | None, word: str) -> bool:
    return relationship is not None and relationship.lower() == word.lower()


def _no_relationship(of: ObjectType, statement: Select) -> SoqlError:
    text = f"Didn't understand relationship '{statement.source}' in FROM part of query call on {of.name}."
    return SoqlError("INVALID_TYPE", text, statement.source_at)


def shape(scope: Scope, statement: Select, root: str) -> Shape:
    """What a statement shows of each record. Raises: SoqlError."""
    made = Shape(scope, root)
    for item in statement.items:
        if isinstance(item, Select):
            if item.is_count or any(isinstance(inner, Select) for inner in item.items):
                raise SoqlError("MALFORMED_QUERY", "only one level of sub-queries is taken", item.source_at)
            made.add_children(item)
        else:
            _add(made, scope, item)
    return made


def _add(made: Shape, scope: Scope, path: Path) -> None:
    column = scope.column(path)
    at = made
    for hop in column.hops:
        if hop.name not in at.parents:
            break
        at = at.parents[hop.name]
    else:
        if column.field.name in at.parts:
            raise SoqlError("INVALID_FIELD", f"duplicate field selected: {path.text}", path.at)
    made.add(column, column.hops)


@dataclass(frozen=True)
class Sheet:
    """What a bulk query shows of each record: headings and a cell for each. Section 2.3.

    A cell is None where the value is simply the stored one.
    """

    headings: tuple[str, ...]
    cells: tuple[Reader | None, ...]

    def line(self, row: Row) -> list[Any]:
        """A record as cells; null is an empty one."""
        values = row.values()
        pairs = zip(self.headings, self.cells, strict=True)
        return [values.get(name, "") if cell is None else cell(row, values) for name, cell in pairs]


def sheet(scope: Scope, statement: Select) -> Sheet:
    """The columns of a bulk query; its items are paths. Raises: SoqlError."""
    columns = [scope.column(item) for item in statement.items if isinstance(item, Path)]
    cells = tuple(_column_cell(scope, column) for column in columns)
    return Sheet(tuple(column.heading for column in columns), cells)


def _column_cell(scope: Scope, column: Column) -> Reader | None:
    is_stored = not column.hops and is_plain(column.owner, column.field)
    if is_stored and column.field.type != "datetime":
        return None
    return _cell(scope.reader(column), column.field.type)


_TRUTHS = {True: "true", False: "false", None: ""}


def _cell(read: Reader, kind: str) -> Reader:
    """A value as CSV has it: booleans in small letters, instants with `Z`, null empty."""
    if kind == "boolean":
        return lambda row, values: _TRUTHS[read(row, values)]
    if kind == "datetime":
        return lambda row, values: "" if (value := read(row, values)) is None else in_csv(value)
    return lambda row, values: "" if (value := read(row, values)) is None else value


@dataclass(frozen=True)
class Bound:
    """A statement held against the org, for one user."""

    finder: Finder
    shape: Shape | None


def bound(scope: Scope, statement: Select, root: str) -> Bound:
    """A statement ready to run; a counting one shows nothing. Raises: SoqlError."""
    made = None if statement.is_count else shape(scope, statement, root)
    return Bound(finder(scope, statement), made)
