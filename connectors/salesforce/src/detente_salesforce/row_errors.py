"""What an error of one row means for it, and what people are told. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from detente_connector_kit import vendor_words
from detente_contracts import Result

Errors = Sequence[Mapping[str, Any]]

_LOCKED = "UNABLE_TO_LOCK_ROW"

_AUTOMATION = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
"""A trigger or flow failed; its text may carry the code of what really happened."""

_GONE = frozenset({"ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY"})

_TRANSIENT = frozenset(
    {
        _LOCKED,
        "REQUEST_LIMIT_EXCEEDED",
        "SERVER_UNAVAILABLE",
        "UNKNOWN_EXCEPTION",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    }
)

_UNSEEN = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"})

_SAID_BY_THE_ORG = frozenset(
    {"FIELD_CUSTOM_VALIDATION_EXCEPTION", "FIELD_FILTER_VALIDATION_EXCEPTION", _AUTOMATION}
)
"""Codes whose message an admin of the org wrote for people."""

_LONGEST_MESSAGE = 200


def verdict(errors: Errors) -> tuple[Result, str]:
    """What becomes of a row that Salesforce did not write, with the reason for people.

    No value of the record is in it, save what the org's own rules put into their messages.
    An admin needs those.
    """
    codes = [_code(error) for error in errors]
    detail = "; ".join(_told(error) for error in errors) or "Salesforce gave no reason"
    if _GONE.intersection(codes):
        return Result.GONE, "the record is not there any more"
    if is_locked(errors):
        return Result.RETRY, f"{detail}; somebody else holds the record locked"
    if _TRANSIENT.intersection(codes):
        return Result.RETRY, detail
    if _UNSEEN.intersection(codes):
        detail = f"{detail}; make the fields with `detente provision`, and let the user edit them"
    return Result.REJECTED, detail


def is_locked(errors: Errors) -> bool:
    """Whether the row, or a parent of it, was held locked by somebody else."""
    return any(
        _code(error) == _LOCKED or (_code(error) == _AUTOMATION and _LOCKED in str(error.get("message")))
        for error in errors
    )


def _code(error: Mapping[str, Any]) -> str:
    return str(error.get("statusCode") or error.get("errorCode") or "")


def _told(error: Mapping[str, Any]) -> str:
    fields = ", ".join(str(name) for name in error.get("fields") or ())
    told = f"{fields}: {_code(error)}" if fields else _code(error)
    if _code(error) in _SAID_BY_THE_ORG:
        told = f"{told} ({vendor_words(str(error.get('message')), _LONGEST_MESSAGE)})"
    return told
