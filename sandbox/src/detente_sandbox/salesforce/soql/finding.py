"""Which records a statement finds, and in what order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NamedTuple

import orjson

from detente_sandbox.salesforce.facts import OFFSET_MAX
from detente_sandbox.salesforce.reading import Reader
from detente_sandbox.salesforce.rows import Row, Values, folded
from detente_sandbox.salesforce.soql.comparing import comparison, membership, value_of
from detente_sandbox.salesforce.soql.scope import Column, Scope, no_type
from detente_sandbox.salesforce.soql.statement import (
    Comparison,
    Condition,
    Group,
    Membership,
    Negation,
    Order,
    Path,
    Select,
)
from detente_sandbox.salesforce.soql.words import SoqlError

Predicate = Callable[[Row, Values], bool]
_HIGHEST = "\uffff"


@dataclass
class Narrowing:
    """What the indexes know of the records wanted: bounds of their stamps, and sets of ids.

    A bound is a stamp and whether the stamp itself is wanted.
    """

    low: tuple[str, bool] | None = None
    high: tuple[str, bool] | None = None
    ids: list[set[str]] = field(default_factory=list)


class Sort(NamedTuple):
    """One field to sort by; text is compared without letter cases, ids are not."""

    read: Reader
    is_text: bool
    is_descending: bool
    has_nulls_last: bool

    def key(self, row: Row, values: Values) -> Any:
        """What a record is sorted by."""
        value = self.read(row, values)
        return folded(value) if self.is_text else value


@dataclass
class Finder:
    """A statement's conditions and order, ready to be run over one object's records."""

    scope: Scope
    predicate: Predicate | None
    narrowing: Narrowing
    sorts: list["Sort"]
    is_by_stamp: bool
    limit: int | None
    offset: int

    def rows(self) -> list[Row]:
        """The records found, in order; without an order they come by age of their ids."""
        found: Iterable[Row] = self._matching(self._candidates())
        if self.sorts and not (self.is_by_stamp and not self.narrowing.ids):
            found = self._sorted(list(found))
        stop = None if self.limit is None else self.offset + self.limit
        return list(islice(found, self.offset, stop))

    def children(self, ids: Iterable[str]) -> list[Row]:
        """The same among some records only."""
        known = self.scope.store.rows
        found: Iterable[Row] = self._matching(known[record_id] for record_id in sorted(ids))
        found = self._sorted(list(found)) if self.sorts else found
        return list(islice(found, self.offset, None if self.limit is None else self.offset + self.limit))

    def count(self) -> int:
        """How many are found, before any limit but the statement's own."""
        if self.predicate is None and self._is_everything() and self.limit is None:
            store = self.scope.store
            return len(store.rows) if self.scope.with_deleted else store.live_count
        return len(self.rows())

    def _is_everything(self) -> bool:
        return not self.narrowing.ids and self.narrowing.low is None and self.narrowing.high is None

    def _candidates(self) -> Iterator[Row]:
        store, narrowing = self.scope.store, self.narrowing
        if narrowing.ids:
            ids = set.intersection(*narrowing.ids)
            rows = (store.rows[record_id] for record_id in sorted(ids) if record_id in store.rows)
            return (row for row in rows if self._is_in_window(row))
        if self.is_by_stamp or narrowing.low or narrowing.high:
            low, high = narrowing.low, narrowing.high
            first = None if low is None else (low[0],) if low[1] else (low[0], _HIGHEST)
            last = None if high is None else (high[0], _HIGHEST) if high[1] else (high[0],)
            return iter(store.by_stamp.irange(first, last))
        return iter(store.rows.values())

    def _is_in_window(self, row: Row) -> bool:
        low, high = self.narrowing.low, self.narrowing.high
        if low is not None and (row.stamp < low[0] or (row.stamp == low[0] and not low[1])):
            return False
        return high is None or row.stamp < high[0] or (row.stamp == high[0] and high[1])

    def _matching(self, rows: Iterable[Row]) -> Iterator[Row]:
        if not self.scope.with_deleted:
            rows = (row for row in rows if not row.is_deleted)
        if self.predicate is None:
            return iter(rows)
        predicate, loads = self.predicate, orjson.loads
        if not self.scope.reads_values:
            return (row for row in rows if predicate(row, {}))
        return (row for row in rows if predicate(row, loads(row.packed)))

    def _sorted(self, rows: list[Row]) -> list[Row]:
        """Sorts by the last field first; null stands at the end that was asked for [U]."""
        values = {row.id: row.values() if self.scope.reads_values else {} for row in rows}
        for sort in reversed(self.sorts):
            keyed = [(sort.key(row, values[row.id]), row) for row in rows]
            nulls = [row for key, row in keyed if key is None]
            rest = [pair for pair in keyed if pair[0] is not None]
            rest.sort(key=_key, reverse=sort.is_descending)
            rows = [row for _, row in rest]
            rows = rows + nulls if sort.has_nulls_last else nulls + rows
        return rows


def _key(pair: tuple[Any, Row]) -> Any:
    return pair[0]


def finder(scope: Scope, statement: Select) -> Finder:
    """A statement over one object. Raises: SoqlError for what its fields do not take."""
    if statement.offset > OFFSET_MAX:
        text = f"Maximum SOQL offset allowed is {OFFSET_MAX}"
        raise SoqlError("NUMBER_OUTSIDE_VALID_RANGE", text, statement.offset_at)
    scope = replace(scope, loaded={}, reads_values=False)
    narrowing = Narrowing()
    left = _narrowed(scope, statement.where, narrowing)
    predicate = None if left is None else _predicate(scope, left)
    columns = [_sortable(scope, order) for order in statement.orders]
    sorts = [
        Sort(scope.reader(column), column.field.is_text, order.is_descending, order.has_nulls_last)
        for column, order in zip(columns, statement.orders, strict=True)
    ]
    return Finder(
        scope,
        predicate,
        narrowing,
        sorts,
        _is_by_stamp(columns, statement.orders),
        statement.limit,
        statement.offset,
    )


