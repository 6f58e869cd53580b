"""Writes that plugins propose: values for fields of their own, which core diffs, gates, writes and undoes."""

from __future__ import annotations

from pydantic import Field

from detente_contracts.models import ContractModel
from detente_contracts.records import FieldText


class ProposedWrite(ContractModel):
    """A value for one declared field on every account, open deal and open ticket of a customer.

    `value` is canonical text: numbers with a dot, instants ISO 8601 with Z; None clears the field.
    """

    customer: str
    field: str = Field(title="Key of a field that the same plugin declares: prefix_name")
    value: FieldText
    reason: str = Field(default="", max_length=160)
