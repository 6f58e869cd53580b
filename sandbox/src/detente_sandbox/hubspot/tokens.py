"""Bearer tokens and their scopes. Section 2 of the reference [S]."""

from dataclasses import dataclass

from detente_sandbox.hubspot.facts import missing_scopes
from detente_sandbox.hubspot.kinds import KINDS

READ = tuple(f"crm.objects.{kind}.read" for kind in ("companies", "contacts", "deals", "owners"))
SCHEMAS = tuple(f"crm.schemas.{kind}.read" for kind in ("companies", "contacts", "deals"))
WRITE = tuple(f"crm.objects.{kind}.write" for kind in ("companies", "contacts", "deals"))
DEFINE = tuple(f"crm.schemas.{kind}.write" for kind in ("companies", "contacts", "deals"))
# There is no scope that reads tickets and does not write them.
TICKETS = ("tickets",)
GRANTED = {
    "admin": frozenset(READ + SCHEMAS + WRITE + DEFINE + TICKETS),
    "sync": frozenset(READ + SCHEMAS + WRITE + TICKETS),
    "readonly": frozenset(READ + SCHEMAS + TICKETS),
}


@dataclass
class Token:
    """One app of the account with its bearer token."""

    name: str
    secret: str
    scopes: frozenset[str]
    is_revoked: bool = False

    def need(self, any_of: tuple[str, ...]) -> None:
        """Raises: ApiError 403 when none of the scopes is granted; an empty tuple needs none."""
        if any_of and not self.scopes.intersection(any_of):
            raise missing_scopes(any_of)

    def need_read(self, kind: str) -> None:
        """Raises: ApiError 403 without the right to read records of a type."""
        self.need(KINDS[kind].read_scopes)

    def need_write(self, kind: str) -> None:
        """Raises: ApiError 403 without the right to write records of a type."""
        self.need(KINDS[kind].write_scopes)


def tokens_at_start() -> dict[str, Token]:
    """The portal's apps by bearer token; the texts are invented and open nothing but this simulation."""
    rows = (Token(name, f"pat-sandbox-{name}-00000000", scopes) for name, scopes in GRANTED.items())
    return {row.secret: row for row in rows}
