"""Batches on their way to a CRM that refuses some of them whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, log2

import pytest
from detente_connector_kit import RefusedCallError, UnknownResultError, WriteQueue, WriteSheet
from detente_contracts import AccessError, FieldWrite, Ref, Result
from hypothesis import given
from hypothesis import strategies as st

BATCH = 100

Trouble = Callable[[Sequence[int]], Exception | None]


@dataclass
class Crm:
    """Takes batches, save those for which it has trouble."""

    sheet: WriteSheet
    trouble: Trouble
    calls: list[Sequence[int]] = field(default_factory=list)

    def take(self, places: Sequence[int]) -> None:
        self.calls.append(places)
        trouble = self.trouble(places)
        if trouble is not None:
            raise trouble
        for place in places:
            self.sheet.settle(place, Result.APPLIED)


def refusal(places: Sequence[int]) -> RefusedCallError:
    return RefusedCallError("refused", status=400, body={"bad": list(places)})


def verdict(refused: RefusedCallError) -> tuple[Result, str]:
    return Result.REJECTED, str(refused.body["bad"])


def sent(count: int, trouble: Trouble, size: int = BATCH, *, about_all: bool = False) -> Crm:
    sheet = WriteSheet([FieldWrite(Ref("crm", "account", str(place)), {}) for place in range(count)])
    crm = Crm(sheet, trouble)
    WriteQueue(sheet, sheet.batches(range(count), size), verdict, lambda _: about_all).send_all(crm.take)
    return crm


def results(crm: Crm) -> list[Result]:
    return [outcome.result for outcome in crm.sheet.in_order()]


@given(st.data(), st.integers(1, 2 * BATCH), st.integers(1, BATCH))
def test_bad_rows_are_found_alone_by_few_calls_and_cost_no_other_row_its_place(
    data: st.DataObject, count: int, size: int
) -> None:
    bad = data.draw(st.sets(st.integers(0, count - 1), max_size=6))
    crm = sent(count, lambda places: refusal(places) if bad.intersection(places) else None, size)

    told = {place: crm.sheet.outcomes[place] for place in range(count)}
    taken = [place for call in crm.calls for place in call if not bad.intersection(call)]
    assert {place for place, outcome in told.items() if outcome.result is Result.REJECTED} == bad
    assert all(told[place].detail == f"[{place}]" for place in bad)
    assert taken == [place for place in range(count) if place not in bad]
    assert len(crm.calls) <= ceil(count / size) + 2 * len(bad) * ceil(log2(size))


def test_a_refusal_that_concerns_all_rows_is_told_to_all_and_costs_no_more_calls() -> None:
    crm = sent(5, refusal, about_all=True)

    assert results(crm) == [Result.REJECTED] * 5
    assert len(crm.calls) == 1


def test_trouble_before_anything_was_written_is_raised() -> None:
    with pytest.raises(AccessError):
        sent(2, lambda places: AccessError("no right"), size=1)


def test_trouble_after_something_was_written_leaves_the_rest_to_be_tried_again() -> None:
    crm = sent(4, lambda places: AccessError("the right was taken away") if 1 in places else None, size=1)

    assert results(crm) == [Result.APPLIED, Result.RETRY, Result.RETRY, Result.RETRY]
    assert crm.calls == [[0], [1]]


def test_a_lost_answer_leaves_its_rows_to_be_read_and_the_next_batch_goes_on() -> None:
    crm = sent(3, lambda places: UnknownResultError("lost") if 0 in places else None, size=2)

    assert results(crm) == [Result.RETRY, Result.RETRY, Result.APPLIED]


def test_trouble_after_a_lost_answer_is_told_row_by_row() -> None:
    crm = sent(2, lambda places: UnknownResultError("lost") if 0 in places else AccessError("gone"), size=1)

    assert results(crm) == [Result.RETRY, Result.RETRY]


def test_rows_of_which_something_is_noted_already_are_not_sent_again() -> None:
    def noting(places: Sequence[int]) -> Exception:
        crm.sheet.settle(0, Result.RETRY, "held by somebody else")
        return refusal(places)

    sheet = WriteSheet([FieldWrite(Ref("crm", "account", str(place)), {}) for place in range(3)])
    crm = Crm(sheet, noting)
    WriteQueue(sheet, [[0, 1, 2]], verdict).send_all(crm.take)

    assert crm.calls == [[0, 1, 2], [1], [2]]
    assert results(crm) == [Result.RETRY, Result.REJECTED, Result.REJECTED]
