"""`/oauth/tokens` and what a token tells of itself. Section 1 of the reference."""

from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from urllib.parse import parse_qs

import orjson

from detente_sandbox.zendesk.call import Answer, Call, whole_number
from detente_sandbox.zendesk.desk import FIRST_APP, Desk
from detente_sandbox.zendesk.facts import (
    ACCESS_TTL_MAX_S,
    ACCESS_TTL_MIN_S,
    CODE_TTL_S,
    REFRESH_TTL_MAX_S,
    REFRESH_TTL_MIN_S,
    REFRESH_TTL_S,
    JsonObject,
    UnknownBehaviourError,
)
from detente_sandbox.zendesk.records import second_text
from detente_sandbox.zendesk.refusals import bad_credentials, not_found, oauth_error
from detente_sandbox.zendesk.tokens import Actor, Client, Grant, actor_of, granted

API_TOKEN_EMAIL = "app-admin@firm.example"  # noqa: S105 - an address, not a secret


def issue(desk: Desk, raw: bytes, content_type: str, now_ms: int) -> JsonObject:
    """Answers `POST /oauth/tokens`. Raises: ApiError with the envelope of OAuth."""
    form = _form(raw, content_type)
    kind = form.get("grant_type")
    if kind == "client_credentials":
        client = _client(desk, form, needs_secret=True)
        # Whether a refresh token comes along is not confirmed; a careful client asks again instead.
        grant = desk.tokens.issue(
            client, granted(client.scopes, form.get("scope")), now_ms, _ttl(form, client)
        )
        return _shown(grant, now_ms)
    if kind == "refresh_token":
        return _refreshed(desk, form, now_ms)
    if kind == "authorization_code":
        return _exchanged(desk, form, now_ms)
    raise oauth_error(400, "unsupported_grant_type", f"No such grant: {kind}")


def _form(raw: bytes, content_type: str) -> dict[str, str]:
    """JSON or a form [C]."""
    if "json" not in content_type:
        return {name: values[-1] for name, values in parse_qs(raw.decode()).items()}
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        raise oauth_error(400, "invalid_request", "The body must be a JSON object or a form")
    return {name: str(value) for name, value in parsed.items() if value is not None}


def _client(desk: Desk, form: dict[str, str], *, needs_secret: bool) -> Client:
    client = desk.tokens.client_of(form.get("client_id", ""))
    secret = form.get("client_secret")
    if client is None or client.is_revoked or (secret is None and needs_secret):
        raise oauth_error(401, "invalid_client", "Client authentication failed")
    if secret is not None and not compare_digest(secret, client.secret):
        raise oauth_error(401, "invalid_client", "Client authentication failed")
    return client


def _refreshed(desk: Desk, form: dict[str, str], now_ms: int) -> JsonObject:
    """The old pair ends at once and the new one is given; an old refresh token is refused [V][L]."""
    client = _client(desk, form, needs_secret=False)
    known = desk.tokens.by_refresh.get(form.get("refresh_token", ""))
    if known is None or known.client is not client or now_ms >= known.refresh_expires_ms:
        raise oauth_error(400, "invalid_grant", "The refresh token is invalid, expired or was used before")
    if "scope" in form:
        raise UnknownBehaviourError("scope on a refresh")
    grant = desk.tokens.issue(client, known.scopes, now_ms, _ttl(form, client))
    desk.tokens.add_refresh(grant, _refresh_ttl(form))
    desk.tokens.revoke(known)
    return _shown(grant, now_ms)


def _exchanged(desk: Desk, form: dict[str, str], now_ms: int) -> JsonObject:
    code = desk.tokens.codes.pop(form.get("code", ""), None)
    client = _client(desk, form, needs_secret=code is None or code.challenge is None)
    if code is None or code.client is not client or now_ms > code.given_ms + CODE_TTL_S * 1000:
        raise oauth_error(400, "invalid_grant", "The code is invalid, expired or was used before")
    if code.redirect_uri != form.get("redirect_uri", ""):
        raise oauth_error(400, "invalid_grant", "The redirect address is another one")
    if code.challenge is not None and code.challenge != _challenge(form.get("code_verifier", "")):
        raise oauth_error(400, "invalid_grant", "The code verifier does not fit")
    grant = desk.tokens.issue(client, code.scopes, now_ms, _ttl(form, client))
    desk.tokens.add_refresh(grant, _refresh_ttl(form))
    return _shown(grant, now_ms)


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def _ttl(form: dict[str, str], client: Client) -> int:
    return _within(form, "expires_in", ACCESS_TTL_MIN_S, ACCESS_TTL_MAX_S) or client.ttl_s


def _refresh_ttl(form: dict[str, str]) -> int:
    name = "refresh_token_expires_in"
    return _within(form, name, REFRESH_TTL_MIN_S, REFRESH_TTL_MAX_S) or REFRESH_TTL_S


def _within(form: dict[str, str], name: str, low: int, high: int) -> int | None:
    """Seconds asked for. Raises: ApiError 400 outside the bounds; status and code [U]."""
    if name not in form:
        return None
    seconds = whole_number(form[name])
    if seconds is None or not low <= seconds <= high:
        raise oauth_error(400, "invalid_request", f"{name} must lie between {low} and {high} seconds")
    return seconds


def _shown(grant: Grant, now_ms: int) -> JsonObject:
    body: JsonObject = {
        "access_token": grant.access,
        "token_type": "bearer",
        "scope": " ".join(sorted(grant.scopes)),
        "expires_in": ((grant.expires_ms or now_ms) - now_ms) // 1000,
    }
    if grant.refresh is not None:
        days = (grant.refresh_expires_ms - now_ms) // 1000
        body.update(refresh_token=grant.refresh, refresh_token_expires_in=days)
    return body


def sign_in(desk: Desk, authorization: str, now_ms: int) -> Actor:
    """Who calls. Raises: ApiError 401."""
    scheme, _, credential = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return actor_of(desk.tokens.grant_of(credential.strip(), now_ms))
    if scheme.lower() == "basic" and desk.tokens.takes_api_token(now_ms):
        user, _, token = _basic(credential).partition(":")
        if user == f"{API_TOKEN_EMAIL}/token" and compare_digest(token, desk.tokens.api_token):
            return Actor("api_token", FIRST_APP, "admin", frozenset({"read", "write"}))
    raise bad_credentials()


def _basic(credential: str) -> str:
    try:
        return b64decode(credential, validate=True).decode()
    except ValueError:
        return ""


def current_token(call: Call) -> Answer:
    """What the caller's own token may do, and until when [C]."""
    grant = _own(call)
    body = {
        "id": grant.number,
        "user_id": grant.client.user_id,
        "client_id": grant.client.user_id - FIRST_APP + 1,
        "scopes": sorted(call.actor.scopes),
        "created_at": second_text(grant.created_ms),
        "expires_at": None if grant.expires_ms is None else second_text(grant.expires_ms),
    }
    return Answer({"token": body})


def revoke_current(call: Call) -> Answer:
    """Ends the caller's own token [C]; the status is [U]."""
    call.desk.tokens.revoke(_own(call))
    return Answer(status=204)


def _own(call: Call) -> Grant:
    """The grant of the caller's bearer. Raises: ApiError 404 for an API token [U]."""
    bearer = call.request.headers.get("authorization", "").partition(" ")[2].strip()
    grant = call.desk.tokens.by_access.get(bearer)
    if grant is None:
        raise not_found()
    return grant
