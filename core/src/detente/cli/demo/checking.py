"""What the demo looks at before it claims anything: the truth of the simulation, and the CRMs read back."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from pathlib import Path

import polars as pl

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
    with open_store(home) as store, store.reading() as connection:
        accounts = customers.memberships(connection).filter(pl.col("connector") == name)
        current = scores.current_scores(connection).select("customer", "band", "score_micro")
    rows = accounts.join(current, on="customer").select("object", "id", "band", "score_micro").rows()
    equal = sum(_is_told(held.get(f"{kind}/{number}", {}), band, micro) for kind, number, band, micro in rows)
    return equal, accounts.height


def _is_told(values: dict[str, str], band: str, micro: int) -> bool:
    """Whether a record holds this band and score, to the tenth."""
    if values.get("detente_priority") != band:
        return False
    return round(float(values["detente_score"]) * 10) == (micro + 50_000) // 100_000
