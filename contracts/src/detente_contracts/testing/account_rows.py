"""Generated accounts of three CRMs: one customer several times, families of firms, gaps, hostile text."""

from __future__ import annotations

import random
from collections.abc import Iterator

from detente_contracts.criteria import Row, Value
from detente_contracts.links import ACCOUNT_COLUMNS

_CRMS = ("desk", "leads", "sales")
_NAMES = ("Alder Works", "Brook Gate Foods", "Cedar & Söhne", "Delta Line", "Elbe Forge", "Fjord Mill")
_FORMS = ("", " GmbH", " Ltd", " Inc.", " S.A.")
_HOSTILE = (
    None,
    "",
    "   ",
    "GmbH",
    "<script>alert(1)</script>",
    "=1+1",
    "{{7*7}}",
    "株式会社",
    "🙂" * 40,
    "x" * 400,
)


def account_rows(*, count: int = 120, seed: int = 7) -> list[Row]:
    """`count` accounts or a few more, ordered by account; the same for the same seed.

    Two names are families of parent and subsidiary under one domain. About one value in five is None.
    """
    source = random.Random(seed)
    rows = [_row(f"{crm}/account/{number}", **values) for crm, number, values in _accounts(source, count)]
    return sorted(rows, key=lambda row: str(row["account"]))


def _accounts(source: random.Random, count: int) -> Iterator[tuple[str, int, dict[str, Value]]]:
    for number, name in enumerate(_HOSTILE):
        yield _CRMS[number % len(_CRMS)], 9000 + number, {"name": name, "domain": name}
    for number in range(count):
        organisation = source.randrange(count // 2)
        stem = _NAMES[organisation % len(_NAMES)]
        yield source.choice(_CRMS), number, _values(source, organisation, stem, number)


def _values(source: random.Random, organisation: int, stem: str, number: int) -> dict[str, Value]:
    is_family = organisation % len(_NAMES) < 2
    domain = f"{stem.split()[0].lower()}{'' if is_family else organisation}.example"
    told: dict[str, Value] = {
        "name": f"{stem}{source.choice(_FORMS)}" if is_family else f"{stem} {organisation}",
        "domain": source.choice((domain, f"www.{domain}", "gmail.com")),
        "customer_key": f"K-{organisation}",
        "country": source.choice(("Germany", "DE", "France")),
        "contact_domains": source.choice((domain, f"gmail.com {domain}")),
        "employees": source.randrange(1, 5000),
    }
    known = {name: value if source.random() > 0.2 else None for name, value in told.items()}
    return {**known, "customer_key": known["customer_key"] if number % 3 == 0 else None}


def _row(account: str, **values: Value) -> Row:
    connector, vendor_object, record_id = account.split("/")
    named: dict[str, Value] = {"account": account, "connector": connector, "object": vendor_object}
    return {**dict.fromkeys(ACCOUNT_COLUMNS), **named, "id": record_id, **values}
