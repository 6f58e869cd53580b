"""The least that does a sync: read a page, hash each row, upsert what differs, one transaction a page.

What a capable engineer would write in an afternoon on requests, orjson and csv; it maps nothing, keeps no
checkpoint and no audit, and survives no fault.
"""

from __future__ import annotations

import csv
import hashlib
import io
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import orjson
import requests
from crms import mapped_fields
from detente.cli.demo.firm import SimulatedCrm
from detente_contracts import STANDARD_FIELDS
from race import SETUP, Laps

Rows = list[tuple[str, bytes]]
"""Rows of a page: id and content."""

LAP = 10_000
TIMEOUT_S = 120
DATA = "/services/data/v62.0"

_SCHEMA = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "CREATE TABLE account (id TEXT PRIMARY KEY, digest BLOB, body BLOB)",
)
_UPSERT = (
    "INSERT INTO account VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE "
    "SET digest = excluded.digest, body = excluded.body WHERE digest <> excluded.digest"
)


class Script:
    """A bare sync, once for each of `measures`; `route` is a name in PAGES. `kept` counts its rows."""

    def __init__(self, crm: SimulatedCrm, route: str, measures: Sequence[str]) -> None:
        self._crm = crm
        self._pages = PAGES[route]
        self._measures = measures
        self.kept = 0

    def laps(self) -> Laps:
        """About 10,000 rows a lap."""
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(sqlite3.connect(Path(folder) / "bare.sqlite")) as database,
            _session(self._crm) as session,
        ):
            for statement in _SCHEMA:
                database.execute(statement)
            fields = mapped_fields(self._crm)
            yield SETUP
            for measure in self._measures:
                read = 0
                for rows in self._pages(session, self._crm.url, fields):
                    _keep(database, rows)
                    read += len(rows)
                    if read >= LAP:
                        read -= LAP
                        yield measure
                yield measure
            self.kept = database.execute("SELECT count(*) FROM account").fetchone()[0]


def _keep(database: sqlite3.Connection, rows: Rows) -> None:
    with database:
        digested = [(id_, hashlib.blake2b(body).digest(), body) for id_, body in rows]
        database.executemany(_UPSERT, digested)


def _session(crm: SimulatedCrm) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.verify = str(crm.ca_file) if crm.ca_file else True
    session.headers["Authorization"] = f"Bearer {token(crm)}"
    return session


def token(crm: SimulatedCrm) -> str:
    """A bearer token of the app that a run signs in as."""
    if "apps" not in crm.told:
        return str(crm.told["tokens"]["sync"])
    app = crm.told["apps"]["sync"]
    form = {
        "grant_type": "client_credentials",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
    }
    answer = requests.post(
        f"{crm.url}/services/oauth2/token", form, verify=str(crm.ca_file), timeout=TIMEOUT_S
    )
    return str(answer.json()["access_token"])


def soql(fields: Sequence[str]) -> str:
    """The query that brings what the mapping reads, and our own fields."""
    own = ["_".join(part.capitalize() for part in spec.key.split("_")) + "__c" for spec in STANDARD_FIELDS]
    return f"SELECT Id, SystemModstamp, {', '.join([*fields, *own])} FROM Account"  # noqa: S608


def properties(fields: Sequence[str]) -> list[str]:
    """HubSpot's properties that a sync reads."""
    own = [spec.key for spec in STANDARD_FIELDS]
    return ["hs_lastmodifieddate", "hs_merged_object_ids", *fields, *own]


def _hubspot(session: requests.Session, url: str, fields: Sequence[str]) -> Iterator[Rows]:
    query = {"limit": "100", "properties": ",".join(properties(fields))}
    after: str | None = None
    while True:
        given = query | ({"after": after} if after else {})
        answer = session.get(f"{url}/crm/objects/2026-03/companies", params=given, timeout=TIMEOUT_S)
        page = orjson.loads(answer.content)
        yield [(item["id"], orjson.dumps(item["properties"])) for item in page["results"]]
        after = page.get("paging", {}).get("next", {}).get("after")
        if after is None:
            return


def _salesforce_query(session: requests.Session, url: str, fields: Sequence[str]) -> Iterator[Rows]:
    answer = session.get(f"{url}{DATA}/query", params={"q": soql(fields)}, timeout=TIMEOUT_S)
    while True:
        page = orjson.loads(answer.content)
        yield [(row["Id"], orjson.dumps(row)) for row in page["records"]]
        if page["done"]:
            return
        answer = session.get(url + page["nextRecordsUrl"], timeout=TIMEOUT_S)


def _salesforce_bulk(session: requests.Session, url: str, fields: Sequence[str]) -> Iterator[Rows]:
    jobs = f"{url}{DATA}/jobs/query"
    body = {"operation": "query", "query": soql(fields)}
    job = f"{jobs}/{session.post(jobs, json=body, timeout=TIMEOUT_S).json()['id']}"
    while session.get(job, timeout=TIMEOUT_S).json()["state"] != "JobComplete":
        pass  # the sandbox's job takes a step with every look
    locator = ""
    while locator != "null":
        query = {"maxRecords": str(LAP)} | ({"locator": locator} if locator else {})
        answer = session.get(f"{job}/results", params=query, timeout=TIMEOUT_S)
        rows = csv.reader(io.StringIO(answer.content.decode(), newline=""))
        next(rows)
        yield [(row[0], orjson.dumps(row)) for row in rows]
        locator = answer.headers["Sforce-Locator"]


def _zendesk(session: requests.Session, url: str, fields: Sequence[str]) -> Iterator[Rows]:
    start = 0
    while True:
        query = {"start_time": str(start), "per_page": "1000"}
        answer = session.get(f"{url}/api/v2/incremental/organizations.json", params=query, timeout=TIMEOUT_S)
        page = orjson.loads(answer.content)
        yield [(str(row["id"]), orjson.dumps(row)) for row in page["organizations"]]
        if page["end_of_stream"]:
            return
        start = page["end_time"]


PAGES = {
    "hubspot": _hubspot,
    "salesforce, query": _salesforce_query,
    "salesforce, bulk": _salesforce_bulk,
    "zendesk": _zendesk,
}
"""How accounts are read, by route: a CRM, and where it has several ways, the way."""