def _is_by_stamp(columns: list[Column], orders: tuple[Order, ...]) -> bool:
    headings = [column.heading for column in columns]
    return headings in (["SystemModstamp"], ["SystemModstamp", "Id"]) and not any(
        order.is_descending for order in orders
    )


def _sortable(scope: Scope, order: Order) -> Column:
    column = scope.column(order.path)
    if not column.field.is_sortable:
        text = f"field '{column.heading}' can not be sorted in a query call"
        raise SoqlError("INVALID_FIELD", text, order.path.at)
    return column


def _filterable(scope: Scope, path: Path) -> Column:
    column = scope.column(path)
    if not column.field.is_filterable or column.field.is_compound:
        text = f"field '{column.heading}' can not be filtered in a query call"
        raise SoqlError("INVALID_FIELD", text, path.at)
    return column


# -- what indexes answer -----------------------------------------------------------------------------------


def _narrowed(scope: Scope, where: Condition | None, narrowing: Narrowing) -> Condition | None:
    """Takes out of the conditions what an index answers; what is left still has to be checked."""
    if where is None:
        return None
    members = where.members if isinstance(where, Group) and where.is_all else (where,)
    left = tuple(member for member in members if not _is_taken(scope, member, narrowing))
    if not left:
        return None
    return left[0] if len(left) == 1 else Group(True, left)


def _is_taken(scope: Scope, member: Condition, narrowing: Narrowing) -> bool:
    if isinstance(member, Comparison):
        column = _filterable(scope, member.path)
        if column.heading == "SystemModstamp" and member.value.kind == "instant":
            return _bound(narrowing, member.operator, value_of(column.field, member.value))
        if member.operator == "=" and _has_index(column) and member.value.kind == "text":
            narrowing.ids.append(_ids(scope, column, [value_of(column.field, member.value)]))
            return True
    if isinstance(member, Membership) and not member.is_negated and member.values is not None:
        column = _filterable(scope, member.path)
        if _has_index(column) and all(value.kind == "text" for value in member.values):
            wanted = [value_of(column.field, value) for value in member.values]
            narrowing.ids.append(_ids(scope, column, wanted))
            return True
    return False


def _has_index(column: Column) -> bool:
    row = column.field
    if column.hops or row.name in ("MasterRecordId", "CreatedById", "LastModifiedById"):
        return False
    return row.name == "Id" or row.type == "reference" or row.is_external_id


def _ids(scope: Scope, column: Column, wanted: list[Any]) -> set[str]:
    if column.field.name == "Id":
        return set(wanted)
    found: set[str] = set()
    for value in wanted:
        found |= scope.store.having(column.field.name, value)
    return found


def _bound(narrowing: Narrowing, operator: str, stamp: str) -> bool:
    """Tightens the window of stamps; false for an operator that is no window."""
    if operator in (">", ">=", "="):
        low = (stamp, operator != ">")
        if narrowing.low is None or (low[0], not low[1]) > (narrowing.low[0], not narrowing.low[1]):
            narrowing.low = low
    if operator in ("<", "<=", "="):
        high = (stamp, operator != "<")
        if narrowing.high is None or high < narrowing.high:
            narrowing.high = high
    return operator in (">", ">=", "=", "<", "<=")


# -- what has to be checked --------------------------------------------------------------------------------


def _predicate(scope: Scope, condition: Condition) -> Predicate:
    match condition:
        case Group():
            return _joined([_predicate(scope, member) for member in condition.members], condition.is_all)
        case Negation():
            inner = _predicate(scope, condition.of)
            return lambda row, values: not inner(row, values)
        case Comparison():
            column = _filterable(scope, condition.path)
            check = comparison(column.field, condition.operator, condition.value, scope.now[:10])
        case Membership():
            column = _filterable(scope, condition.path)
            check = membership(
                column.field, _wanted(scope, condition, column), is_negated=condition.is_negated
            )
    read = scope.reader(column)
    return lambda row, values: check(read(row, values))


def _joined(members: list[Predicate], is_all: bool) -> Predicate:
    if is_all:
        return lambda row, values: all(member(row, values) for member in members)
    return lambda row, values: any(member(row, values) for member in members)


def _wanted(scope: Scope, condition: Membership, column: Column) -> frozenset[Any]:
    if condition.inner is not None:
        return _found_by(scope, condition.inner, column)
    return frozenset(value_of(column.field, value) for value in condition.values or ())


def _found_by(scope: Scope, inner: Select, outer: Column) -> frozenset[Any]:
    """The values of a semi-join: one id or reference field of another object, none of them null."""
    if inner.is_count or len(inner.items) != 1 or not isinstance(inner.items[0], Path):
        raise SoqlError("MALFORMED_QUERY", "semi join sub-selects must select one field", inner.source_at)
    of = scope.org.type_of(inner.source)
    if of is None:
        raise no_type(inner.source, inner.source_at)
    within = Scope(scope.org, scope.viewer, of, scope.now)
    column = within.column(inner.items[0])
    if not {outer.field.type, column.field.type} <= {"id", "reference"}:
        text = "semi join sub-selects can only be used with ID and reference fields"
        raise SoqlError("MALFORMED_QUERY", text, inner.items[0].at)
    read = within.reader(column)
    rows = finder(within, inner).rows()
    return frozenset(value for row in rows if (value := read(row, row.values())) is not None)
