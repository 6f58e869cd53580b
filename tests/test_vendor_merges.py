"""A company is merged into another in the CRM: what belonged to it counts for the one that is left."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from detente.engine.opening import open_store
from detente.engine.rubric.receipts import decode
from detente.engine.working import perform_run
from detente.store import customers, records, runs, scores
from detente_contracts import Kind, Ref


def open_tickets(home: Path) -> dict[str, int]:
    """Open tickets by HubSpot's id of the company, of those that have any."""
    with open_store(home) as store, store.reading() as connection:
        frame = records.records_frame(connection, Kind.TICKET, ["hubspot"])
    counted = frame.filter("is_open").drop_nulls("account_id").group_by("account_id").len()
    return dict(counted.iter_rows())


def scored_with(home: Path, company: str) -> tuple[str, int]:
    """The customer of a company, and the open tickets that the latest run scored it with."""
    with open_store(home) as store, store.reading() as connection:
        ref = Ref("hubspot", "companies", company)
        customer = customers.customers_of(connection, [ref])[ref]
        (run,) = runs.last_runs(connection, 1)
        for row in scores.scorings_of(connection, run.id):
            scored = decode(scores.receipt_of(connection, row.receipt))
            for name, count in scored.select("customer", "open_tickets").iter_rows():
                if name == customer:
                    return customer, count
    raise LookupError(company)


def test_tickets_of_a_merged_company_count_for_the_one_that_is_left(installation: Any) -> None:
    perform_run(installation.home)
    before = open_tickets(installation.home)
    merged, kept = sorted(before, key=lambda id_: -before[id_])[:2]
    body = {"primaryObjectId": kept, "objectIdToMerge": merged}
    answer = installation.sandbox.api("POST", "/crm/v3/objects/companies/merge", body)
    left = str(answer.json()["id"])
    installation.sandbox.advance(timedelta(hours=1).total_seconds())
    perform_run(installation.home)

    assert answer.ok
    assert open_tickets(installation.home)[left] == before[merged] + before[kept]
    assert scored_with(installation.home, left)[1] == before[merged] + before[kept]
