"""HubSpot over HTTP: paths by version, lists, search, batches, associations. No domain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from detente_connector_kit import Answer, Bucket, Call, RefusedCallError, Reply, Transport
from detente_contracts import ConfigurationError

Json = dict[str, Any]
Filter = tuple[str, str, str]
"""Property, operator, value."""

BUCKETS = (Bucket("burst", 100, 10.0), Bucket("search", 5, 1.0))
"""Limits until headers tell more. Source: HubSpot API usage guidelines, lowest tier; search per account."""

PAGE = 100
SEARCH_PAGE = 200
BATCH = 100
HISTORY_BATCH = 50
ASSOCIATION_BATCH = 1_000

_LONGEST_QUERY = 1_800
"""Characters of property names that a URL may carry; longer ones have been answered 414."""

_PRIMARY_TYPES = frozenset({1, 5, 26})
"""Association types contact, deal and ticket to their primary company."""


class HubSpotManners:
    """What the transport must know of HubSpot. `zone` is the portal's, in which its day ends."""

    name = "HubSpot"

    def __init__(self) -> None:
        self.zone = "UTC"

    def explain(self, status: int, body: Mapping[str, Any]) -> tuple[str, str]:
        """Message and hint for a refusal."""
        if status == 401:
            return "HubSpot does not accept the token", "Check that the token is current and of this portal"
        if status == 403:
            scopes = ", ".join(missing_scopes(body)) or "unnamed"
            return f"HubSpot: the token lacks scopes: {scopes}", "An admin adds them to the key or app"
        said = "; ".join(fault_names(body)) or str(body.get("category") or "no reason given")
        return f"HubSpot refused a call ({status}): {said}", ""

    def limited(self, reply: Reply, body: Mapping[str, Any], now: datetime) -> tuple[str, float] | None:
        """The bucket that a 429 or 477 closes, and for how long.

        The day counts every call of the account, and every call takes from `burst`: so it is `burst` that a
        used-up day closes, for reads and writes alike.
        """
        if reply.status not in (429, 477):
            return None
        said = f"{body.get('policyName', '')} {body.get('message', '')}".lower()
        if reply.status == 429 and "secondly" in said and "ten_secondly" not in said:
            return "search", 1.0
        if reply.status == 429 and "daily" in said:
            return "burst", self._seconds_to_midnight(now)
        return "burst", 10.0 if reply.status == 429 else 60.0

    def limits(self, headers: Mapping[str, str]) -> Mapping[str, tuple[int, float]]:
        """The burst limit, where the answer tells it; answers to searches do not."""
        most = headers.get("X-HubSpot-RateLimit-Max", "")
        window_ms = headers.get("X-HubSpot-RateLimit-Interval-Milliseconds", "10000")
        if not (most.isdigit() and window_ms.isdigit()):
            return {}
        return {"burst": (int(most), int(window_ms) / 1000)}

    def spent(self, headers: Mapping[str, str]) -> Mapping[str, float]:
        """Nothing: HubSpot says no when a limit is used up, and not before."""
        return {}

    def _seconds_to_midnight(self, now: datetime) -> float:
        try:
            local = now.astimezone(ZoneInfo(self.zone))
        except (ZoneInfoNotFoundError, ValueError):
            local = now
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight.astimezone(now.tzinfo) - now).total_seconds()


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list, and where it goes on; `after` is None at its end."""

    rows: Sequence[Json]
    after: str | None


class HubSpotClient:
    """The hot paths, on the version that the settings name."""

    def __init__(self, transport: Transport, version: str) -> None:
        self.transport = transport
        dated = re.fullmatch(r"\d{4}-\d{2}", version) is not None
        self._objects = f"/crm/objects/{version}" if dated else f"/crm/{version}/objects"
        self._associations = f"/crm/associations/{version}" if dated else "/crm/v4/associations"
        self._account = f"/account-info/{version}/details"

    def account(self) -> Json:
        """Portal id, currency and zone."""
        data: Json = self._get(self._account, "account", ())
        return data

    def page(
        self, kind: str, names: Sequence[str], after: str | None, *, archived: bool, linked: bool
    ) -> Page:
        """One page of a list; with `linked` each row carries the companies it is associated with."""
        asked = ",".join(names)
        in_url = len(asked) <= _LONGEST_QUERY
        query = [("limit", str(PAGE)), ("archived", "true" if archived else "false")]
        query += [("properties", asked)] if asked and in_url else []
        query += [("associations", "companies")] if linked else []
        query += [("after", after)] if after is not None else []
        data = self._get(f"{self._objects}/{kind}", "list", query)
        rows: list[Json] = data["results"]
        if not in_url:
            rows = self._with_properties(kind, rows, names)
        return Page(rows, data.get("paging", {}).get("next", {}).get("after"))

    def search(self, kind: str, filters: Iterable[Filter], sort: str, names: Sequence[str]) -> Sequence[Json]:
        """The first 200 rows that pass all filters, lowest `sort` first."""
        wanted = [{"propertyName": p, "operator": o, "value": v} for p, o, v in filters]
        body = {
            "filterGroups": [{"filters": wanted}],
            "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
            "properties": list(names),
            "limit": SEARCH_PAGE,
        }
        call = Call("POST", f"{self._objects}/{kind}/search", "search", ("search", "burst"), body=body)
        rows: list[Json] = self._ask(call)["results"]
        return rows

    def read(self, kind: str, ids: Sequence[str], names: Sequence[str], *, history: bool = False) -> Json:
        """Up to 100 rows by id: `results`, and `errors` for those that are not there.

        With `history`, up to 50 rows, each with the earlier values of its properties.
        """
        body: Json = {"properties": list(names), "inputs": [{"id": id_} for id_ in ids]}
        body |= {"propertiesWithHistory": list(names)} if history else {}
        call = Call("POST", f"{self._objects}/{kind}/batch/read", "batch_read", ("burst",), body=body)
        data: Json = self._ask(call)
        return data

    def update(self, kind: str, inputs: Sequence[Json]) -> Json:
        """Up to 100 updates: `results`, and `errors` for those that failed. Never sent twice.

        Raises: UnknownResultError when the answer was lost.
        """
        body = {"inputs": list(inputs)}
        path = f"{self._objects}/{kind}/batch/update"
        call = Call("POST", path, "batch_update", ("burst",), body=body, repeatable=False)
        data: Json = self.transport.send(call).data or {}
        return data

    def companies_of(self, kind: str, ids: Sequence[str]) -> dict[str, str]:
        """The company that each record belongs to, its primary one first; without one it is left out."""
        found: dict[str, str] = {}
        for start in range(0, len(ids), ASSOCIATION_BATCH):
            inputs = [{"id": id_} for id_ in ids[start : start + ASSOCIATION_BATCH]]
            path = f"{self._associations}/{kind}/companies/batch/read"
            call = Call("POST", path, "associations", ("burst",), body={"inputs": inputs})
            for row in self._ask(call)["results"]:
                company = _primary(row["to"])
                if company is not None:
                    found[str(row["from"]["id"])] = company
        return found

    def _with_properties(self, kind: str, rows: list[Json], names: Sequence[str]) -> list[Json]:
        if not rows:
            return rows
        answered = self.read(kind, [row["id"] for row in rows], names)["results"]
        full = {row["id"]: row["properties"] for row in answered}
        return [{**row, "properties": full[row["id"]]} for row in rows if row["id"] in full]

    def _get(self, path: str, purpose: str, query: Iterable[tuple[str, str]]) -> Any:
        return self._ask(Call("GET", path, purpose, ("burst",), tuple(query)))

    def _ask(self, call: Call) -> Any:
        return answered(lambda: self.transport.send(call))


def answered(ask: Callable[[], Answer]) -> Any:
    """What a reading call brings.

    Raises: ConfigurationError when HubSpot refuses it, besides what the transport raises.
    """
    try:
        return ask().data
    except RefusedCallError as refusal:
        raise ConfigurationError(
            refusal.message, hint="Check `api_version` and `mapping` of this connector in the settings"
        ) from None


def _primary(targets: Sequence[Json]) -> str | None:
    if not targets:
        return None
    for target in targets:
        if any(kind.get("typeId") in _PRIMARY_TYPES for kind in target.get("associationTypes", ())):
            return str(target["toObjectId"])
    return str(min(int(target["toObjectId"]) for target in targets))


def missing_scopes(body: Mapping[str, Any]) -> list[str]:
    """Scopes that a 403 names."""
    contexts = [body.get("context"), *(error.get("context") for error in body.get("errors") or ())]
    named = [context.get("requiredGranularScopes") or () for context in contexts if isinstance(context, dict)]
    return sorted({str(scope) for scopes in named for scope in scopes})


def fault_names(body: Mapping[str, Any]) -> list[str]:
    """What a refusal says is wrong, as codes with the property each is about; never a value."""
    named = [*_nested_faults(str(body.get("message") or "")), *_listed_faults(body.get("errors") or ())]
    return list(dict.fromkeys(named))


def _listed_faults(errors: Sequence[Json]) -> list[str]:
    return [
        _fault(error.get("code"), _first(error.get("context"), "propertyName"))
        for error in errors
        if error.get("code")
    ]


_NESTED = re.compile(r"Property values were not valid: (\[.*\])", re.DOTALL)


def _nested_faults(message: str) -> list[str]:
    found = _NESTED.search(message)
    try:
        faults = orjson.loads(found.group(1)) if found else []
    except orjson.JSONDecodeError:
        return []
    return [_fault(fault.get("error"), fault.get("name")) for fault in faults if isinstance(fault, dict)]


def _fault(code: object, name: object) -> str:
    return f"{name}: {code}" if name else str(code)


def _first(context: object, key: str) -> object:
    values = context.get(key) if isinstance(context, dict) else None
    return values[0] if isinstance(values, list) and values else values
