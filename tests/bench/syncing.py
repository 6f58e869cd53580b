"""Syncing companies from the simulated HubSpot, beside a bare script and hubspot-api-client."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import orjson
import requests
from detente.clock import SystemClock
from detente.engine.opening import silent
from detente.engine.reading import read_batch
from detente.store.database import Store
from detente_contracts import STANDARD_FIELDS, ConnectorContext, Kind
from detente_hubspot import detente_provide_connectors
from detente_sandbox.process import SandboxProcess
from hubspot import HubSpot

Measure = tuple[str, Callable[[], float], Callable[[], float], float]
TOKEN = "DETENTE_BENCH_TOKEN"
PROPERTIES = [
    "name", "domain", "industry", "country", "numberofemployees", "hubspot_owner_id", "hs_parent_company_id",
    "createdate", "hs_lastmodifieddate", "customer_number", "arr", "renewal_date", "partner_of_record",
]  # fmt: skip


@contextmanager
def server(companies: int) -> Iterator[list[Measure]]:
    """The measures, over a server that keeps no limits and follows the system's clock."""
    with SandboxProcess(companies=companies, tickets=100, seed=7, no_limits=True, real_clock=True) as sandbox:
        os.environ[TOKEN] = sandbox.token("sync")
        url = sandbox.url
        yield [
            (
                f"sync {companies:,} companies into the store; a bare script",
                lambda: ours(url),
                lambda: bare(url),
                1.67,
            ),
            (
                f"sync {companies:,} companies; hubspot-api-client only reading",
                lambda: ours(url),
                lambda: client(url),
                1.0,
            ),
        ]


class Unlimited:
    """A budget that never makes anybody wait: the server keeps no limits here."""

    def take(self, bucket: str, limit: int, window_s: float) -> float:
        """No wait."""
        return 0.0

    def exhaust(self, bucket: str, until_s: float) -> None:
        """Nothing is ever exhausted."""


def ours(url: str) -> float:
    """Read, map, diff, checkpoint and audit every company."""
    kind = next(iter(detente_provide_connectors()))
    mapping = {
        "account": {
            "customer_key": "customer_number",
            "arr": "arr",
            "renewal_at": "renewal_date",
            "partner": "partner_of_record",
        }
    }
    settings = kind.settings.read(
        {"token": {"env": TOKEN}, "base_url": url, "mapping": mapping}, where="bench"
    )
    clock = SystemClock()
    context = ConnectorContext("hubspot", clock, Unlimited(), STANDARD_FIELDS, ".")
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Store.open(f"sqlite:///{folder}/b.sqlite")) as store,
    ):
        connector = kind.build(settings, context)
        start = time.perf_counter()
        while not read_batch(
            store, connector, "hubspot", Kind.ACCOUNT, run="bench", now=clock.now(), progress=silent
        ):
            pass
        spent = time.perf_counter() - start
        connector.close()
    return spent


def bare(url: str) -> float:
    """The least that does it: read a page, hash each record, upsert what differs, one transaction a page."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {os.environ[TOKEN]}"
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "b.sqlite")) as database,
    ):
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE company (id TEXT PRIMARY KEY, digest BLOB, body BLOB)")
        start = time.perf_counter()
        after: str | None = None
        while True:
            query = {"limit": "100", "properties": ",".join(PROPERTIES)} | ({"after": after} if after else {})
            answer = session.get(f"{url}/crm/objects/2026-03/companies", params=query, timeout=30)
            page = orjson.loads(answer.content)
            rows = [
                (item["id"], hashlib.blake2b(body := orjson.dumps(item["properties"])).digest(), body)
                for item in page["results"]
            ]
            with database:
                database.executemany(
                    "INSERT INTO company VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE "
                    "SET digest = excluded.digest, body = excluded.body WHERE digest <> excluded.digest",
                    rows,
                )
            after = page.get("paging", {}).get("next", {}).get("after")
            if after is None:
                return time.perf_counter() - start


def client(url: str) -> float:
    """hubspot-api-client listing the same companies and keeping nothing."""
    api = HubSpot(access_token=os.environ[TOKEN], host=url).crm.companies.basic_api
    start = time.perf_counter()
    after: str | None = None
    while True:
        page = api.get_page(limit=100, after=after, properties=PROPERTIES)
        if page.paging is None or page.paging.next is None:
            return time.perf_counter() - start
        after = page.paging.next.after
