"""What an update asks of Salesforce besides the values, seen by a server that only listens."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest
from detente_connector_kit import LocalBudget
from detente_contracts import STANDARD_FIELDS, ConnectorContext, FieldWrite, Ref, Result
from detente_contracts.testing import StandingClock
from detente_salesforce.connector import SalesforceConnector
from detente_salesforce.settings import SalesforceSettings

ACCOUNT = Ref("sf", "Account", "001xx000003DGb1AAG")


class Listener(BaseHTTPRequestHandler):
    """Grants a token, says that every row was written, and keeps what it was asked."""

    seen: list[tuple[dict[str, str], Any]]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer({"access_token": "granted"})

    def do_PATCH(self) -> None:
        body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((dict(self.headers), body))
        self.answer([{"id": row["id"], "success": True, "errors": []} for row in body["records"]])

    def answer(self, data: object) -> None:
        text = orjson.dumps(data)
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[HTTPServer]:
    Listener.seen = []
    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(datetime(2026, 11, 3, 9, tzinfo=UTC))


def test_an_update_stops_at_no_alerting_rule_assigns_nothing_and_sends_only_our_fields(
    listener: HTTPServer, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALESFORCE_TEST_SECRET", "none")
    url = f"http://127.0.0.1:{listener.server_address[1]}"
    given = {"my_domain": url, "client_id": "x", "client_secret": {"env": "SALESFORCE_TEST_SECRET"}}
    context = ConnectorContext("sf", clock, LocalBudget(clock), STANDARD_FIELDS, os.devnull)
    connector = SalesforceConnector(SalesforceSettings.read(given, where="test"), context)
    told = connector.write([FieldWrite(ACCOUNT, {"detente_score": "87.5", "detente_reason": None})])
    connector.close()

    assert [outcome.result for outcome in told] == [Result.APPLIED]
    headers, body = Listener.seen[0]
    assert headers["Sforce-Duplicate-Rule-Header"] == "allowSave=true"
    assert headers["Sforce-Auto-Assign"] == "FALSE"
    assert headers["Authorization"] == "Bearer granted"
    values = {"Detente_Score__c": 87.5, "Detente_Reason__c": None}
    row = {"attributes": {"type": "Account"}, "id": ACCOUNT.id, **values}
    assert body == {"allOrNone": False, "records": [row]}
