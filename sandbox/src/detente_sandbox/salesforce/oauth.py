"""The token endpoint. Section 1.2 of the reference."""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qs

import jwt
import orjson

from detente_sandbox.salesforce.apps import App
from detente_sandbox.salesforce.call import Answer
from detente_sandbox.salesforce.facts import LOGIN_HOST, MY_DOMAIN, ApiError, oauth_error
from detente_sandbox.salesforce.org import ORG_ID, Org

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Section 1.2: now and at most about three minutes; a bit more is taken for clocks that differ [U].
ASSERTION_MOST_S = 300
_CLIENT_FIELDS = ("client_id", "client_secret")


def token(org: Org, raw: bytes, headers: dict[str, str], base_url: str, now_ms: int) -> Answer:
    """An access token for one of three grants; no answer says how long it lives. Raises: ApiError."""
    form = {name: values[-1] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}
    match form.get("grant_type"):
        case "client_credentials":
            app = _client(org, form, headers)
            extra = {"api_instance_url": base_url, **_identity(app, base_url, now_ms)}
        case "refresh_token":
            app = _refreshing(org, form, headers)
            extra = _identity(app, base_url, now_ms)
        case grant if grant == JWT_GRANT:
            app = _asserted(org, form.get("assertion", ""), base_url, now_ms)
            extra = {}
        case _:
            raise oauth_error("unsupported_grant_type", "grant type not supported")
    body = {
        "access_token": org.sessions.open(app, now_ms),
        "scope": "api refresh_token",
        "instance_url": base_url,
        "id": f"{base_url}/id/{ORG_ID}/{app.user_id}",
        "token_type": "Bearer",
        **extra,
    }
    return Answer(body)


def revoke(org: Org, raw: bytes, query: dict[str, list[str]]) -> Answer:
    """Ends a session. The description of a token that is none is [T]; its use here [U]."""
    form = parse_qs(raw.decode("utf-8", "replace"))
    given = (form.get("token") or query.get("token") or [""])[-1]
    if not org.sessions.forget(given):
        raise oauth_error("unsupported_token_type", "this token type is not supported")
    return Answer()


def _identity(app: App, base_url: str, now_ms: int) -> dict[str, str]:
    signature = base64.b64encode(f"{base_url}{app.user_id}{now_ms}".encode()).decode()
    return {"issued_at": str(now_ms), "signature": signature}


def _client(org: Org, form: dict[str, str], headers: dict[str, str]) -> App:
    """The app of a consumer key and secret, sent as Basic or in the form."""
    key, secret = _basic(headers.get("authorization", "")) or tuple(
        form.get(name, "") for name in _CLIENT_FIELDS
    )
    app = _app(org, key)
    if app.secret != secret:
        raise oauth_error("invalid_client", "invalid client credentials")
    return app


def _basic(header: str) -> tuple[str, str] | None:
    kind, _, text = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        key, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise oauth_error("invalid_client", "invalid client credentials") from None
    return key, secret


def _refreshing(org: Org, form: dict[str, str], headers: dict[str, str]) -> App:
    key, secret = _basic(headers.get("authorization", "")) or tuple(
        form.get(name, "") for name in _CLIENT_FIELDS
    )
    app = _app(org, key)
    if secret and secret != app.secret:
        raise oauth_error("invalid_client", "invalid client credentials")
    if form.get("refresh_token") != app.refresh_token:
        raise oauth_error("invalid_grant", "expired access/refresh token")
    return app


def _app(org: Org, key: str) -> App:
    """An app that may sign in. Raises: ApiError; a revoked one is one that the admin blocked."""
    app = next((row for row in org.apps.values() if row.key == key), None)
    if app is None:
        raise oauth_error("invalid_client_id", "client identifier invalid")
    if app.is_revoked or not app.is_approved:
        raise not_approved()
    return app


def not_approved() -> ApiError:
    """The app was not allowed for this user: permanent. Section 1.2 [T]."""
    return oauth_error("invalid_grant", "user hasn't approved this consumer")


def _asserted(org: Org, assertion: str, base_url: str, now_ms: int) -> App:
    """The app that signed an assertion, for the user that it runs as."""
    try:
        issuer = jwt.decode(assertion, options={"verify_signature": False}).get("iss")
    except jwt.InvalidTokenError:
        raise oauth_error("invalid_grant", "invalid assertion") from None
    app = next((row for row in org.apps.values() if row.key == issuer), None)
    if app is None:
        raise oauth_error("invalid_client_id", "client identifier invalid")
    claims = _verified(assertion, app)
    if claims.get("aud") not in (base_url, MY_DOMAIN, LOGIN_HOST):
        raise oauth_error("invalid_grant", "audience is invalid")
    if not _is_timely(claims.get("exp"), now_ms // 1000):
        raise oauth_error("invalid_grant", "expired authorization code")
    if claims.get("sub") != app.username or app.is_revoked or not app.is_approved:
        raise not_approved()
    return app


def _verified(assertion: str, app: App) -> dict[str, Any]:
    """The claims of an assertion; they are checked by hand, for `exp` may be text."""
    options: Any = {"verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False}
    try:
        signed = jwt.api_jws.decode(assertion, app.public_key, algorithms=["RS256"], options=options)
        claims = orjson.loads(signed)
    except (jwt.InvalidTokenError, orjson.JSONDecodeError):
        raise oauth_error("invalid_grant", "invalid assertion") from None
    return claims if isinstance(claims, dict) else {}


def _is_timely(expires: object, now_s: int) -> bool:
    """Whether an `exp`, a number or its text [M], lies in the near future."""
    try:
        end = float(str(expires))
    except ValueError:
        return False
    return now_s < end <= now_s + ASSERTION_MOST_S
