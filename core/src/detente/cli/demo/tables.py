"""The demo's tables: what the store holds after a run, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from sqlalchemy import Connection

from detente.cli.options import print_table
from detente.engine.explaining import explain_customer
from detente.engine.linking.showing import members_of
from detente.engine.opening import open_store
from detente.engine.rubric.explanation import Explanation
from detente.store import cases, customers, scores, writes
from detente.store.cases import CaseRow

SEARCHED = 60
"""How many customers are looked through for one that shows most."""


def first_customers(home: Path, count: int) -> list[Explanation]:
    """The customers that come first, explained, the highest score first."""
    with open_store(home) as store:
        with store.reading() as connection:
            top = scores.current_scores(connection).sort("score_micro", "customer", descending=[True, False])
        return [explain_customer(store, customer) for customer in top["customer"].head(count)]


def show_first(home: Path, explained: Sequence[Explanation]) -> None:
    """Band, score and the reason as it was written into a CRM."""
    rows = []
    with open_store(home) as store, store.reading() as connection:
        for item in explained:
            accounts = customers.accounts_of(connection, item.customer)
            held = writes.written_of(connection, accounts)
            reason = next((held[ref].get("detente_reason") for ref in accounts if ref in held), None)
            rows.append([item.name, item.band, f"{item.score:.1f}", reason or ""])
    print_table(["customer", "band", "score", "reason"], rows, right=frozenset({"score"}))


def show_disagreement(home: Path, count: int) -> None:
    """Customers over whom departments disagree, each department's band beside the agreed one."""
    with open_store(home) as store:
        with store.reading() as connection:
            found = [row for row in cases.list_cases(connection) if row.kind == "lenses_apart"]
        explained = [explain_customer(store, row.customer) for row in found[:count]]
    if not explained:
        return
    headings = ["customer", "agreed", *(lens.title for lens in explained[0].lenses)]
    rows = [
        [
            item.name,
            f"{item.band} {item.score:.0f}",
            *(f"{lens.band} {lens.score:.0f}" for lens in item.lenses),
        ]
        for item in explained
    ]
    print_table(headings, rows)


def open_cases(home: Path) -> list[CaseRow]:
    """Open cases as the store lists them."""
    with open_store(home) as store, store.reading() as connection:
        return cases.list_cases(connection)


def show_cases(found: Sequence[CaseRow], count: int) -> None:
    """The first cases with stage, owner and due time."""
    rows = [
        [row.title, str(row.stage), row.owner or "", f"{row.due_at:%a %d %b %H:%M}" if row.due_at else ""]
        for row in found[:count]
    ]
    print_table(["case", "stage", "owner", "due (UTC)"], rows)


def show_written(home: Path, run: str) -> None:
    """Records written by connector and object, with the fields that each holds now."""
    with open_store(home) as store, store.reading() as connection:
        found = writes.writes_of(connection, run)
    counts: Counter[tuple[str, str]] = Counter()
    fields: Counter[tuple[str, str]] = Counter()
    for row in found:
        if row.state == "applied":
            counts[row.ref.connector, row.ref.object] += 1
            fields[row.ref.connector, row.ref.object] += len(row.new)
    rows = [[*key, f"{counts[key]:,}", f"{fields[key]:,}"] for key in sorted(counts)]
    print_table(["connector", "object", "records", "fields"], rows, right=frozenset({"records", "fields"}))


def known_to_several(home: Path) -> tuple[str, int]:
    """The customer that most CRMs know, by evidence and under the most names; how many several know."""
    with open_store(home) as store, store.reading() as connection:
        known = customers.memberships(connection)
        by_evidence = ~pl.col("evidence").str.contains("customer key")
        counts = known.group_by("customer").agg(
            pl.col("connector").n_unique().alias("crms"), by_evidence.sum().alias("found")
        )
        several = counts.filter(pl.col("crms") > 1).sort(
            "crms", "found", "customer", descending=[True, True, False]
        )
        first = several.filter(pl.col("crms") == several["crms"].max())["customer"].head(SEARCHED)
        names = {str(customer): _names(connection, str(customer)) for customer in first}
    return max(names, key=lambda customer: names[customer], default=""), several.height


def _names(connection: Connection, customer: str) -> int:
    """How many names a customer has, letters of either case being one."""
    return len({(member.account.name or "").casefold() for member in members_of(connection, customer)})
