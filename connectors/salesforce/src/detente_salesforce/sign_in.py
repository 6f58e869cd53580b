"""Signing in to an org: a token by client credentials or by a signed assertion, asked for by ourselves.

simple-salesforce could do this, but only without timeouts, retries or single flight, and it loses a call's
own headers when it signs in again (1.12.10). The session is never logged out: others of this user and app
share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import jwt
from detente_connector_kit import Call, Pairs, RefusedCallError, Transport, checked_base_url
from detente_contracts import AccessError, ConfigurationError, UnavailableError

from detente_salesforce.settings import SalesforceSettings

_ASSERTION_S = 170
"""How long an assertion holds. Source: Salesforce help, OAuth 2.0 JWT bearer flow: at most 3 minutes."""

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Grant:
    """A token, where the org answers to it, and the id of the user that it stands for ("" when untold)."""

    token: str
    instance_url: str
    user: str


class SignIn:
    """Gets tokens of one org. How long one holds is not told; its end is met as a refusal."""

    def __init__(self, settings: SalesforceSettings, transport: Transport) -> None:
        self._settings = settings
        self._transport = transport
        self.last: Grant | None = None

    def fetch(self) -> str:
        """A new token; `last` tells the rest of the grant.

        Raises: AccessError when Salesforce refuses, and what the transport raises.
        """
        call = Call("POST", "/services/oauth2/token", "token", form=self._form())
        try:
            answer = self._transport.send(call).data
        except RefusedCallError as refusal:
            raise AccessError(refusal.message, hint=refusal.hint) from None
        if not isinstance(answer, dict) or not answer.get("access_token"):
            raise UnavailableError("Salesforce answered a sign-in without a token", hint="Try again later")
        self.last = _grant(answer, self._settings.my_domain)
        return self.last.token

    def _form(self) -> Pairs:
        if self._settings.client_secret is not None:
            return (
                ("grant_type", "client_credentials"),
                ("client_id", self._settings.client_id),
                ("client_secret", self._settings.client_secret.secret()),
            )
        return ("grant_type", _JWT_BEARER), ("assertion", self._assertion())

    def _assertion(self) -> str:
        settings = self._settings
        key = settings.private_key.key() if settings.private_key is not None else ""
        expires = int(self._transport.vendor_now().timestamp()) + _ASSERTION_S
        claims = {
            "iss": settings.client_id,
            "sub": settings.username,
            "aud": settings.my_domain,
            "exp": expires,
        }
        try:
            return jwt.encode(claims, key, "RS256")
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            raise ConfigurationError(
                f"{settings.private_key} holds no key that can sign: {type(error).__name__}",
                hint="Put an unencrypted RSA private key in PEM form there",
            ) from None


def _grant(answer: dict[str, object], my_domain: str) -> Grant:
    url = str(answer.get("instance_url") or my_domain)
    # some installations answer with the scheme doubled, or with the host of the pages instead of the API's
    host = urlsplit(url).hostname or ""
    if host.endswith(".lightning.force.com") or "://" in url.split("://", 1)[-1]:
        url = my_domain
    user = str(answer.get("id") or "").rpartition("/")[2]
    return Grant(str(answer["access_token"]), checked_base_url(url), user)
