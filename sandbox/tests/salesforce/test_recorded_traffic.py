"""Answers against recorded ones: requests are sent again, and what comes has the same keys and types."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from detente_sandbox import SandboxProcess

    from sandbox.tests.salesforce.conftest import Caller

FOLDER = Path(__file__).parents[4] / "shared/reference/data/salesforce"
ID = re.compile(r"\b(?:001|003|00D)[0-9A-Za-z]{15}\b")
KINDS = {"001": "Account", "003": "Contact", "00D": "Organization"}


def recorded(name: str) -> Any:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not at ../shared/reference/data/salesforce")
    return json.loads(path.read_text())


class Replay:
    """Sends recorded requests, with each recorded id standing for a record of the sandbox."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._free = {
            prefix: [row["Id"] for row in caller.rows(f"SELECT Id FROM {kind}")]  # noqa: S608
            for prefix, kind in KINDS.items()
        }
        self._known: dict[str, str] = {}

    def send(self, row: dict[str, Any]) -> tuple[int, Any]:
        parts = urlsplit(self._here(row["uri"]))
        body = json.loads(self._here(json.dumps(row["body"])))
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        answer = self._caller.ask(row["method"], path, body)
        return answer.status_code, json.loads(answer.text.replace("v62.0", "vxx.0"))

    def _here(self, text: str) -> str:
        text = text.replace("vxx.0", "v62.0")
        return ID.sub(lambda match: self._one(match.group()), text)

    def _one(self, theirs: str) -> str:
        if theirs not in self._known:
            self._known[theirs] = self._free[theirs[:3]].pop(0)
        return self._known[theirs]


def alike(known: Any, have: Any) -> bool:
    """Whether keys and types are the same; null may stand where the other has a value."""
    if known is None or have is None:
        return True
    if isinstance(known, dict) and isinstance(have, dict):
        return known.keys() == have.keys() and all(alike(known[key], have[key]) for key in known)
    if isinstance(known, list) and isinstance(have, list):
        return not known or all(any(alike(one, other) for one in known) for other in have)
    return type(known) is type(have)


def test_recorded_requests_are_answered_with_the_recorded_keys_and_types(sync: Caller) -> None:
    replay = Replay(sync)
    for row in recorded("recorded/rest_interactions.json"):
        status, have = replay.send(row)
        known = row["response"]
        if "Organization" in row["uri"]:
            known = {key: value for key, value in known.items() if key in have}

        assert status == row["status"]["code"], (row["uri"], have)
        assert alike(known, have), (row["uri"], known, have)


@pytest.mark.parametrize(
    "file",
    [
        "TestCompositeParallelSalesforce.test_errors.yaml",
        "TestCountSObjects.test_count_sobjects__errors.yaml",
    ],
)
def test_recorded_errors_are_answered_to_the_letter(sync: Caller, file: str) -> None:
    rows = [row for row in recorded("recorded/rest_interactions.json") if row["file"] == file]
    _, have = Replay(sync).send(rows[0])
    refusals = [row for row in rows[0]["response"]["compositeResponse"] if row["httpStatusCode"] >= 400]

    assert refusals
    assert [row for row in have["compositeResponse"] if row["httpStatusCode"] >= 400] == refusals


FILLED = {
    "url": "",
    "site": "",
    "_endpoint": "",
    "version": "62.0",
    "SOBJECT_API_NAME": "Account",
    "RECORD_ID": "0015g0000000001AAA",
    "FIELD_NAME": "Customer_Number__c",
    "FIELD_VALUE": "C-100000",
}


def filled(text: str) -> str:
    """A vendor's template with values of the sandbox; unknown places take a plain word."""
    return re.sub(r"\{\{(\w+)\}\}|<(\w+)>", lambda match: FILLED.get(match[1] or match[2], "Something"), text)


def sent(row: dict[str, Any]) -> Any:
    """The body of a request of the collection: a form, a text, or none."""
    if row.get("dataMode") == "urlencoded":
        return {pair["key"]: pair.get("value", "") for pair in row.get("data") or ()}
    return filled(row.get("rawModeData") or "")


def test_every_request_of_the_vendors_collection_is_simulated_or_remembered_as_unknown(
    wild_org: SandboxProcess,
) -> None:
    from sandbox.tests.salesforce.conftest import Caller

    caller, answered = Caller(wild_org, "admin"), {}
    for row in recorded("postman_requests_v50.json")["requests"]:
        answer = caller.ask(row["method"], filled(row["url"]), data=sent(row))
        assert answer.status_code in (200, 201, 204, 300, 400, 401, 404, 501), (row["name"], answer.text)
        answered[row["folder"], row["name"]] = answer.status_code
    simulated = {name for (_, name), status in answered.items() if status < 300}

    assert len(answered) > 140
    assert {"Query", "QueryAll", "Describe Global", "SObject Describe", "Limit", "Record Count"} <= simulated
    assert len(wild_org.get("/_sandbox/unknown")) >= list(answered.values()).count(501)
