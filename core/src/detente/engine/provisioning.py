"""Create our fields in a CRM, under an admin's credential."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from detente_contracts import ConfigurationError, ProvisionStep, unknown_name

from detente.engine.opening import open_engine


def provision(home: Path, name: str, *, apply: bool) -> Sequence[ProvisionStep]:
    """What provisioning the connector `name` makes, or with `apply` has made.

    Raises: ConfigurationError for an unknown name or a clash, AccessError for a weak credential.
    """
    with open_engine(home) as engine:
        connector = engine.connectors.get(name)
        if connector is None:
            raise ConfigurationError(
                unknown_name("connector", name, engine.connectors), hint="See detente.yaml"
            )
        if not connector.can_provision:
            return ()
        return connector.provision(apply=apply)
