"""A CRM that answers what a test tells it to, over real HTTP, and a transport to reach it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from detente_connector_kit import BearerToken, Bucket, LocalBudget, Reply, Transport, Vendor, Wire
from detente_contracts.testing import StandingClock

START = datetime(2026, 11, 3, 9, tzinfo=UTC)
TOKEN = "not-for-logs-4711"


@dataclass
class ScriptedCrm:
    """Answers from a list, the last one for ever; `drop` closes the connection without an answer."""

    answers: list[tuple[int, Mapping[str, str], bytes]] = field(default_factory=list)
    seen: list[tuple[str, str, Mapping[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    def will(self, status: int, body: bytes = b"{}", **headers: str) -> ScriptedCrm:
        """Add an answer; underscores in header names become dashes."""
        self.answers.append((status, {name.replace("_", "-"): text for name, text in headers.items()}, body))
        return self

    def will_drop(self) -> ScriptedCrm:
        """Add a connection that ends without an answer."""
        return self.will(0)

    def will_cut(self, body: bytes) -> ScriptedCrm:
        """Add an answer that promises one byte more than it brings."""
        return self.will(200, body, Content_Length=str(len(body) + 1))

    def next_answer(self) -> tuple[int, Mapping[str, str], bytes]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def _handler(crm: ScriptedCrm) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536

        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            crm.seen.append((self.command, self.path, dict(self.headers), body))
            status, headers, answer = crm.next_answer()
            if status == 0:
                self.close_connection = True
                return
            self.send_response_only(status)
            for name, text in {"Content-Length": str(len(answer)), **headers}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(answer)
            self.close_connection = int(headers.get("Content-Length", 0)) > len(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def crm() -> Iterator[ScriptedCrm]:
    scripted = ScriptedCrm()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(scripted))
    scripted.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield scripted
    server.shutdown()
    thread.join()
    server.server_close()


class PlainVendor:
    """A vendor without peculiarities."""

    name = "Plain CRM"

    def explain(self, status: int, body: Mapping[str, Any]) -> tuple[str, str]:
        return f"refused with {status}", "ask the admin"

    def limited(self, reply: Reply, body: Mapping[str, Any], now: datetime) -> tuple[str, float] | None:
        return ("calls", 10.0) if reply.status == 429 else None

    def spent(self, headers: Mapping[str, str]) -> Mapping[str, float]:
        return {"calls": 60.0} if headers.get("X-Left") == "0" else {}

    def limits(self, headers: Mapping[str, str]) -> Mapping[str, tuple[int, float]]:
        return {"calls": (int(headers["X-Limit"]), 10.0)} if "X-Limit" in headers else {}


@pytest.fixture
def vendor() -> Vendor:
    return PlainVendor()


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(START)


@pytest.fixture
def transport(crm: ScriptedCrm, clock: StandingClock) -> Iterator[Transport]:
    wire = Wire(crm.url, BearerToken(lambda: TOKEN), user_agent="kit-tests", timeouts_s=(2.0, 5.0))
    buckets = [Bucket("calls", 100, 10.0)]
    transport = Transport(PlainVendor(), wire, clock=clock, budget=LocalBudget(clock), buckets=buckets)
    yield transport
    transport.close()
