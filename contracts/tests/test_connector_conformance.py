"""The conformance kit passes a connector that keeps every promise, and fails one that breaks any."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta, timezone
from inspect import signature
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from detente_contracts import (
    AccessError,
    Batch,
    Census,
    FieldText,
    FieldWrite,
    Finding,
    Kind,
    Outcome,
    ReadBack,
    Ref,
    Result,
    Severity,
    UnavailableError,
)
from detente_contracts.testing import ConnectorConformance

sys.path.insert(0, str(Path(__file__).parent / "in_memory"))
from sound_connector import KEYS, NOON, Portal, Sound

PROMISES = sorted(name for name in vars(ConnectorConformance) if name.startswith("test_"))


class Kit(ConnectorConformance):
    """The kit as the tests of a connector would subclass it; fixtures are given by hand."""


def judge(tested: type[Sound], promise: str) -> None:
    """Check one promise; a check that is skipped has checked nothing."""
    portal = Portal()
    given = {
        "connector": tested(portal),
        "reopen": lambda: tested(portal),
        "stranger": tested(portal, known=False),
        "crm": portal,
    }
    check = getattr(Kit(), promise)
    try:
        check(**{name: given[name] for name in signature(check).parameters})
    except pytest.skip.Exception as skipped:
        pytest.fail(f"{promise} was skipped: {skipped}")


# Connectors that break one thing.


def odd(**members: object) -> type[Sound]:
    """A connector with other members, each method of which takes any arguments."""
    return type("Odd", (Sound,), members)


def reading(change: Callable[[Batch], Batch], *, first: bool = True) -> type[Sound]:
    """A connector that changes what it read; without `first` only when it reads on."""

    class Reading(Sound):
        def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
            batch = super().read(kind, cursor, limit)
            return change(batch) if first or cursor is not None else batch

    return Reading


def records(change: Callable[[Any], object]) -> type[Sound]:
    """A connector that changes each record that it read."""
    return reading(lambda batch: replace(batch, records=[change(item) for item in batch.records]))  # type: ignore[misc]


def without_records(batch: Batch) -> Batch:
    return replace(batch, records=())


def without_gone(batch: Batch) -> Batch:
    return replace(batch, gone=())


def rows(change: Callable[[FieldWrite], FieldWrite]) -> type[Sound]:
    """A connector that writes something else than it was told."""
    return odd(write_one=lambda self, row: Sound.write_one(self, change(row)))


def outcomes(change: Callable[[Sequence[Outcome]], object]) -> type[Sound]:
    """A connector that tells something else of its rows."""
    return odd(write=lambda self, given: change(Sound.write(self, given)))


def without_nones(row: FieldWrite) -> FieldWrite:
    return replace(row, values={key: text for key, text in row.values.items() if text is not None})


def with_empty_texts(row: FieldWrite) -> FieldWrite:
    return replace(row, values={key: text or "" for key, text in row.values.items()})


def all_fields(row: FieldWrite) -> FieldWrite:
    return replace(row, values={**dict.fromkeys(KEYS), **row.values})


def refuse(self: Sound, *arguments: object, **named: object) -> None:
    raise AccessError("the CRM refused the key")


def break_down(self: Sound, *arguments: object, **named: object) -> None:
    raise UnavailableError("the CRM does not answer")


def mapped(record: Any, value: object) -> object:
    """The record with a custom field, where its kind has them."""
    return replace(record, custom={"since": value}) if hasattr(record, "custom") else record


def nothing_held(self: Sound, refs: Sequence[Ref], keys: Sequence[str]) -> object:
    return {ref: dict.fromkeys(keys) for ref in refs}


def reads_back(**changed: Mapping[str, FieldText]) -> object:
    """Reads back what stands as what was replaced, too, unless `changed` says otherwise."""

    def read_back(self: Sound, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, ReadBack]:
        return {ref: replace(ReadBack(held, held), **changed) for ref, held in self.held(refs, keys).items()}

    return read_back


def made_again(self: Sound, *, apply: bool) -> object:
    return [replace(step, action="create") for step in Sound.provision(self, apply=apply)]


def told_nothing(self: Sound, *, apply: bool) -> object:
    return [*Sound.provision(self, apply=apply)][:0]


class OfOnePage(Sound):
    """Tells of a second page, and gives it the cursor of the first."""

    def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
        return replace(super().read(kind, None, limit), done=cursor is not None)


class FromTheStart(Sound):
    """Forgets where it was."""

    def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
        return super().read(kind, None, limit)


class KeepsItsPlace(Sound):
    """Knows itself where it is, and leaves it to others to read what came before it was opened."""

    place: str | None = None

    def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
        if cursor is not None and self.place is None:
            self.place = str(len(self.portal.log))
        batch = super().read(kind, self.place if cursor is not None else None, limit)
        self.place = batch.cursor
        return batch


class SkipsTies(Sound):
    """Reads on behind the instant of the last record, wherever a page ends."""

    def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
        batch = super().read(kind, cursor, limit)
        behind = min(int(batch.cursor) + 1, len(self.portal.log))
        return replace(batch, cursor=str(behind), done=behind == len(self.portal.log))


class OfAccounts(Sound):
    """Takes everything for an account."""

    def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
        return super().read(Kind.ACCOUNT, cursor, limit)


class Cached(Sound):
    """Answers from memory and never reaches the CRM."""

    memory: ClassVar[dict[Ref, Mapping[str, FieldText]]] = {}

    def write(self, given: Sequence[FieldWrite]) -> Sequence[Outcome]:
        self.memory.update({row.ref: row.values for row in given})
        return [Outcome(row.ref, Result.APPLIED) for row in given]

    def held(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Mapping[str, FieldText]]:
        return {ref: {key: self.memory[ref].get(key) for key in keys} for ref in refs}


class FirstForAll(Sound):
    """Gives every row of a call the values of the first."""

    def write(self, given: Sequence[FieldWrite]) -> Sequence[Outcome]:
        return super().write([replace(row, values=given[0].values) for row in given])


class StopsAtGone(Sound):
    """Writes no row after one that is gone."""

    def write(self, given: Sequence[FieldWrite]) -> Sequence[Outcome]:
        written = super().write(given[:1])
        rest = [
            Outcome(row.ref, Result.GONE if place == 0 else Result.RETRY)
            for place, row in enumerate(given[1:])
        ]
        return [*written, *rest]


class HoldsGone(Sound):
    """Holds nothing of a record that is gone, where the record should be absent."""

    def held(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Mapping[str, FieldText]]:
        return {**{ref: dict.fromkeys(keys) for ref in refs}, **super().held(refs, keys)}


class ClosesOnce(Sound):
    """Cannot be closed again."""

    def close(self) -> None:
        del self.portal


COUNT = count(1)
ELSEWHERE = Ref("other", "account", "1")
EMPTY = Census("account", frozenset())
ERROR = [Finding(Severity.ERROR, "scope", "lacks a right")]

BROKEN: dict[str, list[tuple[str, type[Sound], str]]] = {
    "test_reading_goes_forward_and_ends": [
        ("reads nothing", odd(reads=()), "reads nothing"),
        ("never done", reading(lambda batch: replace(batch, done=False)), "reading does not end"),
        ("the same cursor again", OfOnePage, "a cursor came twice"),
    ],
    "test_records_are_of_the_kind_and_carry_the_instance": [
        ("no records", reading(without_records), "the test CRM holds none"),
        ("another kind", OfAccounts, "Account"),
        ("another instance", records(lambda item: replace(item, ref=ELSEWHERE)), "other"),
        ("ids are numbers", records(lambda item: replace(item, ref=replace(item.ref, id=1))), "ids are text"),
        ("no ids", records(lambda item: replace(item, ref=replace(item.ref, id=""))), "ids are text"),
    ],
    "test_a_first_read_brings_each_record_once": [
        ("twice", reading(lambda batch: replace(batch, records=[*batch.records] * 2)), "assert 8 == 4"),
    ],
    "test_instants_are_aware_utc": [
        ("no zone", records(lambda item: replace(item, modified_at=NOON.replace(tzinfo=None))), "person"),
        (
            "another zone",
            records(lambda item: replace(item, modified_at=NOON.astimezone(timezone(timedelta(hours=1))))),
            "person",
        ),
        (
            "no zone in a mapped field",
            records(lambda item: mapped(item, NOON.replace(tzinfo=None))),
            "account",
        ),
    ],
    "test_hidden_fields_are_named_as_records_name_them": [
        ("a vendor's name", reading(lambda batch: replace(batch, hidden=frozenset({"hs_name"}))), "hs_name"),
    ],
    "test_reading_on_brings_nothing_for_ever": [
        ("all records", FromTheStart, "came again and again"),
        ("what is gone", reading(lambda batch: replace(batch, gone=[ELSEWHERE])), "came again and again"),
        (
            "what is refused",
            reading(lambda batch: replace(batch, refused=[("7", "no id")])),
            "came again and again",
        ),
    ],
    "test_an_edited_record_is_read_again": [
        ("not read", reading(without_records, first=False), r"in set\(\)"),
    ],
    "test_a_removed_record_is_told_as_gone": [
        ("not told", reading(without_gone), r"set\(\) == "),
        ("all but it told", reading(lambda batch: replace(batch, gone=(), census=EMPTY)), "Extra items"),
    ],
    "test_a_first_read_that_was_cut_off_ends_where_a_fresh_one_does": [
        ("tells of nothing gone", reading(without_gone), "not what is there"),
        ("forgets what changed", reading(without_records, first=False), "not what is there"),
    ],
    "test_a_later_read_that_was_cut_off_ends_where_a_fresh_one_does": [
        ("knows what another instance read", KeepsItsPlace, "not what is there"),
        ("tells of nothing gone", reading(without_gone), "not what is there"),
    ],
    "test_records_that_change_at_one_instant_all_come": [("some", SkipsTies, "assert {")],
    "test_a_record_that_was_merged_away_is_gone_and_told_where_it_went": [
        ("not gone", reading(without_gone), r"set\(\) == "),
        (
            "into another",
            reading(lambda batch: replace(batch, merged=dict.fromkeys(batch.merged, ELSEWHERE))),
            "other",
        ),
    ],
    "test_a_record_that_was_restored_is_read_again": [
        ("not read", reading(without_records, first=False), "in {"),
    ],
    "test_a_restarted_read_brings_everything_and_keeps_silent_of_nothing_gone": [
        ("goes on", odd(restarted=lambda self, kind, cursor: cursor), "Extra items in the right"),
        ("tells of nothing gone", reading(without_gone), "Extra items in the left"),
    ],
    "test_what_was_written_is_held_and_shown": [
        (
            "rejected",
            outcomes(lambda told: [replace(item, result=Result.REJECTED) for item in told]),
            "REJECTED",
        ),
        ("nothing written", rows(lambda row: replace(row, values={})), "None"),
        ("the first row's values for all", FirstForAll, "Differing items"),
        ("held and not shown", Cached, "None"),
    ],
    "test_a_record_that_is_read_brings_what_its_fields_hold": [
        (
            "not read",
            records(lambda item: replace(item, held={}) if hasattr(item, "held") else item),
            "account",
        ),
    ],
    "test_a_field_that_a_row_does_not_name_keeps_its_value": [
        ("all fields at once", rows(all_fields), "None"),
    ],
    "test_what_is_read_back_is_held_and_what_it_replaced_stood_before": [
        ("nothing read back", odd(read_back=reads_back(values={})), "assert {} =="),
        ("what stands replaced itself", odd(read_back=reads_back()), "Differing items"),
    ],
    "test_a_cleared_field_is_held_as_nothing": [
        ("left as it was", rows(without_nones), "None"),
        ("an empty text", rows(with_empty_texts), "''"),
        (
            "held and not shown",
            odd(write_one=lambda self, row: Sound.write_one(self, without_nones(row)), held=nothing_held),
            "None",
        ),
    ],
    "test_every_row_has_its_outcome_in_the_order_of_the_rows": [
        ("backwards", outcomes(lambda told: [*reversed(told)]), "At index 0"),
        ("one is missing", outcomes(lambda told: told[1:]), "At index 0"),
    ],
    "test_a_row_that_is_gone_is_an_outcome_and_stops_no_other": [
        ("raises", odd(write=break_down), "does not answer"),
        ("stops the others", StopsAtGone, "RETRY"),
        (
            "applied",
            outcomes(lambda told: [replace(item, result=Result.APPLIED) for item in told]),
            "At index 1",
        ),
        ("held", HoldsGone, "Extra items in the left set"),
    ],
    "test_a_record_that_moved_since_it_was_seen_is_not_written": [
        (
            "written over",
            odd(write_one=lambda self, row: Sound.write_one(self, replace(row, version=""))),
            "APPLIED",
        ),
    ],
    "test_a_record_that_stands_as_it_was_seen_is_written": [
        (
            "never the one that was seen",
            odd(version=lambda self, ref: "another each time" * next(COUNT)),
            "MOVED",
        ),
    ],
    "test_writing_and_asking_for_nothing_does_nothing": [
        (
            "an outcome of no row",
            outcomes(lambda told: told or [Outcome(ELSEWHERE, Result.APPLIED)]),
            "APPLIED",
        ),
        ("raises", odd(write=break_down), "does not answer"),
        ("holds what nobody asked for", odd(held=lambda self, refs, keys: {ELSEWHERE: {}}), "other"),
    ],
    "test_an_unknown_credential_is_an_access_error": [
        ("reads", odd(read=lambda self, kind, cursor, limit: Batch((), "", True)), "DID NOT RAISE"),
        ("another error", odd(read=break_down), "does not answer"),
        ("nothing to do next", odd(read=refuse), "nothing to do next"),
    ],
    "test_check_tells_of_an_unknown_credential_and_does_not_raise": [
        ("raises", odd(check=refuse), "refused the key"),
        ("tells nothing", odd(check=lambda self: []), "in set"),
    ],
    "test_the_rights_of_a_sufficient_credential_are_not_refused": [
        ("refused", odd(require_rights=refuse), "refused the key"),
        ("refused to one that only reads", odd(writes=(), require_rights=refuse), "refused the key"),
    ],
    "test_check_finds_no_error_once_fields_stand": [
        ("an error", odd(check=lambda self: ERROR), "lacks a right"),
        ("an error of one that only reads", odd(writes=(), check=lambda self: ERROR), "lacks a right"),
    ],
    "test_provisioning_without_apply_changes_nothing": [
        (
            "applies",
            odd(provision=lambda self, apply: Sound.provision(self, apply=True)),
            "Right contains",
        ),
    ],
    "test_provisioning_again_finds_everything_standing": [
        ("still missing", odd(missing_fields=lambda self: ["account.detente_score"]), "detente_score"),
        ("made again", odd(provision=made_again), "create"),
        ("tells nothing", odd(provision=told_nothing), "standing"),
    ],
    "test_closing_twice_is_closing_once": [("raises", ClosesOnce, "portal")],
}
"""For each promise what a connector does that breaks it, the connector, and what the kit then says."""


@pytest.mark.parametrize("promise", PROMISES)
def test_a_sound_connector_keeps_every_promise(promise: str) -> None:
    judge(Sound, promise)


@pytest.mark.parametrize(
    ("promise", "tested", "said"),
    [
        pytest.param(promise, tested, said, id=f"{promise.removeprefix('test_')}: {fault}")
        for promise, cases in BROKEN.items()
        for fault, tested, said in cases
    ],
)
def test_a_connector_that_breaks_a_promise_fails_it(promise: str, tested: type[Sound], said: str) -> None:
    # Any error: what a connector itself raises fails its test too.
    with pytest.raises((Exception, pytest.fail.Exception), match=said):
        judge(tested, promise)


def test_every_promise_is_among_those_shown_broken() -> None:
    assert sorted(BROKEN) == PROMISES


@pytest.mark.parametrize(
    "promise", ["test_what_was_written_is_held_and_shown", "test_a_cleared_field_is_held_as_nothing"]
)
def test_a_connector_that_only_reads_is_skipped_where_writing_is_promised(promise: str) -> None:
    with pytest.raises(pytest.fail.Exception, match="writes nothing"):
        judge(odd(writes=()), promise)


def test_a_connector_that_cannot_provision_is_skipped_where_provisioning_is_promised() -> None:
    with pytest.raises(pytest.fail.Exception, match="cannot provision"):
        judge(odd(can_provision=False), "test_provisioning_again_finds_everything_standing")
