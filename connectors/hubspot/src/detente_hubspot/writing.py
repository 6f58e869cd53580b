"""Writing Detente's fields in batches, and reading back what the portal holds in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from detente_connector_kit import RefusedCallError, UnknownResultError
from detente_contracts import (
    AccessError,
    ConnectorContext,
    FieldSpec,
    FieldText,
    FieldWrite,
    Outcome,
    Ref,
    Result,
    RetryableError,
    UnavailableError,
)

from detente_hubspot.client import BATCH, HubSpotClient, Json, fault_names
from detente_hubspot.mapping import held_values, vendor_text
from detente_hubspot.portal import OBJECTS

_NOT_FOUND = "OBJECT_NOT_FOUND"
_NO_PROPERTY = "PROPERTY_DOESNT_EXIST"
_TRACE = "detente-"


@dataclass(slots=True)
class _Job:
    """One call of `write`: outcomes by the row's place, and whether anything was written."""

    rows: Sequence[FieldWrite]
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    has_written: bool = False

    def settle(self, place: int, result: Result, detail: str = "") -> None:
        self.outcomes[place] = Outcome(self.rows[place].ref, result, detail)


class FieldWriter:
    """Reads and writes Detente's own fields, and no others."""

    def __init__(self, client: HubSpotClient, context: ConnectorContext) -> None:
        self._client = client
        self._specs = {
            OBJECTS[kind]: {spec.key: spec for spec in context.fields if kind in spec.kinds}
            for kind in OBJECTS
        }

    def held(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Mapping[str, FieldText]]:
        """What the portal holds in `keys`, by record; records that are gone are absent."""
        held: dict[Ref, Mapping[str, FieldText]] = {}
        for start in range(0, len(refs), BATCH):
            held.update(self._held(refs[start : start + BATCH], keys))
        return held

    def write(self, rows: Sequence[FieldWrite]) -> Sequence[Outcome]:
        """Write the rows; one outcome each, in their order.

        Raises: AccessError, UnavailableError, RateLimitedError, only when nothing was written.
        """
        job = _Job(rows)
        inputs = self._inputs(job)
        batches = list(_batches(inputs, rows))
        for number, batch in enumerate(batches):
            try:
                self._write_batch(job, rows[batch[0]].ref.object, batch, inputs)
            except (RetryableError, AccessError) as error:
                if not job.has_written:
                    raise
                for place in (place for later in batches[number:] for place in later):
                    if place not in job.outcomes:
                        job.settle(place, Result.RETRY, error.message)
                break
        return [job.outcomes[place] for place in range(len(rows))]

    def _held(self, refs: Sequence[Ref], keys: Sequence[str]) -> dict[Ref, Mapping[str, FieldText]]:
        by_id = {ref.id: ref for ref in refs}
        specs = [(key, spec) for key, spec in self._specs[refs[0].object].items() if key in keys]
        data = self._client.read(refs[0].object, list(by_id), [key for key, _ in specs])
        others = [error for error in data.get("errors") or () if error.get("category") != _NOT_FOUND]
        if others:
            # a record that could not be read is not a record that is gone
            raise UnavailableError(
                f"HubSpot did not read {len(others)} of {len(refs)} {refs[0].object}", hint="Try again later"
            )
        return {
            by_id[row["id"]]: held_values(row["properties"], specs)
            for row in data["results"]
            if row["id"] in by_id
        }

    def _inputs(self, job: _Job) -> dict[int, Json]:
        inputs: dict[int, Json] = {}
        for place, row in enumerate(job.rows):
            specs = self._specs.get(row.ref.object, {})
            try:
                values = {key: _sent(key, value, specs) for key, value in row.values.items()}
            except ValueError as fault:
                job.settle(place, Result.REJECTED, str(fault))
                continue
            trace = f"{_TRACE}{row.ref.id}"
            inputs[place] = {"id": row.ref.id, "objectWriteTraceId": trace, "properties": values}
        return inputs

    def _write_batch(self, job: _Job, kind: str, places: Sequence[int], inputs: Mapping[int, Json]) -> None:
        try:
            answer = self._client.update(kind, [inputs[place] for place in places])
        except UnknownResultError as error:
            job.has_written = True
            for place in places:
                job.settle(place, Result.RETRY, error.message)
            return
        except RefusedCallError as refusal:
            self._narrow(job, kind, places, inputs, refusal)
            return
        job.has_written = True
        _settle(job, places, answer)

    def _narrow(
        self,
        job: _Job,
        kind: str,
        places: Sequence[int],
        inputs: Mapping[int, Json],
        refusal: RefusedCallError,
    ) -> None:
        # one bad row can refuse a whole batch: halve it until that row stands alone
        concerns_all = any(name.endswith(_NO_PROPERTY) for name in fault_names(refusal.body))
        if len(places) == 1 or concerns_all:
            result, detail = _verdict({"message": refusal.message, **refusal.body})
            for place in places:
                job.settle(place, result, detail)
            return
        middle = len(places) // 2
        self._write_batch(job, kind, places[:middle], inputs)
        self._write_batch(job, kind, places[middle:], inputs)


def _sent(key: str, value: FieldText, specs: Mapping[str, FieldSpec]) -> str:
    if key not in specs:
        raise ValueError(f"{key} is not a field of ours on this object")
    try:
        return vendor_text(value, specs[key])
    except ValueError as fault:
        raise ValueError(f"{key}: {fault}") from None


def _batches(inputs: Mapping[int, Json], rows: Sequence[FieldWrite]) -> Iterator[list[int]]:
    """Places in batches of one object, none with a record twice, as what HubSpot does then is not known."""
    batch: list[int] = []
    seen: set[Ref] = set()
    for place in inputs:
        ref = rows[place].ref
        if batch and (len(batch) == BATCH or ref in seen or ref.object != rows[batch[0]].ref.object):
            yield batch
            batch, seen = [], set()
        batch.append(place)
        seen.add(ref)
    if batch:
        yield batch


def _settle(job: _Job, places: Sequence[int], answer: Json) -> None:
    """Give each row of a batch its outcome. Results come in any order; errors name the trace or the id."""
    written = {str(row["id"]) for row in answer.get("results") or ()}
    verdicts: dict[str, tuple[Result, str]] = {}
    for error in answer.get("errors") or ():
        verdicts.update(dict.fromkeys(_ids_of(error), _verdict(error)))
    for place in places:
        id_ = job.rows[place].ref.id
        if id_ in verdicts:
            job.settle(place, *verdicts[id_])
        elif id_ in written:
            job.settle(place, Result.APPLIED)
        else:
            job.settle(place, Result.RETRY, "HubSpot did not say what became of this row")


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
