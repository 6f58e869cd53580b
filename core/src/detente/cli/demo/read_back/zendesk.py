"""Read Detente's fields back from Zendesk with `requests` alone. Shares no code with Detente on purpose.

Usage: python zendesk.py, with a JSON object on standard input:
{"url": …, "client_id": …, "client_secret": …}.
Prints one JSON object: `object/id` to the fields of Detente's that are not empty, by canonical name.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import requests

KEYS = (
    "detente_priority",
    "detente_score",
    "detente_reason",
    "detente_scored_at",
    "detente_case",
    "renewal_watch",
)


def sign_in(session: requests.Session, told: dict[str, str]) -> None:
    """Take a token by client credentials and use it from now on."""
    answer = session.post(
        f"{told['url']}/oauth/tokens",
        json={
            "grant_type": "client_credentials",
            "client_id": told["client_id"],
            "client_secret": told["client_secret"],
            "scope": "read",
        },
        timeout=30,
    )
    answer.raise_for_status()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def pages(session: requests.Session, base: str, name: str) -> Iterator[dict[str, Any]]:
    """Every row of a list, by cursor."""
    query = {"page[size]": "100"}
    while True:
        answer = session.get(f"{base}/api/v2/{name}", params=query, timeout=60)
        if answer.status_code == 429:
            # The simulated clock stands still: let the minute pass, as a person would wait.
            session.post(f"{base}/_sandbox/clock", json={"advance_s": 60}, timeout=30)
            continue
        answer.raise_for_status()
        page = answer.json()
        yield from page[name]
        if not page["meta"]["has_more"]:
            return
        query["page[after]"] = page["meta"]["after_cursor"]


def plain(value: object) -> str | None:
    """What people see of a value; of one of our options, such as `detente_p1`, the band."""
    if value is None or value == "":
        return None
    text = str(value)
    is_band = text.startswith("detente_") and text[-2:] in ("p1", "p2", "p3", "p4")
    return text[-2:].upper() if is_band else text


def read_all(session: requests.Session, base: str) -> dict[str, dict[str, str]]:
    """Every organization and every ticket that lists show."""
    titles = {row["id"]: row["title"] for row in pages(session, base, "ticket_fields")}
    names = {number: title.lower().replace(" ", "_") for number, title in titles.items()}
    found: dict[str, dict[str, str]] = {}
    for row in pages(session, base, "organizations"):
        found[f"organizations/{row['id']}"] = kept(row["organization_fields"])
    for row in pages(session, base, "tickets"):
        values = {names.get(item["id"], ""): item["value"] for item in row["custom_fields"]}
        found[f"tickets/{row['id']}"] = kept(values)
    return found


def kept(values: dict[str, Any]) -> dict[str, str]:
    """Our fields that are not empty."""
    shown = {key: plain(values.get(key)) for key in KEYS}
    return {key: text for key, text in shown.items() if text is not None}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    with requests.Session() as opened:
        sign_in(opened, given)
        print(json.dumps(read_all(opened, given["url"])))  # noqa: T201
