"""Read Detente's fields back from HubSpot with `requests` alone. Shares no code with Detente on purpose.

Usage: python read_back.py BASE_URL OBJECT   (token in the environment as READ_BACK_TOKEN)
Prints one JSON object: record id to its `detente_*` properties that are not empty.
"""

import json
import os
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
            held = {key: value for key, value in record["properties"].items() if value and "detente_" in key}
            watch = record["properties"].get("renewal_watch")
            found[record["id"]] = held | ({"renewal_watch": watch} if watch else {})
        after = page.get("paging", {}).get("next", {}).get("after")
        if after is None:
            return found


if __name__ == "__main__":
    print(json.dumps(read_all(sys.argv[1], sys.argv[2], os.environ["READ_BACK_TOKEN"])))  # noqa: T201
