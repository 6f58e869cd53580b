"""Over three simulated CRMs and real HTTP: who is joined without a person is one by the truth of the firm."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from detente.engine.opening import open_store
from detente.engine.working import perform_run
from detente.store import customers


def truth(company: Any) -> dict[tuple[str, str], str]:
    """The organisation that each account stands for, by CRM and id."""
    found = {}
    for name, crm in company.crms.items():
        for record, organisation in crm.ask("identities").items():
            found[name, record.rpartition("/")[2]] = organisation
    return found


def test_every_customer_of_three_crms_is_one_organisation(company: Any, tmp_path: Path) -> None:
    home = company.connected(tmp_path / "home")
    summary = perform_run(home)
    known = truth(company)
    organisations: dict[str, set[str]] = defaultdict(set)
    with open_store(home) as store, store.reading() as connection:
        for customer, connector, _, number, _ in customers.memberships(connection).iter_rows():
            organisations[customer].add(known[connector, number])

    assert {len(found) for found in organisations.values()} == {1}
    assert summary["links"]["by_evidence"] > 20
    assert summary["links"]["suggested"] > 0
