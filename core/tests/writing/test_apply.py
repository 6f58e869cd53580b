"""Applying a plan: look, compare, write, read back, settle; whatever goes wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from detente.engine.writing.apply import AppliedCounts, apply_batch
from detente.store import records, writes
from detente.store.audit import verify
from detente.store.database import Store
from detente.store.writes import LeaseRequest, PlannedWrite, WriteRow
from detente_contracts import AccessError, FieldText, Kind, RateLimitedError, Ref, UnavailableError

if TYPE_CHECKING:
    from core.tests.writing.conftest import FakeCrm

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
RUN = "run-1"


class Killed(BaseException):
    """The process ends here."""


def ref(id: str) -> Ref:
    return Ref("crm", "companies", id)


def plan(
    store: Store, *values: str, old: FieldText = None, run: str = RUN, key: str = "detente_priority"
) -> None:
    """Plan one field of account 1, 2, 3 …"""
    rows = [
        PlannedWrite(run, seq, ref(str(seq)), f"c-{seq}", Kind.ACCOUNT, {key: old}, {key: value})
        for seq, value in enumerate(values, 1)
    ]
    with store.transaction() as connection:
        writes.plan_rows(connection, rows)


def apply_all(store: Store, crm: FakeCrm | None, run: str = RUN, now: datetime = NOW) -> list[AppliedCounts]:
    connectors = {"crm": crm} if crm else {}
    counts = []
    while (done := apply_batch(store, connectors, run, now)) is not None:
        counts.append(done)
    return counts


def rows_of(store: Store, run: str = RUN) -> list[WriteRow]:
    with store.reading() as connection:
        return writes.writes_of(connection, run)


def states(store: Store, run: str = RUN) -> list[str]:
    return [row.state.value for row in rows_of(store, run)]


def leases(store: Store) -> list[LeaseRequest]:
    with store.reading() as connection:
        return writes.open_lease_requests(connection)


def written(store: Store, id: str) -> dict[str, FieldText]:
    with store.reading() as connection:
        return dict(writes.written_of(connection, [ref(id)]).get(ref(id), {}))


def test_what_was_planned_is_held_by_the_crm_and_known_as_ours(store: Store, crm: FakeCrm) -> None:
    plan(store, "P1", "P2", "P3")
    apply_all(store, crm)

    assert [crm.values[ref(id)] for id in "123"] == [{"detente_priority": p} for p in ("P1", "P2", "P3")]
    assert states(store) == ["applied"] * 3
    assert written(store, "2") == {"detente_priority": "P2"}


def test_reading_our_own_echo_rewrites_no_row(store: Store, crm: FakeCrm) -> None:
    plan(store, "P1", "P2", "P3")
    apply_all(store, crm)
    with store.transaction() as connection:
        upserted = records.upsert_records(connection, Kind.ACCOUNT, crm.read(Kind.ACCOUNT, None, 100).records)

    assert (upserted.new, upserted.changed) == (0, 0)


def test_every_settled_row_is_covered_by_the_audit_trail(store: Store, crm: FakeCrm, tmp_path: Path) -> None:
    crm.refuses = frozenset("2")
    plan(store, "P1", "P2", "P3")
    apply_all(store, crm)

    assert [item for item in verify(store, tmp_path / "anchor") if "anchor" not in item.message] == []


def test_writes_take_as_few_requests_as_the_vendor_allows(store: Store, make_crm: type[FakeCrm]) -> None:
    crm = make_crm([str(number) for number in range(1, 11)])
    crm.read_into(store)
    plan(store, *["P1"] * 10)
    while apply_batch(store, {"crm": crm}, RUN, NOW, limit=7):
        pass

    assert crm.requests["write"] == 4
    assert crm.requests["held"] <= 2 * crm.requests["write"]


def test_a_value_that_is_there_already_is_not_sent(store: Store, crm: FakeCrm) -> None:
    crm.values[ref("1")]["detente_priority"] = "P1"
    plan(store, "P1")
    apply_all(store, crm)

    assert crm.requests["write"] == 0
    assert [(row.state, row.detail) for row in rows_of(store)] == [("applied", "already there")]
    assert written(store, "1") == {"detente_priority": "P1"}


def test_an_edit_since_the_plan_stands_and_asks_for_one_lease(store: Store, crm: FakeCrm) -> None:
    plan(store, "P1")
    crm.values[ref("1")]["detente_priority"] = "P4"
    apply_all(store, crm)

    assert crm.values[ref("1")]["detente_priority"] == "P4"
    assert states(store) == ["skipped"]
    (lease,) = leases(store)
    assert (lease.held, lease.ours, lease.ends_at) == ("P4", "P1", NOW + timedelta(days=14))


def test_one_edited_field_keeps_no_other_from_being_written(store: Store, crm: FakeCrm) -> None:
    both: dict[str, FieldText] = {"detente_priority": "P1", "detente_score": "87.5"}
    row = PlannedWrite(RUN, 1, ref("1"), "c-1", Kind.ACCOUNT, dict.fromkeys(both), both)
    with store.transaction() as connection:
        writes.plan_rows(connection, [row])
    crm.values[ref("1")]["detente_priority"] = "P4"
    apply_all(store, crm)

    assert crm.values[ref("1")] == {"detente_priority": "P4", "detente_score": "87.5"}
    (settled,) = rows_of(store)
    assert (settled.state, dict(settled.new)) == ("applied", {"detente_score": "87.5"})
    assert "detente_priority: edited by somebody else" in settled.detail


def test_the_value_that_a_lease_covered_is_written_over_as_planned(store: Store, crm: FakeCrm) -> None:
    crm.values[ref("1")]["detente_priority"] = "P4"
    lease = LeaseRequest("lease-1", ref("1"), "detente_priority", "c-1", "P4", "P1", NOW, NOW)
    with store.transaction() as connection:
        writes.add_lease_requests(connection, [lease])
    plan(store, "P1", old="P4")
    apply_all(store, crm)

    assert crm.values[ref("1")]["detente_priority"] == "P1"
    assert leases(store) == []


def test_a_refused_row_is_named_and_the_others_are_written(store: Store, crm: FakeCrm) -> None:
    crm.refuses = frozenset("2")
    plan(store, "P1", "P2", "P3")
    apply_all(store, crm)

    assert states(store) == ["applied", "failed", "applied"]
    assert rows_of(store)[1].detail == "refused: P9 is no option"
    assert written(store, "2") == {}


def test_a_record_that_is_gone_is_skipped(store: Store, crm: FakeCrm) -> None:
    plan(store, "P1", "P2", "P3")
    del crm.values[ref("2")]
    apply_all(store, crm)

    assert states(store) == ["applied", "skipped", "applied"]


def test_a_row_that_the_crm_confirmed_but_did_not_keep_is_found_by_reading_back(
    store: Store, crm: FakeCrm
) -> None:
    crm.loses = frozenset("2")
    plan(store, "P1", "P2", "P3")
    apply_all(store, crm)

    assert states(store) == ["applied", "failed", "applied"]
    assert "reads back as it was" in rows_of(store)[1].detail
    assert "detente_priority" not in written(store, "2")
    assert leases(store) == []


def test_an_edit_between_write_and_read_back_is_found_and_stands(store: Store, crm: FakeCrm) -> None:
    def edit(boundary: str) -> None:
        if boundary == "after write":
            crm.values[ref("1")]["detente_priority"] = "P4"

    crm.cross = edit
    plan(store, "P1")
    apply_all(store, crm)

    assert states(store) == ["failed"]
    assert [(lease.held, lease.ours) for lease in leases(store)] == [("P4", "P1")]
    assert written(store, "1") == {"detente_priority": "P1"}


FAULTS = [
    pytest.param(UnavailableError("crm does not answer"), id="out of service"),
    pytest.param(RateLimitedError("crm", 3600), id="quota gone"),
    pytest.param(AccessError("crm refused the credential"), id="credential revoked"),
    pytest.param(ValueError("customer text"), id="a fault in the connector"),
]


@pytest.mark.parametrize("error", FAULTS)
@pytest.mark.parametrize("boundary", ["before held", "before write"])
def test_a_connector_that_is_down_fails_its_rows_and_is_not_asked_again(
    store: Store, crm: FakeCrm, error: Exception, boundary: str
) -> None:
    crm.cross = _raise_at(boundary, error)
    plan(store, "P1", "P2", "P3")
    (counts,) = apply_all(store, crm)

    assert counts.failed == 3
    assert counts.down
    assert "customer text" not in counts.down
    assert states(store) == ["failed"] * 3
    assert "detente_priority" not in written(store, "1")


def test_rows_written_before_a_connector_went_down_are_applied(store: Store, make_crm: type[FakeCrm]) -> None:
    crm = make_crm([str(number) for number in range(1, 8)])
    crm.read_into(store)
    crm.cross = _raise_at("before write", UnavailableError("crm does not answer"), after=1)
    plan(store, *["P1"] * 7)
    (counts,) = apply_all(store, crm)

    assert (counts.applied, counts.failed) == (3, 4)
    assert states(store) == ["applied"] * 3 + ["failed"] * 4


def test_a_write_whose_answer_was_lost_is_applied_when_it_reads_back(store: Store, crm: FakeCrm) -> None:
    crm.cross = _raise_at("after write", ValueError("cut off"))
    plan(store, "P1")
    apply_all(store, crm)

    assert states(store) == ["applied"]
    assert written(store, "1") == {"detente_priority": "P1"}


def test_a_write_that_nobody_could_verify_is_named(store: Store, crm: FakeCrm) -> None:
    crm.cross = _raise_at("before held", UnavailableError("crm does not answer"), after=1)
    plan(store, "P1")
    apply_all(store, crm)

    (row,) = rows_of(store)
    assert (row.state, row.detail) == ("applied", "written, not read back: crm does not answer")


def test_a_value_that_we_may_have_written_is_never_taken_for_an_edit(store: Store, crm: FakeCrm) -> None:
    crm.cross = _cut_off_at(crm, "after write")
    plan(store, "P1")
    apply_all(store, crm)
    assert states(store) == ["failed"]
    crm.cross = lambda boundary: None
    plan(store, "P2", old="P9", run="run-2")
    apply_all(store, crm, "run-2")

    assert crm.values[ref("1")]["detente_priority"] == "P2"
    assert leases(store) == []


def test_a_value_that_was_once_in_doubt_is_a_persons_when_it_comes_back(store: Store, crm: FakeCrm) -> None:
    crm.cross = _cut_off_at(crm, "before write")
    plan(store, "P1")
    apply_all(store, crm)
    crm.cross = lambda boundary: None
    plan(store, "P2", run="run-2")
    apply_all(store, crm, "run-2")
    crm.values[ref("1")]["detente_priority"] = "P1"
    plan(store, "P3", old="P2", run="run-3")
    apply_all(store, crm, "run-3")

    assert crm.values[ref("1")]["detente_priority"] == "P1"
    assert states(store, "run-3") == ["skipped"]


def test_a_connector_that_left_the_settings_fails_its_rows(store: Store) -> None:
    plan(store, "P1", "P2")
    (counts,) = apply_all(store, None)

    assert counts.failed == 2
    assert "no such connector" in rows_of(store)[0].detail


@pytest.mark.parametrize("boundary", ["before held", "after held", "before write", "after write"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_killed_anywhere_and_called_again_the_end_is_the_same(
    store: Store, make_crm: type[FakeCrm], boundary: str, after: int
) -> None:
    crm = make_crm([str(number) for number in range(1, 8)])
    crm.read_into(store)
    plan(store, *["P1"] * 7)
    crm.cross = _raise_at(boundary, Killed(), after=after)
    try:
        apply_all(store, crm)
    except Killed:
        crm.cross = lambda boundary: None
    apply_all(store, crm)

    assert states(store) == ["applied"] * 7
    assert {values["detente_priority"] for values in crm.values.values()} == {"P1"}
    assert len(crm.log) == 7
    assert leases(store) == []


def _cut_off_at(crm: FakeCrm, name: str) -> Callable[[str], None]:
    """Fail at the boundary `name`, and answer nothing from then on: what was written cannot be read back."""

    def cross(boundary: str) -> None:
        if boundary == name:
            crm.cross = _raise_at("before held", UnavailableError("crm does not answer"))
            raise ValueError("cut off")

    return cross


def _raise_at(name: str, error: BaseException, *, after: int = 0) -> Callable[[str], None]:
    """Raise from the boundary `name` on, once it was crossed `after` times."""
    crossed = 0

    def cross(boundary: str) -> None:
        nonlocal crossed
        if boundary == name:
            crossed += 1
            if crossed > after:
                raise error

    return cross
