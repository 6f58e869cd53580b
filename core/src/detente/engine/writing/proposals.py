"""Writes that plugins propose: which can be taken, and what is wrong with the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from detente_contracts import FieldSpec, ProposedWrite, unknown_name

from detente.engine.writing.desired import Proposal
from detente.engine.writing.field_text import refusal

Proposed = Mapping[str, Mapping[str, Proposal]]
"""Proposals by customer and field key."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Proposals to write, and one problem for each way in which a plugin's others cannot be written."""

    proposed: Proposed
    problems: tuple[tuple[str, str], ...]


def take_proposals(
    answers: Iterable[tuple[str, Iterable[ProposedWrite]]],
    fields: Iterable[FieldSpec],
    customers: Collection[str],
) -> Taken:
    """Check each plugin's proposals, given as (plugin, proposals), against the fields that plugins declared.

    Of two values for one field of a customer the first stands. Problems name no customer.
    """
    known = {field.key: field for field in fields}
    proposed: dict[str, dict[str, Proposal]] = {}
    faults: Counter[tuple[str, str]] = Counter()
    for plugin, proposals in answers:
        for item in proposals:
            stood = proposed.setdefault(item.customer, {})
            fault = _fault(item, known, customers) or _double(item, stood)
            if fault:
                faults[plugin, fault] += 1
            else:
                stood[item.field] = Proposal(item.value, item.reason)
    told = tuple((plugin, f"{fault} ({count:,} times)") for (plugin, fault), count in faults.items())
    return Taken({customer: values for customer, values in proposed.items() if values}, told)


def _fault(item: ProposedWrite, known: Mapping[str, FieldSpec], customers: Collection[str]) -> str:
    field = known.get(item.field)
    if field is None:
        return f"proposed a value for an {unknown_name('field', item.field, known)}"
    if item.customer not in customers:
        return f"proposed a value of {item.field} for a customer that does not exist"
    fault = refusal(field, item.value)
    return f"proposed a value of {item.field} that {fault}" if fault else ""


def _double(item: ProposedWrite, stood: Mapping[str, Proposal]) -> str:
    return f"proposed {item.field} twice for one customer" if item.field in stood else ""
