"""Apps that may sign in, the users they run as, and the sessions they hold. Section 1 of the reference."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from detente_sandbox.salesforce.facts import SESSION_S


@dataclass
class App:
    """One external client app of the org. All secrets are invented and open nothing but this simulation.

    `hidden` names fields as `Account.AnnualRevenue` that its user is not to see whatever is granted.
    """

    name: str
    user_id: str
    username: str
    profile: str
    can_write: bool
    can_define: bool
    public_key: RSAPublicKey
    session_s: int = SESSION_S
    is_revoked: bool = False
    is_approved: bool = True
    hidden: set[str] = field(default_factory=set)

    @property
    def key(self) -> str:
        return f"3MVG9.sandbox.{self.name}"

    @property
    def secret(self) -> str:
        return f"sandbox-secret-{self.name}"

    @property
    def refresh_token(self) -> str:
        return f"5Aep.sandbox.refresh.{self.name}"


@dataclass(frozen=True)
class Session:
    """An access token that was given out."""

    app: str
    expires_ms: int


class Sessions:
    """Tokens that are in use; each lives for the app's lifetime from its making, used or not [U: sliding]."""

    def __init__(self, org_id: str) -> None:
        self._org_id, self._count = org_id, 0
        self._known: dict[str, Session] = {}

    def open(self, app: App, now_ms: int) -> str:
        """A new token for an app."""
        self._count += 1
        token = f"{self._org_id[:15]}!AQ4AQ.sandbox.{app.name}.{self._count:08d}"
        self._known[token] = Session(app.name, now_ms + app.session_s * 1000)
        return token

    def app_of(self, token: str, now_ms: int) -> str | None:
        """The app that holds a token, or None when it is unknown or over."""
        session = self._known.get(token)
        return session.app if session is not None and now_ms < session.expires_ms else None

    def close(self, app: str) -> None:
        """Ends all sessions of an app."""
        self._known = {token: row for token, row in self._known.items() if row.app != app}

    def forget(self, token: str) -> bool:
        """Ends one session; false when there was none."""
        return self._known.pop(token, None) is not None


def make_key() -> RSAPrivateKey:
    """A key pair for signing in by JWT."""
    return generate_private_key(public_exponent=65_537, key_size=2_048)


def key_text(key: RSAPrivateKey) -> str:
    """The private half as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
