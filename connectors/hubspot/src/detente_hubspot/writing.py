"""Writing Detente's fields in batches, and reading back what the portal holds in them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
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
    ConfigurationError,
    ConnectorContext,
    FieldSpec,
    FieldText,
    FieldWrite,
    Outcome,
    ReadBack,
    Ref,
    Result,
    UnavailableError,
)

from detente_hubspot.client import BATCH, HISTORY_BATCH, HubSpotClient, Json, fault_names
from detente_hubspot.history import replaced_values
from detente_hubspot.mapping import vendor_text
from detente_hubspot.portal import OBJECTS

_log = logging.getLogger(__name__)

_NOT_FOUND = "OBJECT_NOT_FOUND"
_NO_PROPERTY = "PROPERTY_DOESNT_EXIST"
_TRACE = "detente-"


class FieldWriter:
    """Reads and writes Detente's own fields, and no others."""

    def __init__(self, client: HubSpotClient, context: ConnectorContext) -> None:
        self._client = client
        self._tells_history = True
        self._specs = {
            OBJECTS[kind]: {spec.key: spec for spec in context.fields if kind in spec.kinds}
            for kind in OBJECTS
        }

    def held(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Mapping[str, FieldText]]:
        """What the portal holds in `keys`, by record; records that are gone are absent."""
        held: dict[Ref, Mapping[str, FieldText]] = {}
        for part in parts(refs, BATCH):
            specs = self._asked(part, keys)
            held.update(
                {ref: RowValues(row["properties"]).held(specs) for ref, row in self._rows(part, specs)}
            )
        return held

    def read_back(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, ReadBack]:
        """As `held`, with what each present value replaced, by the properties' histories.

        From a portal that refuses histories only what is held.
        """
        if self._tells_history:
            try:
                return self._with_history(refs, keys)
            except ConfigurationError as refused:
                self._tells_history = False
                _log.warning(
                    "no histories, so edits between look and write are not found: %s", refused.message
                )
        return {ref: ReadBack(values) for ref, values in self.held(refs, keys).items()}

    def write(self, rows: Sequence[FieldWrite]) -> Sequence[Outcome]:
        """Write the rows; one outcome each, in their order.

        Raises: AccessError, UnavailableError, RateLimitedError, only when nothing was written.
        """
        sheet = WriteSheet(rows)
        inputs = sheet.made(self._input)
        queue = WriteQueue(sheet, sheet.batches(inputs, BATCH), _refused, _is_about_all)
        queue.send_all(partial(self._send, sheet, inputs))
        return sheet.in_order()

    def _with_history(self, refs: Sequence[Ref], keys: Sequence[str]) -> dict[Ref, ReadBack]:
        back: dict[Ref, ReadBack] = {}
        for part in parts(refs, HISTORY_BATCH):
            specs = self._asked(part, keys)
            for ref, row in self._rows(part, specs, history=True):
                replaced = replaced_values(row, [key for key, _ in specs])
                known = [(key, spec) for key, spec in specs if key in replaced]
                held = RowValues(row["properties"]).held(specs)
                back[ref] = ReadBack(held, RowValues(replaced).held(known))
        return back

    def _asked(self, refs: Sequence[Ref], keys: Sequence[str]) -> list[tuple[str, FieldSpec]]:
        return [(key, spec) for key, spec in self._specs[refs[0].object].items() if key in keys]

    def _rows(
        self, refs: Sequence[Ref], specs: Sequence[tuple[str, FieldSpec]], *, history: bool = False
    ) -> list[tuple[Ref, Json]]:
        by_id = {ref.id: ref for ref in refs}
        data = self._client.read(refs[0].object, list(by_id), [key for key, _ in specs], history=history)
        others = [error for error in data.get("errors") or () if error.get("category") != _NOT_FOUND]
        if others:
            # a record that could not be read is not a record that is gone
            raise UnavailableError(
                f"HubSpot did not read {len(others)} of {len(refs)} {refs[0].object}", hint="Try again later"
            )
        return [(by_id[row["id"]], row) for row in data["results"] if row["id"] in by_id]

    def _input(self, row: FieldWrite) -> Json:
        specs = self._specs.get(row.ref.object, {})
        values = {key: own_value(key, value, specs, vendor_text) for key, value in row.values.items()}
        return {"id": row.ref.id, "objectWriteTraceId": f"{_TRACE}{row.ref.id}", "properties": values}

    def _send(self, sheet: WriteSheet, inputs: Mapping[int, Json], places: Sequence[int]) -> None:
        kind = sheet.rows[places[0]].ref.object
        _settle(sheet, places, self._client.update(kind, [inputs[place] for place in places]))


def _refused(refusal: RefusedCallError) -> tuple[Result, str]:
    return _verdict({"message": refusal.message, **refusal.body})


def _is_about_all(refusal: RefusedCallError) -> bool:
    return any(name.endswith(_NO_PROPERTY) for name in fault_names(refusal.body))


def _settle(sheet: WriteSheet, places: Sequence[int], answer: Json) -> None:
    """Give each row of a batch its outcome. Results come in any order; errors name the trace or the id."""
    written = {str(row["id"]) for row in answer.get("results") or ()}
    verdicts: dict[str, tuple[Result, str]] = {}
    for error in answer.get("errors") or ():
        verdicts.update(dict.fromkeys(_ids_of(error), _verdict(error)))
    for place in places:
        id_ = sheet.rows[place].ref.id
        if id_ in verdicts:
            sheet.settle(place, *verdicts[id_])
        elif id_ in written:
            sheet.settle(place, Result.APPLIED)
        else:
            sheet.settle(place, Result.RETRY, "HubSpot did not say what became of this row")


def _ids_of(error: Json) -> Iterator[str]:
    context = error.get("context") or {}
    for trace in context.get("objectWriteTraceId") or ():
        yield str(trace).removeprefix(_TRACE)
    for id_ in context.get("ids") or context.get("id") or ():
        yield str(id_)


def _verdict(error: Mapping[str, object]) -> tuple[Result, str]:
    category = str(error.get("category") or "")
    detail = "; ".join(fault_names(error)) or category or "HubSpot gave no reason"
    if category == _NOT_FOUND:
        return Result.GONE, "the record is not there any more"
    if category == "RATE_LIMITS":
        return Result.RETRY, detail
    if _NO_PROPERTY in detail:
        detail = f"{detail}; make the fields with `detente provision`"
    return Result.REJECTED, detail
