"""The vendors' well-known clients, reading the same accounts and keeping nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from bare import LAP, properties, soql, token
from crms import mapped_fields
from detente.cli.demo.firm import SimulatedCrm
from hubspot import HubSpot
from race import SETUP, Laps
from simple_salesforce.api import Salesforce

JUDGES = Path(__file__).parents[2] / ".build" / "judges" / "bin" / "python"

WAIT_S = 0.02
"""Between two looks at a bulk job: a sandbox's job takes a step with every look."""


def hubspot(crm: SimulatedCrm, measure: str) -> Laps:
    """hubspot-api-client, a page of 100 at a time."""
    api = HubSpot(access_token=token(crm), host=crm.url).crm.companies.basic_api
    names = properties(mapped_fields(crm))
    yield SETUP
    after: str | None = None
    read = 0
    while True:
        page = api.get_page(limit=100, after=after, properties=names)
        read += len(page.results)
        is_last = page.paging is None or page.paging.next is None
        if read >= LAP or is_last:
            read -= LAP
            yield measure
        if is_last:
            return
        after = page.paging.next.after


def salesforce_query(crm: SimulatedCrm, measure: str) -> Laps:
    """simple-salesforce's `query_all_iter`."""
    with _salesforce(crm) as (client, query):
        yield SETUP
        for read, _ in enumerate(client.query_all_iter(query), 1):
            if read % LAP == 0:
                yield measure
        yield measure


def salesforce_bulk(crm: SimulatedCrm, measure: str) -> Laps:
    """simple-salesforce's Bulk 2.0 query: pages of CSV as text, which it does not take apart."""
    with _salesforce(crm) as (client, query):
        yield SETUP
        for _ in client.bulk2.Account.query(query, max_records=LAP, wait=WAIT_S):
            yield measure


@contextmanager
def _salesforce(crm: SimulatedCrm) -> Iterator[tuple[Any, str]]:
    """The client, and the query that reads what a sync reads."""
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(crm.ca_file)
        client: Any = Salesforce(session_id=token(crm), instance_url=crm.url, session=session, version="62.0")
        yield client, soql(mapped_fields(crm))


def zendesk(crm: SimulatedCrm, measure: str) -> Laps:
    """zenpy in a process and an environment of its own; it does a lap for each line that it is sent."""
    environment = {
        **os.environ,
        "ZENPY_FORCE_SCHEME": "http",
        "ZENPY_FORCE_NETLOC": urlsplit(crm.url).netloc,
        "NO_PROXY": "*",
    }
    command = [str(JUDGES), str(Path(__file__).with_name("zenpy_laps.py")), token(crm), str(LAP)]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        yield SETUP
        while True:
            process.stdin.write("\n")
            process.stdin.flush()
            if process.stdout.readline() != "lap\n":
                return
            yield measure


CLIENTS: Mapping[str, tuple[str, Callable[[SimulatedCrm, str], Laps]]] = {
    "hubspot": ("hubspot-api-client", hubspot),
    "salesforce, query": ("simple-salesforce, query_all_iter", salesforce_query),
    "salesforce, bulk": ("simple-salesforce, bulk2", salesforce_bulk),
    "zendesk": ("zenpy", zendesk),
}
"""Who else reads accounts, by route."""


def is_missing(route: str) -> str:
    """Why the client of a route cannot take part; empty when it can."""
    if route == "zendesk" and not JUDGES.exists():
        return "zenpy is not there; `make judges` installs it"
    return ""
