"""What the demo looks at before it claims anything: the truth of the simulation, and the CRMs read back."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from pathlib import Path

from detente.cli.demo.firm import SimulatedFirm
from detente.engine.opening import open_store
from detente.store import customers, scores


def pairs_right(home: Path, firm: SimulatedFirm) -> tuple[int, int, int]:
    """Pairs of accounts that were joined, those of them that are one organisation, and those that there are.

    Who is who is known to the simulation alone.
    """
    truth = {
        f"{name}/{path}": number
        for name, crm in firm.crms.items()
        for path, number in crm.ask("identities").items()
    }
    with open_store(home) as store, store.reading() as connection:
        rows = customers.memberships(connection).iter_rows(named=True)
        joined: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows:
            joined[row["customer"]].append(truth[f"{row['connector']}/{row['object']}/{row['id']}"])
    pairs = [pair for numbers in joined.values() for pair in combinations(numbers, 2)]
    sizes: defaultdict[str, int] = defaultdict(int)
    for number in truth.values():
        sizes[number] += 1
    there = sum(count * (count - 1) // 2 for count in sizes.values())
    return len(pairs), sum(left == right for left, right in pairs), there


def equal_to_receipts(home: Path, name: str, held: dict[str, dict[str, str]]) -> tuple[int, int]:
    """Of a CRM's accounts, how many hold the band and the score of their receipts, and how many there are."""
    equal = there = 0
    with open_store(home) as store, store.reading() as connection:
        current = scores.current_scores(connection).select("customer", "band", "score_micro")
        for customer, band, micro in current.iter_rows():
            for ref in customers.accounts_of(connection, customer):
                if ref.connector != name:
                    continue
                there += 1
                values = held.get(f"{ref.object}/{ref.id}", {})
                is_band = values.get("detente_priority") == band
                equal += is_band and round(float(values["detente_score"]) * 10) == (micro + 50_000) // 100_000
    return equal, there
