"""Writing Detente's fields by collections of 200, and reading back what the org holds in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from detente_connector_kit import (
    RefusedCallError,
    RowValues,
    WriteQueue,
    WriteSheet,
    own_value,
    parts,
)
from detente_contracts import (
    ConnectorContext,
    FieldSpec,
    FieldText,
    FieldWrite,
    Outcome,
    Ref,
    Result,
)

from detente_salesforce import soql
from detente_salesforce.client import COLLECTION, IDS_A_QUERY, FieldUnseenError, Json, SalesforceClient
from detente_salesforce.manners import error_codes, errors_of
from detente_salesforce.mapping import sent_value
from detente_salesforce.org import ID, OBJECTS, WRITTEN, field_name, flat_row
from detente_salesforce.row_errors import is_locked, verdict

_LOCK_PAUSES_S = (1.0, 3.0, 9.0, 27.0)
"""Pauses before rows that somebody else holds locked are tried again, without the others."""


class FieldWriter:
    """Reads and writes Detente's own fields, and no others."""

    def __init__(self, client: SalesforceClient, context: ConnectorContext) -> None:
        self._client = client
        self._clock = context.clock
        self._specs = {
            OBJECTS[kind]: {spec.key: spec for spec in context.fields if kind in spec.kinds}
            for kind in WRITTEN
        }

    def held(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Mapping[str, FieldText]]:
        """What the org holds in `keys`, by record; records that are gone are absent.

        A field that this user does not see is left out of all.
        """
        if not refs:
            return {}
        specs = [(field_name(spec), spec) for key, spec in self._specs[refs[0].object].items() if key in keys]
        held: dict[Ref, Mapping[str, FieldText]] = {}
        for part in parts(refs, IDS_A_QUERY):
            held.update(self._held(part, specs))
        return held

    def write(self, rows: Sequence[FieldWrite]) -> Sequence[Outcome]:
        """Write the rows; one outcome each, in their order.

        Raises: AccessError, UnavailableError, RateLimitedError, only when nothing was written.
        """
        sheet = WriteSheet(rows)
        records = sheet.made(self._record)
        queue = WriteQueue(sheet, sheet.batches(records, COLLECTION), _refused, _is_about_all)
        queue.send_all(partial(self._write_batch, sheet, records))
        return sheet.in_order()

    def _held(
        self, refs: Sequence[Ref], specs: Sequence[tuple[str, FieldSpec]]
    ) -> dict[Ref, Mapping[str, FieldText]]:
        # an id of another form belongs to no record
        by_id = {ref.id: ref for ref in refs if soql.is_id(ref.id)}
        if not by_id:
            return {}
        fields = (ID, *(name for name, _ in specs))
        query = soql.select(fields, refs[0].object, [f"{ID} IN {soql.listed(by_id)}"])
        try:
            rows = [RowValues(flat_row(record)) for record in self._client.query(query, urgent=True)]
        except FieldUnseenError as unseen:
            left = [pair for pair in specs if pair[0] != unseen.field]
            if len(left) == len(specs):
                raise
            return self._held(refs, left)
        found = ((by_id.get(row.text(ID) or ""), row) for row in rows)
        return {ref: row.held(specs) for ref, row in found if ref is not None}

    def _record(self, row: FieldWrite) -> Json:
        specs = self._specs.get(row.ref.object, {})
        sent = {key: own_value(key, value, specs, sent_value) for key, value in row.values.items()}
        values = {field_name(specs[key]): value for key, value in sent.items()}
        return {"attributes": {"type": row.ref.object}, "id": row.ref.id, **values}

    def _write_batch(self, sheet: WriteSheet, records: Mapping[int, Json], places: Sequence[int]) -> None:
        locked = self._send(sheet, records, places)
        for pause_s in _LOCK_PAUSES_S:
            if not locked:
                return
            # trouble with the locked ones must not hide that the others are written
            sheet.has_written = True
            self._clock.sleep(pause_s)
            locked = self._send(sheet, records, locked)

    def _send(self, sheet: WriteSheet, records: Mapping[int, Json], places: Sequence[int]) -> list[int]:
        """Write once; the places whose records somebody else holds locked."""
        return _settle(sheet, places, self._client.update([records[place] for place in places]))


def _refused(refusal: RefusedCallError) -> tuple[Result, str]:
    return verdict(errors_of(refusal.body) or [{"errorCode": refusal.message}])


def _is_about_all(refusal: RefusedCallError) -> bool:
    return "INVALID_FIELD" in error_codes(refusal.body)


def _settle(sheet: WriteSheet, places: Sequence[int], results: Sequence[Json]) -> list[int]:
    """Give each row its outcome, by its place in the answer; the places of locked rows."""
    if len(results) != len(places):
        for place in places:
            sheet.settle(place, Result.RETRY, "Salesforce did not say what became of this row")
        return []
    locked: list[int] = []
    for place, result in zip(places, results, strict=True):
        if result.get("success") is True:
            sheet.settle(place, Result.APPLIED)
            continue
        errors = [error for error in result.get("errors") or () if isinstance(error, dict)]
        sheet.settle(place, *verdict(errors))
        if is_locked(errors):
            locked.append(place)
    return locked
