"""What an admin of Salesforce does by hand after provisioning: choose who gets Detente's permission sets.

Which people see a field is no program's choice, so `detente provision` leaves it to them; the demo's admin
does it with `requests` over the vendor's own API.
"""

from __future__ import annotations

from typing import Any

import requests

from detente.cli.demo.firm import TIMEOUT_S, SimulatedCrm

DATA = "/services/data/v62.0"
INTEGRATION, READER = "Detente_Integration", "Detente_Reader"


def assign_permission_sets(crm: SimulatedCrm) -> int:
    """Let Detente's own user write its fields and everybody else see them; how many were given a set."""
    with requests.Session() as session:
        # A certificate bundle named by the environment would be trusted instead of the one given here.
        session.trust_env = False
        session.verify = str(crm.ca_file)
        session.headers["Authorization"] = f"Bearer {_admin_token(crm, session)}"
        sets = {row["Name"]: row["Id"] for row in _rows(crm, session, "SELECT Id, Name FROM PermissionSet")}
        people = [row["Id"] for row in _rows(crm, session, "SELECT Id FROM User WHERE IsActive = true")]
        ours = crm.told["apps"]["sync"]["user_id"]
        given = [(sets[INTEGRATION], ours), *((sets[READER], person) for person in people if person != ours)]
        records = [
            {
                "attributes": {"type": "PermissionSetAssignment"},
                "PermissionSetId": permission_set,
                "AssigneeId": person,
            }
            for permission_set, person in given
        ]
        body = {"allOrNone": True, "records": records}
        _told(session.post(f"{crm.url}{DATA}/composite/sobjects", json=body, timeout=TIMEOUT_S))
    return len(given)


def _rows(crm: SimulatedCrm, session: requests.Session, query: str) -> list[dict[str, Any]]:
    answer = session.get(f"{crm.url}{DATA}/query", params={"q": query}, timeout=TIMEOUT_S)
    rows: list[dict[str, Any]] = _told(answer)["records"]
    return rows


def _admin_token(crm: SimulatedCrm, session: requests.Session) -> str:
    app = crm.told["apps"]["admin"]
    asked = {
        "grant_type": "client_credentials",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
    }
    answer = session.post(f"{crm.url}/services/oauth2/token", data=asked, timeout=TIMEOUT_S)
    return str(_told(answer)["access_token"])


def _told(answer: requests.Response) -> Any:
    answer.raise_for_status()
    return answer.json()
