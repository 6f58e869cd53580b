"""Read Detente's fields back from Salesforce with `requests` alone. Shares no code with Detente on purpose.

Usage: python salesforce.py, with a JSON object on standard input:
{"url": …, "client_id": …, "client_secret": …, "ca_file": …}.
Prints one JSON object: `object/id` to the fields of Detente's that are not empty, by canonical name.
"""

import json
import sys

import requests

FIELDS = {
    "Detente_Priority__c": "detente_priority",
    "Detente_Score__c": "detente_score",
    "Detente_Reason__c": "detente_reason",
    "Detente_Scored_At__c": "detente_scored_at",
    "Detente_Case__c": "detente_case",
}
ON_ACCOUNTS = {"Renewal_Watch__c": "renewal_watch"}
VERSION = "/services/data/v62.0"


def sign_in(session: requests.Session, told: dict[str, str]) -> None:
    """Take a token by client credentials and use it from now on."""
    answer = session.post(
        f"{told['url']}/services/oauth2/token",
        data={
            "grant_type": "client_credentials",
            "client_id": told["client_id"],
            "client_secret": told["client_secret"],
        },
        timeout=30,
    )
    answer.raise_for_status()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def read_all(session: requests.Session, base: str, name: str) -> dict[str, dict[str, str]]:
    """Every record of one object, page by page."""
    found: dict[str, dict[str, str]] = {}
    fields = FIELDS | (ON_ACCOUNTS if name == "Account" else {})
    wanted = f"SELECT Id, {', '.join(fields)} FROM {name}"  # noqa: S608 - names of ours
    url, query = f"{base}{VERSION}/query", {"q": wanted}
    while True:
        answer = session.get(url, params=query, timeout=60)
        answer.raise_for_status()
        page = answer.json()
        for record in page["records"]:
            held = {key: str(record[field]) for field, key in fields.items() if record[field] is not None}
            found[f"{name}/{record['Id']}"] = held
        if page["done"]:
            return found
        url, query = base + page["nextRecordsUrl"], {}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    with requests.Session() as opened:
        # A certificate bundle named by the environment would be trusted instead of the one given here.
        opened.trust_env = False
        opened.verify = given["ca_file"]
        sign_in(opened, given)
        everything: dict[str, dict[str, str]] = {}
        for kind in ("Account", "Opportunity", "Case"):
            everything |= read_all(opened, given["url"], kind)
    print(json.dumps(everything))  # noqa: T201
