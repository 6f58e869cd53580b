"""Who calls: OAuth clients, their tokens, and the one API token that is left. Section 1 of the reference."""

from dataclasses import dataclass, field
from hashlib import sha256

from detente_sandbox.clock import parse_instant
from detente_sandbox.zendesk.facts import (
    ACCESS_TTL_S,
    API_TOKENS_END,
    BROAD_SCOPES,
    LASTING_TOKENS_END,
    READ_ONLY_SCOPES,
    REFRESH_TTL_S,
    SCOPE_RESOURCES,
)
from detente_sandbox.zendesk.refusals import invalid_token, missing_scope, needs_role, oauth_error

CEILINGS = {
    "admin": frozenset({"read", "write"}),
    "sync": frozenset({"read", "tickets:write", "organizations:write"}),
    "readonly": frozenset({"read"}),
}
KNOWN_SCOPES = frozenset(
    (
        *BROAD_SCOPES,
        *READ_ONLY_SCOPES,
        *(f"{name}:{verb}" for name in SCOPE_RESOURCES for verb in ("read", "write")),
    )
)


@dataclass
class Client:
    """An OAuth client of the account; it acts as a user of its own [U which one]."""

    name: str
    user_id: int
    scopes: frozenset[str]
    role: str = "admin"
    ttl_s: int = ACCESS_TTL_S
    is_revoked: bool = False

    @property
    def identifier(self) -> str:
        return f"detente_{self.name}"

    @property
    def secret(self) -> str:
        return f"zd-sandbox-secret-{self.name}"

    @property
    def lasting_token(self) -> str:
        """A token from before expiry was demanded: it has none, and cannot be refreshed."""
        return f"zd-sandbox-token-{self.name}"


@dataclass(frozen=True)
class Actor:
    """A signed-in caller."""

    app: str
    user_id: int
    role: str
    scopes: frozenset[str]

    def need_scope(self, resource: str, *, to_write: bool = False) -> None:
        """Raises: ApiError 403 without the broad scope or the resource's own."""
        verb = "write" if to_write else "read"
        if not self.scopes & {verb, f"{resource}:{verb}"}:
            raise missing_scope(verb)

    def need_admin(self) -> None:
        """Raises: ApiError 403 for an agent."""
        if self.role != "admin":
            raise needs_role("admin")


@dataclass
class Grant:
    """A pair of tokens as given; `expires_ms` None never ends by itself."""

    number: int
    client: Client
    scopes: frozenset[str]
    access: str
    created_ms: int
    expires_ms: int | None
    refresh: str | None = None
    refresh_expires_ms: int = 0


@dataclass
class Tokens:
    """All credentials of the account; texts are invented and open nothing but this simulation."""

    clients: dict[str, Client]
    by_access: dict[str, Grant] = field(default_factory=dict)
    by_refresh: dict[str, Grant] = field(default_factory=dict)
    codes: dict[str, "Code"] = field(default_factory=dict)
    api_token: str = "zd-sandbox-api-token"  # noqa: S105 - invented
    are_api_tokens_on: bool = True
    issued: int = 0

    def load(self, start_ms: int) -> None:
        """Gives each client its lasting token."""
        for client in self.clients.values():
            self._keep(Grant(self._number(), client, client.scopes, client.lasting_token, start_ms, None))

    def issue(self, client: Client, scopes: frozenset[str], now_ms: int, ttl_s: int) -> Grant:
        """A new access token."""
        number = self._number()
        grant = Grant(number, client, scopes, _text("access", number), now_ms, now_ms + ttl_s * 1000)
        self._keep(grant)
        return grant

    def add_refresh(self, grant: Grant, ttl_s: int = REFRESH_TTL_S) -> None:
        """Gives a grant a refresh token that works once."""
        grant.refresh = _text("refresh", grant.number)
        grant.refresh_expires_ms = grant.created_ms + ttl_s * 1000
        self.by_refresh[grant.refresh] = grant

    def revoke(self, grant: Grant) -> None:
        """Ends both tokens of a grant at once."""
        self.by_access.pop(grant.access, None)
        if grant.refresh is not None:
            self.by_refresh.pop(grant.refresh, None)

    def grant_of(self, access: str, now_ms: int) -> Grant:
        """Raises: ApiError 401 for an access token that is unknown, expired or revoked."""
        grant = self.by_access.get(access)
        if grant is None or grant.client.is_revoked:
            raise invalid_token()
        end_ms = grant.expires_ms if grant.expires_ms is not None else parse_instant(LASTING_TOKENS_END)
        if now_ms >= end_ms:
            raise invalid_token()
        return grant

    def takes_api_token(self, now_ms: int) -> bool:
        """Whether basic authentication with an API token still works."""
        return self.are_api_tokens_on and now_ms < parse_instant(API_TOKENS_END)

    def client_of(self, identifier: str) -> Client | None:
        """A client by its identifier."""
        return next((row for row in self.clients.values() if row.identifier == identifier), None)

    def _keep(self, grant: Grant) -> None:
        self.by_access[grant.access] = grant

    def _number(self) -> int:
        self.issued += 1
        return self.issued


@dataclass(frozen=True)
class Code:
    """What a person's consent hands to a client, good for 120 seconds and one use."""

    client: Client
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str | None
    given_ms: int


def _text(purpose: str, number: int) -> str:
    return sha256(f"zendesk sandbox {purpose} {number}".encode()).hexdigest()


def _within(scopes: frozenset[str], ceiling: frozenset[str]) -> frozenset[str]:
    """Those that a ceiling allows; a broad scope holds those of its resources."""
    return frozenset(scope for scope in scopes if {scope, scope.partition(":")[2]} & ceiling)


def granted(ceiling: frozenset[str], asked: str | None) -> frozenset[str]:
    """The scopes a token gets: unknown names are silently left out [V][L].

    Raises: ApiError 400 for a known scope outside the client's ceiling [L].
    """
    if asked is None:
        return ceiling
    known = frozenset(asked.split()) & KNOWN_SCOPES
    outside = known - _within(known, ceiling)
    if outside:
        raise oauth_error(400, "invalid_scope", f"Not allowed: {' '.join(sorted(outside))}")
    return known


def actor_of(grant: Grant) -> Actor:
    """Scopes taken from the client later narrow its tokens, too."""
    client = grant.client
    scopes = _within(grant.scopes, client.scopes) | _within(client.scopes, grant.scopes)
    return Actor(client.name, client.user_id, client.role, scopes)
