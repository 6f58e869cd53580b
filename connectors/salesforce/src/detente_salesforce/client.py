"""Salesforce over HTTP: describes, queries, collections, creations. No domain words.

Queries and describes go through simple-salesforce, whose requests our transport makes; what it has no call
for goes over the same transport directly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from detente_connector_kit import Call, Pairs, RefusedCallError, clock_finding
from detente_contracts import AccessError, ConfigurationError, Finding, UnavailableError

from detente_salesforce.connection import BACKGROUND, URGENT, Connection
from detente_salesforce.manners import error_codes, missing_column
from detente_salesforce.org import Described, described

Json = dict[str, Any]

COLLECTION = 200
"""Records in one collections call. Source: REST API guide, sObject Collections."""

IDS_A_QUERY = 300
"""Ids in one IN list: a URI with its headers may have 16 KB."""

_ALL_SAVED = (
    # duplicate rules that only alert do not stop an update of ours
    ("Sforce-Duplicate-Rule-Header", "allowSave=true"),
    # and no assignment rule gives a case to somebody because we wrote to it
    ("Sforce-Auto-Assign", "FALSE"),
)


class FieldUnseenError(AccessError):
    """A query named a field that this user does not see, or that was deleted meanwhile."""

    def __init__(self, field: str) -> None:
        super().__init__(
            f"Salesforce: this user does not see the field {field}",
            hint="Give the user's permission set access to it, or map another field",
        )
        self.field = field


class QueryTimeoutError(UnavailableError):
    """A query took longer than Salesforce lets it."""

    def __init__(self) -> None:
        super().__init__(
            "Salesforce ran out of time over a query", hint="Try again when the org is less busy"
        )


class SalesforceClient:
    """Calls to one org."""

    def __init__(self, connection: Connection, version: str) -> None:
        self._connection = connection
        self.version = version
        self._base = f"/services/data/v{version}"

    def now(self) -> datetime:
        """The present as the org's own clock tells it."""
        return self._connection.now()

    def clock(self) -> Finding:
        """Whether the org's clock and ours agree."""
        return clock_finding(self._connection.open().transport)

    def user(self) -> str:
        """Id of the user that we are signed in as; "" when the sign-in did not tell."""
        return self._connection.open().user

    def versions(self) -> list[str]:
        """API versions that the org serves, such as `62.0`."""
        rows = self._send(Call("GET", "/services/data/", "versions", URGENT))
        return [str(row["version"]) for row in rows]

    def limits(self) -> Json:
        """Limits by name with `Max` and `Remaining`."""
        found: Json = self._asked(lambda: self._connection.open().urgent.limits())
        return found

    def describe(self, name: str, *, urgent: bool = False) -> Described | None:
        """What an object has and what this user may do with it; None when it does not exist for this user.

        Raises: ConfigurationError when the API version is not served.
        """
        org = self._connection.open()
        try:
            answer = getattr(org.urgent if urgent else org.background, name).describe()
            return described(holding(answer, "name", "fields"))
        except RefusedCallError as refusal:
            if refusal.status == 404 or "INVALID_TYPE" in error_codes(refusal.body):
                return None
            raise _misconfigured(refusal) from None

    def record_count(self, name: str) -> int:
        """About how many records of an object there are; 0 when the org does not say."""
        path = f"{self._base}/limits/recordCount"
        try:
            answer = self._send(Call("GET", path, "count", BACKGROUND, (("sObjects", name),)))
        except ConfigurationError:
            return 0
        return next((int(row["count"]) for row in answer["sObjects"] if row["name"] == name), 0)

    def query(self, soql: str, *, deleted: bool = False, urgent: bool = False) -> Iterator[Json]:
        """Records of a query, page by page as they are taken; with `deleted` those in the recycle bin too.

        Raises: FieldUnseenError, QueryTimeoutError, ConfigurationError, besides what the transport raises.
        """
        org = self._connection.open()
        client = org.urgent if urgent else org.background
        page = self._asked(lambda: client.query(soql, include_deleted=deleted))
        while True:
            yield from holding(page, "records", "done")["records"]
            if page["done"]:
                return
            following = holding(page, "nextRecordsUrl")["nextRecordsUrl"]
            page = self._asked(lambda place=following: client.query_more(place, identifier_is_url=True))

    def update(self, records: Sequence[Json]) -> list[Json]:
        """Up to 200 updates; a result each, in their order. Never sent twice.

        Raises: UnknownResultError when the answer was lost, RefusedCallError when all are refused.
        """
        return self._collection("PATCH", "update", records, _ALL_SAVED)

    def create_all(self, records: Sequence[Json]) -> list[Json]:
        """Up to 200 creations; a result each, in their order."""
        return self._collection("POST", "create", records, ())

    def create(self, path: str, record: Json) -> str:
        """Make one record, by its path below the version; its id.

        Raises: RefusedCallError.
        """
        call = Call("POST", f"{self._base}/{path}", "create", URGENT, body=record, repeatable=False)
        answer = self._connection.open().transport.send(call).data
        return str(answer["id"])

    def _collection(self, method: str, purpose: str, records: Sequence[Json], headers: Pairs) -> list[Json]:
        body = {"allOrNone": False, "records": list(records)}
        path = f"{self._base}/composite/sobjects"
        call = Call(method, path, purpose, URGENT, body=body, repeatable=False, headers=headers)
        results: list[Json] = self._connection.open().transport.send(call).data or []
        return results

    def _send(self, call: Call) -> Any:
        return self._asked(lambda: self._connection.open().transport.send(call).data)

    def _asked(self, ask: Callable[..., Any]) -> Any:
        try:
            return ask()
        except RefusedCallError as refusal:
            codes = error_codes(refusal.body)
            column = missing_column(refusal.body)
            if column is not None:
                raise FieldUnseenError(column) from None
            if "QUERY_TIMEOUT" in codes:
                raise QueryTimeoutError() from None
            raise _misconfigured(refusal) from None


def holding(answer: Any, *names: str) -> Json:
    """An answer that has these names.

    Raises: UnavailableError, as something between us and Salesforce may answer in its place.
    """
    if not isinstance(answer, dict) or any(name not in answer for name in names):
        raise UnavailableError(
            f"Salesforce answered without {' and '.join(names)}", hint="Check any proxy in between"
        )
    return answer


def _misconfigured(refusal: RefusedCallError) -> ConfigurationError | AccessError:
    hint = refusal.hint or "Check `api_version` and `mapping` of this connector in the settings"
    if "INVALID_TYPE" in error_codes(refusal.body):
        return AccessError(
            f"{refusal.message}: this user does not see the object",
            hint="Give the user's permission set access to the object",
        )
    return ConfigurationError(refusal.message, hint=hint)


def by_name(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, Mapping[str, Any]]:
    """Rows by one of their values."""
    return {str(row[name]): row for row in rows}
