"""Which customer a person means, and what to type instead when nobody can tell."""

from __future__ import annotations

from detente_contracts import ConfigurationError
from sqlalchemy import Connection

from detente.store import customers

_OFFERED = 5


def customer_named(connection: Connection, text: str) -> str:
    """The customer that `text` names: by its id, by `connector/object/id` of an account, or by its name.

    Raises: ConfigurationError when none or several have that name; its hint offers the nearest.
    """
    found = customers.resolve_customer(connection, text)
    if found is not None:
        return found
    offered = customers.called_like(connection, text, _OFFERED)
    same = [customer for name, customer in offered if name == text]
    if same:
        raise ConfigurationError(
            f"{len(same)} customers are called {text!r}", hint=f"Give the id of one: {', '.join(same)}"
        )
    if offered:
        names = ", ".join(repr(name) for name in dict.fromkeys(name for name, _ in offered))
        raise ConfigurationError(f"no customer {text!r}", hint=f"There is {names}")
    raise ConfigurationError(f"no customer {text!r}", hint="Give an id, connector/object/id, or a name")
