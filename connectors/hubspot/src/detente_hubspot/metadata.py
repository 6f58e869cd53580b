"""Cold paths through HubSpot's own client: properties, groups, pipelines, owners.

The client speaks v3 only, which HubSpot supports until September 2027; by then these calls move to the
dated paths. It only builds and sends requests: retries, budget and errors are the transport's.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Sequence
from typing import Any

import urllib3
from detente_connector_kit import Call, ConnectionFault, Reply, Transport, Wire, was_sent
from hubspot import HubSpot
from requests.utils import select_proxy

from detente_hubspot.client import Json, answered

# the client logs whole bodies at debug
logging.getLogger("hubspot").setLevel(logging.WARNING)

_MODULES = ("properties", "pipelines", "owners")


class HubSpotMetadata:
    """Definitions of a portal: what properties, pipelines and owners it has."""

    def __init__(self, transport: Transport, wire: Wire, token: Callable[[], str]) -> None:
        self._transport = transport
        self._wire = wire
        self._token = token
        self._apis: dict[str, Any] = {}
        self._faults: tuple[type[Exception], ...] = ()

    def properties(self, kind: str) -> Sequence[Json]:
        """Definitions of all properties of `kind` that this credential may see."""
        return self._results("properties", self._api("properties", "core_api").get_all, kind)

    def groups(self, kind: str) -> Sequence[Json]:
        """Property groups of `kind`."""
        return self._results("properties", self._api("properties", "groups_api").get_all, kind)

    def pipelines(self, kind: str) -> Sequence[Json]:
        """Pipelines of `kind` with their stages."""
        return self._results("pipelines", self._api("pipelines", "pipelines_api").get_all, kind)

    def owners(self) -> Sequence[Json]:
        """All owners, deactivated ones too."""
        ask = self._api("owners", "owners_api").get_page
        rows: list[Json] = []
        for archived in (False, True):
            after: str | None = None
            while True:
                more = {"after": after} if after is not None else {}
                data = self._call("owners", "GET", ask, limit=100, archived=archived, **more)
                rows.extend(data["results"])
                after = data.get("paging", {}).get("next", {}).get("after")
                if after is None:
                    break
        return rows

    def create_group(self, kind: str, group: Json) -> None:
        """Make a property group."""
        self._call("properties", "POST", self._api("properties", "groups_api").create, kind, group)

    def create_property(self, kind: str, definition: Json) -> None:
        """Make a property."""
        self._call("properties", "POST", self._api("properties", "core_api").create, kind, definition)

    def change_property(self, kind: str, name: str, change: Json) -> None:
        """Change a property's label, description, options or group."""
        self._call("properties", "PATCH", self._api("properties", "core_api").update, kind, name, change)

    def close(self) -> None:
        """Let go of connections."""
        for api in self._apis.values():
            api.api_client.rest_client.pool_manager.clear()
        self._apis = {}

    def _results(self, purpose: str, ask: Callable[..., Any], kind: str) -> Sequence[Json]:
        rows: list[Json] = self._call(purpose, "GET", ask, kind)["results"]
        return rows

    def _call(self, purpose: str, method: str, ask: Callable[..., Any], *values: Any, **named: Any) -> Any:
        call = Call(method, "", purpose, ("burst",), repeatable=method != "POST")
        if method == "GET":
            return answered(lambda: self._transport.guard(call, lambda: self._exchange(ask, values, named)))
        return self._transport.guard(call, lambda: self._exchange(ask, values, named)).data

    def _exchange(self, ask: Callable[..., Any], values: tuple[Any, ...], named: dict[str, Any]) -> Reply:
        try:
            answer = ask(*values, _preload_content=False, _request_timeout=self._wire.timeouts_s, **named)
            return Reply(answer.status, answer.headers, answer.data)
        except self._faults as error:
            refused: Any = error
            return Reply(refused.status, refused.headers, (refused.body or "").encode())
        except urllib3.exceptions.HTTPError as error:
            raise ConnectionFault(f"did not answer: {type(error).__name__}", sent=was_sent(error)) from None
        except (AttributeError, UnicodeDecodeError):
            # client 12.0.0 decodes the body of a failed TLS handshake, which has none, and any error page
            raise ConnectionFault("did not answer readably", sent=True) from None

    def _api(self, module: str, name: str) -> Any:
        if name not in self._apis:
            self._load_faults()
            self._apis[name] = getattr(getattr(self._client().crm, module), name)
        self._apis[name].api_client.configuration.access_token = self._token()
        return self._apis[name]

    def _load_faults(self) -> None:
        # each module of the client has an ApiException of its own, with no common base but Exception
        if not self._faults:
            modules = [importlib.import_module(f"hubspot.crm.{name}.exceptions") for name in _MODULES]
            self._faults = tuple(module.ApiException for module in modules)

    def _client(self) -> Any:
        wire = self._wire
        return HubSpot(
            access_token=self._token(),
            host=wire.base_url,
            retry=urllib3.Retry(0, redirect=0, raise_on_redirect=False),
            proxy=select_proxy(wire.base_url, wire.proxies),
            ssl_ca_cert=wire.verify if isinstance(wire.verify, str) else None,
        )
