"""What every connector promises: subclass ConnectorConformance and say how to reach a test CRM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from detente_contracts.connector import Connector, FieldWrite, Result, Severity
from detente_contracts.errors import AccessError
from detente_contracts.fields import STANDARD_FIELDS, FieldSpec
from detente_contracts.records import RECORD_TYPES, FieldText, Kind, Record, Ref
from detente_contracts.testing.crm_side import CrmSide
from detente_contracts.testing.reading import Mirror, batches, instants, read_all, told_gone, values_for

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


class StandingClock:
    """A clock that stands still but for `sleep`, and counts the seconds slept."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self.slept_s = 0.0

    def now(self) -> datetime:
        """The present, aware UTC."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.slept_s += seconds
        self._now += timedelta(seconds=seconds)


class ConnectorConformance:
    """Promises of a connector, checked against a test CRM that holds records of every kind it reads.

    A subclass overrides the fixtures `connector` (with the rights to read, write and provision), `reopen`
    (opens one more like it, as the next process does), `stranger` (a credential that the CRM does not know)
    and `crm`. `settle_s` is how long a change takes to be read.
    """

    instance: ClassVar[str] = "crm"
    fields: ClassVar[Sequence[FieldSpec]] = STANDARD_FIELDS
    settle_s: ClassVar[float] = 300.0

    @pytest.fixture
    def connector(self) -> Connector:
        """A connector named `instance` for `fields`."""
        raise NotImplementedError("override the fixture `connector`")

    @pytest.fixture
    def reopen(self) -> Callable[[], Connector]:
        """Opens another such connector, which shares nothing with the first but what lies on disk."""
        raise NotImplementedError("override the fixture `reopen`")

    @pytest.fixture
    def stranger(self) -> Connector:
        """The same connector with a credential that the CRM refuses."""
        raise NotImplementedError("override the fixture `stranger`")

    @pytest.fixture
    def crm(self) -> CrmSide:
        """The CRM as a person would use it."""
        raise NotImplementedError("override the fixture `crm`")

    # Reading.

    def test_reading_goes_forward_and_ends(self, connector: Connector) -> None:
        assert connector.reads, "the connector reads nothing"
        for kind in connector.reads:
            cursors = [batch.cursor for batch in batches(connector, kind)]
            assert len(cursors) == len(set(cursors)), f"{kind}: a cursor came twice"

    def test_records_are_of_the_kind_and_carry_the_instance(self, connector: Connector) -> None:
        for kind in connector.reads:
            records, _ = read_all(connector, kind)
            assert records, f"{kind}: the test CRM holds none"
            assert {type(record) for record in records} == {RECORD_TYPES[kind]}
            assert {record.ref.connector for record in records} == {self.instance}
            assert all(isinstance(item.ref.id, str) and item.ref.id for item in records), (
                f"{kind}: ids are text"
            )

    def test_a_first_read_brings_each_record_once(self, connector: Connector) -> None:
        for kind in connector.reads:
            refs = [record.ref for record in read_all(connector, kind)[0]]
            assert len(refs) == len(set(refs)), kind

    def test_instants_are_aware_utc(self, connector: Connector) -> None:
        for kind in connector.reads:
            records, _ = read_all(connector, kind)
            assert all(at.utcoffset() == timedelta(0) for record in records for at in instants(record)), kind

    def test_hidden_fields_are_named_as_records_name_them(self, connector: Connector) -> None:
        for kind in connector.reads:
            known = {field.name for field in fields(RECORD_TYPES[kind])}
            for batch in batches(connector, kind):
                named = {name for name in batch.hidden if not name.startswith("custom.")}
                assert named <= known, kind

    def test_reading_on_brings_nothing_for_ever(self, connector: Connector, crm: CrmSide) -> None:
        for kind in connector.reads:
            _, cursor = read_all(connector, kind)
            for _ in range(2):
                crm.advance(self.settle_s)
                again = list(batches(connector, kind, cursor))
                cursor = again[-1].cursor
            assert not [item for batch in again for item in (*batch.records, *batch.gone, *batch.refused)], (
                f"{kind}: what is unchanged came again and again"
            )

    def test_an_edited_record_is_read_again(self, connector: Connector, crm: CrmSide) -> None:
        records, cursor = read_all(connector, Kind.ACCOUNT)
        edited = records[len(records) // 2].ref
        crm.advance(self.settle_s)
        crm.edit(edited)
        crm.advance(self.settle_s)
        again, _ = read_all(connector, Kind.ACCOUNT, cursor)

        assert edited in {record.ref for record in again}

    def test_a_removed_record_is_told_as_gone(self, connector: Connector, crm: CrmSide) -> None:
        records, cursor = read_all(connector, Kind.ACCOUNT)
        removed = records[-1].ref
        crm.advance(self.settle_s)
        crm.remove(removed)
        crm.advance(self.settle_s)
        known = [record.ref for record in records]

        assert told_gone(batches(connector, Kind.ACCOUNT, cursor), known) == {removed}

    def test_a_first_read_that_was_cut_off_ends_where_a_fresh_one_does(
        self, reopen: Callable[[], Connector], crm: CrmSide
    ) -> None:
        """Each batch is read by another instance, and between any two of them the CRM changes."""
        self._read_on_among_changes(Mirror(), reopen, crm)

    def test_a_later_read_that_was_cut_off_ends_where_a_fresh_one_does(
        self, reopen: Callable[[], Connector], crm: CrmSide
    ) -> None:
        """As the first read, once everything was read."""
        known = Mirror()
        known.read_on(reopen(), Kind.ACCOUNT)
        self._read_on_among_changes(known, reopen, crm)

    def test_records_that_change_at_one_instant_all_come(self, connector: Connector, crm: CrmSide) -> None:
        records, cursor = read_all(connector, Kind.ACCOUNT)
        edited = [record.ref for record in records[:20]]
        crm.advance(self.settle_s)
        for ref in edited:
            crm.edit(ref)
        crm.advance(self.settle_s)
        told = {item.ref for batch in batches(connector, Kind.ACCOUNT, cursor, 1) for item in batch.records}

        assert set(edited) <= told

    def test_a_record_that_was_merged_away_is_gone_and_told_where_it_went(
        self, connector: Connector, crm: CrmSide
    ) -> None:
        """Where the CRM has merges; one that does not tell where records go tells of no other place."""
        records, cursor = read_all(connector, Kind.ACCOUNT)
        lost, kept = (record.ref for record in records[:2])
        crm.advance(self.settle_s)
        _brought_about(lambda: crm.merge(lost, kept))
        crm.advance(self.settle_s)
        told = list(batches(connector, Kind.ACCOUNT, cursor))

        assert told_gone(told, [record.ref for record in records]) == {lost}
        assert {into for batch in told for into in batch.merged.values()} <= {kept}

    def test_a_record_that_was_restored_is_read_again(self, connector: Connector, crm: CrmSide) -> None:
        """Where the CRM can restore what was removed."""
        known = Mirror()
        known.read_on(connector, Kind.ACCOUNT)
        removed = next(iter(known.records))
        crm.advance(self.settle_s)
        crm.remove(removed)
        crm.advance(self.settle_s)
        known.read_on(connector, Kind.ACCOUNT)
        _brought_about(lambda: crm.restore(removed))
        crm.advance(self.settle_s)
        known.read_on(connector, Kind.ACCOUNT)

        assert removed in known.records

    def test_a_restarted_read_brings_everything_and_keeps_silent_of_nothing_gone(
        self, reopen: Callable[[], Connector], crm: CrmSide
    ) -> None:
        """Where the connector carries over what it knows of deletions."""
        known = Mirror()
        known.read_on(reopen(), Kind.ACCOUNT)
        there = set(known.records)
        crm.advance(self.settle_s)
        crm.remove(removed := next(iter(known.records)))
        crm.advance(self.settle_s)
        known.cursor = reopen().restarted(Kind.ACCOUNT, known.cursor or "")
        if known.cursor is None:
            pytest.skip("the connector reads from the beginning")
        told = list(batches(reopen(), Kind.ACCOUNT, known.cursor))
        for batch in told:
            known.take(batch)
        crm.advance(self.settle_s)
        known.read_on(reopen(), Kind.ACCOUNT)

        assert {record.ref for batch in told for record in batch.records} == there - {removed}
        assert set(known.records) == there - {removed}

    # Writing.

    def test_what_was_written_is_held_and_shown(self, connector: Connector, crm: CrmSide) -> None:
        for kind, refs in self._written_kinds(connector):
            rows = [FieldWrite(ref, values_for(self.fields, kind, place)) for place, ref in enumerate(refs)]
            outcomes = connector.write(rows)
            assert [outcome.result for outcome in outcomes] == [Result.APPLIED] * len(rows)
            held = connector.held(refs, sorted(rows[0].values))
            assert held == {row.ref: dict(row.values) for row in rows}
            assert self._shown(crm, refs[0], rows[0].values) == rows[0].values

    def test_a_record_that_is_read_brings_what_its_fields_hold(
        self, connector: Connector, crm: CrmSide
    ) -> None:
        for kind, refs in self._written_kinds(connector):
            values = values_for(self.fields, kind, 3)
            connector.write([FieldWrite(refs[0], values)])
            crm.advance(self.settle_s)
            read = next(item for item in read_all(connector, kind)[0] if item.ref == refs[0])

            assert {key: getattr(read, "held", {}).get(key) for key in values} == values, kind

    def test_a_field_that_a_row_does_not_name_keeps_its_value(self, connector: Connector) -> None:
        for kind, refs in self._written_kinds(connector):
            before = values_for(self.fields, kind, 0)
            change = dict([*values_for(self.fields, kind, 1).items()][:1])
            connector.write([FieldWrite(refs[0], before)])
            connector.write([FieldWrite(refs[0], change)])

            assert connector.held(refs[:1], sorted(before)) == {refs[0]: {**before, **change}}

    def test_what_is_read_back_is_held_and_what_it_replaced_stood_before(self, connector: Connector) -> None:
        """Where the CRM tells of what a value replaced; where it keeps no history, nothing is named."""
        for kind, refs in self._written_kinds(connector):
            before, after = (values_for(self.fields, kind, place) for place in (0, 1))
            connector.write([FieldWrite(refs[0], before)])
            connector.write([FieldWrite(refs[0], after)])
            back = connector.read_back(refs[:1], sorted(after))[refs[0]]
            moved = {key: value for key, value in back.replaced.items() if before[key] != after[key]}

            assert back.values == after
            assert moved == {key: before[key] for key in moved}

    def test_a_cleared_field_is_held_as_nothing(self, connector: Connector, crm: CrmSide) -> None:
        for kind, refs in self._written_kinds(connector):
            values = values_for(self.fields, kind, 0)
            connector.write([FieldWrite(refs[0], values)])
            connector.write([FieldWrite(refs[0], dict.fromkeys(values))])

            assert connector.held(refs[:1], sorted(values)) == {refs[0]: dict.fromkeys(values)}
            assert self._shown(crm, refs[0], values) == dict.fromkeys(values)

    def test_every_row_has_its_outcome_in_the_order_of_the_rows(self, connector: Connector) -> None:
        for kind, refs in self._written_kinds(connector):
            rows = [FieldWrite(ref, values_for(self.fields, kind, 1)) for ref in reversed(refs)]

            assert [outcome.ref for outcome in connector.write(rows)] == [row.ref for row in rows]

    def test_a_row_that_is_gone_is_an_outcome_and_stops_no_other(
        self, connector: Connector, crm: CrmSide
    ) -> None:
        refs = [record.ref for record in read_all(connector, Kind.ACCOUNT)[0][:3]]
        self._provision(connector)
        crm.remove(refs[1])
        values = values_for(self.fields, Kind.ACCOUNT, 2)
        outcomes = connector.write([FieldWrite(ref, values) for ref in refs])

        assert [item.result for item in outcomes] == [Result.APPLIED, Result.GONE, Result.APPLIED]
        assert set(connector.held(refs, sorted(values))) == {refs[0], refs[2]}

    def test_a_record_that_moved_since_it_was_seen_is_not_written(
        self, connector: Connector, crm: CrmSide
    ) -> None:
        """Where the CRM has conditional writes; where it has none, records are seen without a version."""
        for kind, refs in self._written_kinds(connector):
            values = values_for(self.fields, kind, 4)
            seen = connector.seen(refs[:1], sorted(values))[refs[0]]
            if not seen.version:
                continue
            crm.advance(self.settle_s)
            crm.edit(refs[0])
            told = connector.write([FieldWrite(refs[0], values, seen.version)])

            assert [outcome.result for outcome in told] == [Result.MOVED]
            assert connector.held(refs[:1], sorted(values))[refs[0]] == seen.values

    def test_a_record_that_stands_as_it_was_seen_is_written(self, connector: Connector) -> None:
        for kind, refs in self._written_kinds(connector):
            values = values_for(self.fields, kind, 4)
            seen = connector.seen(refs, sorted(values))
            told = connector.write([FieldWrite(ref, values, seen[ref].version) for ref in refs])

            assert [outcome.result for outcome in told] == [Result.APPLIED] * len(refs)
            assert connector.held(refs, sorted(values)) == dict.fromkeys(refs, values)

    def test_writing_and_asking_for_nothing_does_nothing(self, connector: Connector) -> None:
        assert list(connector.write([])) == []
        assert dict(connector.held([], ["detente_score"])) == {}

    # Rights and fields.

    def test_an_unknown_credential_is_an_access_error(self, stranger: Connector) -> None:
        for kind in stranger.reads:
            with pytest.raises(AccessError) as caught:
                stranger.read(kind, None, 100)
            assert caught.value.hint, "the error says nothing to do next"

    def test_check_tells_of_an_unknown_credential_and_does_not_raise(self, stranger: Connector) -> None:
        assert Severity.ERROR in {finding.severity for finding in stranger.check()}

    def test_the_rights_of_a_sufficient_credential_are_not_refused(self, connector: Connector) -> None:
        if connector.writes:
            self._provision(connector)

        connector.require_rights(writing=bool(connector.writes))

    def test_check_finds_no_error_once_fields_stand(self, connector: Connector) -> None:
        if connector.writes:
            self._provision(connector)

        assert not [item for item in connector.check() if item.severity is Severity.ERROR]

    def test_provisioning_without_apply_changes_nothing(self, connector: Connector) -> None:
        before = list(connector.missing_fields())
        if connector.can_provision:
            connector.provision(apply=False)

        assert list(connector.missing_fields()) == before

    def test_provisioning_again_finds_everything_standing(self, connector: Connector) -> None:
        if not connector.can_provision:
            pytest.skip("the connector cannot provision")
        connector.provision(apply=True)

        assert not connector.missing_fields()
        assert {step.action for step in connector.provision(apply=True)} == {"standing"}

    def test_closing_twice_is_closing_once(self, connector: Connector) -> None:
        connector.close()
        connector.close()

    def _read_on_among_changes(self, known: Mirror, reopen: Callable[[], Connector], crm: CrmSide) -> None:
        there = [*known.records] or [record.ref for record in read_all(reopen(), Kind.ACCOUNT)[0]]
        for _ in range(2):
            known.take(reopen().read(Kind.ACCOUNT, known.cursor, 1))
            crm.remove(there.pop(0))
            crm.edit(there[0])
            crm.edit(there[-1])
            crm.advance(self.settle_s)
        # what was under way is brought to its end first, then what changed meanwhile
        for _ in range(2):
            known.read_on(reopen(), Kind.ACCOUNT)
            crm.advance(self.settle_s)
        fresh = Mirror()
        fresh.read_on(reopen(), Kind.ACCOUNT)

        assert _unstamped(known) == _unstamped(fresh), "what was told is not what is there"

    def _shown(self, crm: CrmSide, ref: Ref, keys: Mapping[str, FieldText]) -> dict[str, FieldText]:
        return {key: crm.shown(ref, key) for key in keys}

    def _provision(self, connector: Connector) -> None:
        if not connector.writes:
            pytest.skip("the connector writes nothing")
        if connector.missing_fields():
            connector.provision(apply=True)

    def _written_kinds(self, connector: Connector) -> Iterator[tuple[Kind, list[Ref]]]:
        self._provision(connector)
        for kind in connector.writes:
            # as core does: some CRMs never change a closed ticket again
            writable = [item for item in read_all(connector, kind)[0] if getattr(item, "is_open", True)]
            yield kind, [record.ref for record in writable[:5]]


def _brought_about(act: Callable[[], None]) -> None:
    try:
        act()
    except NotImplementedError as lack:
        pytest.skip(str(lack))


def _unstamped(known: Mirror) -> dict[Ref, Record]:
    """What is known of each record but when it was modified, which may be told of its file."""
    return {ref: replace(record, modified_at=_ANY_TIME) for ref, record in known.records.items()}
