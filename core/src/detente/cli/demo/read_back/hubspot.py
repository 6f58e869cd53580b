"""Read Detente's fields back from HubSpot with `requests` alone. Shares no code with Detente on purpose.

Usage: python hubspot.py, with a JSON object on standard input: {"url": …, "token": …}.
Prints one JSON object: `object/id` to the fields of Detente's that are not empty, by canonical name.
"""

import json
import sys

import requests

PROPERTIES = "detente_priority,detente_score,detente_reason,detente_scored_at,detente_case,renewal_watch"


def read_all(base: str, name: str, token: str) -> dict[str, dict[str, str]]:
    """Every record of one object, page by page."""
    found: dict[str, dict[str, str]] = {}
    after = None
    while True:
        query = {"limit": "100", "properties": PROPERTIES} | ({"after": after} if after else {})
        answer = requests.get(
            f"{base}/crm/v3/objects/{name}",
            params=query,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        if answer.status_code == 429:
            # The simulated clock stands still: let its ten seconds pass, as a person would wait.
            requests.post(f"{base}/_sandbox/clock", json={"advance_s": 10}, timeout=30)
            continue
        answer.raise_for_status()
        page = answer.json()
        for record in page["results"]:
            ours = PROPERTIES.split(",")
            held = {key: record["properties"][key] for key in ours if record["properties"].get(key)}
            found[f"{name}/{record['id']}"] = held
        after = page.get("paging", {}).get("next", {}).get("after")
        if after is None:
            return found


if __name__ == "__main__":
    told = json.load(sys.stdin)
    everything: dict[str, dict[str, str]] = {}
    for kind in ("companies", "deals", "tickets"):
        everything |= read_all(told["url"], kind, told["token"])
    print(json.dumps(everything))  # noqa: T201
