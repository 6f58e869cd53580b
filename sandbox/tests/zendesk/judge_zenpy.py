"""What zenpy sees of a Zendesk account, told as JSON. Run by the judges' own interpreter, never imported.

zenpy is under the GPL: it is installed by `make judges` into an environment of its own and talked to as a
process. The two variables that point it at another host are its own (section 9 of the reference).
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any

from zenpy import Zenpy  # type: ignore[import-not-found]
from zenpy.lib.api_objects import Organization, Ticket  # type: ignore[import-not-found]
from zenpy.lib.exception import (  # type: ignore[import-not-found]
    APIException,
    RecordNotFoundException,
    TooManyValuesException,
)

START = datetime(2020, 1, 1, tzinfo=UTC)


def refusal(call: Any) -> str:
    """The name of what a call raises."""
    try:
        call()
    except (RecordNotFoundException, TooManyValuesException, APIException) as error:
        return type(error).__name__
    return "nothing"


def ended(client: Zenpy, job: Any) -> Any:
    """A job once it is over."""
    for _ in range(20):
        job = client.job_status(id=job.id)
        if job.status in ("completed", "failed"):
            return job
    raise SystemExit(f"job {job.id} is still {job.status}")


def main() -> None:
    """Reads, writes and is refused; one JSON object on standard output."""
    client = Zenpy(subdomain="acme", oauth_token=sys.argv[1], disable_cache=True)
    by_cursor = [row.id for row in client.tickets.incremental(paginate_by_time=False, start_time=START)]
    by_time = [row.id for row in client.tickets.incremental(start_time=START)]
    organizations = list(client.organizations.incremental(start_time=START))
    listed = [row.id for row in client.tickets(cursor_pagination=50)]
    changed = [Ticket(id=int(number), priority="urgent") for number in sys.argv[2].split(",")]
    job = ended(client, client.tickets.update(changed))
    first = Organization(id=organizations[0].id, notes="by zenpy")
    many = [Organization(id=row.id, notes="by zenpy") for row in organizations[1:4]]
    told = {
        "by_cursor": by_cursor,
        "by_time": by_time,
        "organizations": [row.id for row in organizations],
        "arr": [row.organization_fields["arr"] for row in organizations],
        "listed": listed,
        "policies": [row.title for row in client.sla_policies()],
        "job": job.status,
        "rows": [[row.id, getattr(row, "error", None)] for row in job.results],
        "one": client.organizations.update(first).notes,
        "many": ended(client, client.organizations.update(many)).status,
        "missing": refusal(lambda: client.tickets(id=999_999)),
        "too_many": refusal(lambda: client.tickets.update([Ticket(id=number) for number in range(101)])),
        "expired": refusal(lambda: Zenpy(subdomain="acme", oauth_token="gone").tickets(id=1)),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
