"""Signing in: a token of an OAuth client for a while, or, until 2027-04-30, an API token."""

from __future__ import annotations

from collections.abc import Iterable

import requests
from detente_connector_kit import (
    Call,
    ExpiringToken,
    RefusedCallError,
    Reply,
    Transport,
    decode_refusal,
)
from detente_contracts import AccessError, Clock
from requests.auth import AuthBase, HTTPBasicAuth

from detente_zendesk.envelopes import said_in
from detente_zendesk.settings import ApiToken, OAuthClient

_HINT = "In Admin Center, Apps and integrations > APIs > OAuth clients: check client, secret and scopes"


class ClientToken(ExpiringToken):
    """Tokens by the grant `client_credentials`. `granted` are the scopes of the last one; None: not told.

    The secret is read anew for each token, so that it can be rotated.
    """

    def __init__(self, client: OAuthClient, scope: str, transport: Transport, clock: Clock) -> None:
        super().__init__(self._granted_token, clock)
        self._client = client
        self._scope = scope
        self._transport = transport
        self.granted: frozenset[str] | None = None

    def is_refused(self, reply: Reply) -> bool:
        """Only `invalid_token` says that another token would do."""
        return reply.status == 401 and said_in(decode_refusal(reply.body)).code == "invalid_token"

    def _granted_token(self) -> tuple[str, float | None]:
        form = (
            ("grant_type", "client_credentials"),
            ("client_id", self._client.id),
            ("client_secret", self._client.secret.secret()),
            ("scope", self._scope),
        )
        try:
            told = self._transport.send(Call("POST", "/oauth/tokens", "token", form=form)).data
        except RefusedCallError as refusal:
            said = said_in(refusal.body)
            raise AccessError(
                f"Zendesk gives no token: {said.for_people() or 'refused'}", hint=_HINT
            ) from None
        if not isinstance(told, dict) or not isinstance(told.get("access_token"), str):
            raise AccessError("Zendesk answered without a token", hint=_HINT)
        scope, lasts_s = told.get("scope"), told.get("expires_in")
        self.granted = frozenset(scope.split()) if isinstance(scope, str) else None
        return told["access_token"], float(lasts_s) if isinstance(lasts_s, int | float) else None


class ApiTokenAuth(AuthBase):
    """Basic sign-in with an API token, read anew each time so that it can be rotated."""

    def __init__(self, given: ApiToken) -> None:
        self._given = given

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        basic = HTTPBasicAuth(f"{self._given.email}/token", self._given.token.secret())
        signed: requests.PreparedRequest = basic(request)
        return signed


def lacking_scopes(granted: Iterable[str], needed: Iterable[str]) -> list[str]:
    """Scopes of `needed` that `granted` does not cover; `read` and `write` cover those of every resource."""
    have = frozenset(granted)
    return [scope for scope in needed if scope not in have and scope.rpartition(":")[2] not in have]
