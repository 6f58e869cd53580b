"""Build the connectors that the settings name, and look whether a run may begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from detente_contracts import (
    AccessError,
    Clock,
    ConfigurationError,
    Connector,
    ConnectorContext,
    ConnectorEntry,
    ConnectorType,
    DetenteError,
    FieldSpec,
    RetryableError,
    Settings,
    unknown_name,
)

from detente.store.budget import StoredBudget
from detente.store.database import Store


@dataclass(frozen=True, slots=True)
class Lineup:
    """Connectors by instance name, in the settings' order; those out of action with the reason."""

    connectors: Mapping[str, Connector]
    down: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Building:
    """What connectors are built from, besides their own entries of the settings."""

    types: Mapping[str, ConnectorType]
    home: Path
    store: Store
    clock: Clock
    fields: Sequence[FieldSpec]

    def build(self, name: str, entry: ConnectorEntry) -> Connector:
        """The connector `name`.

        Raises: ConfigurationError when its type is unknown or its settings or credential cannot be used.
        """
        where = f"detente.yaml, connectors.{name}"
        kind = self.types.get(entry.type)
        if kind is None:
            raise ConfigurationError(
                f"{where}: {unknown_name('connector type', entry.type, self.types)}",
                hint="Install the connector, or correct the type",
            )
        model = kind.settings.read(dict(entry.with_settings), where=f"{where}.with")
        budget = StoredBudget(self.store, name, self.clock)
        return kind.build(
            model, ConnectorContext(name, self.clock, budget, tuple(self.fields), str(self.home))
        )


def build_connectors(settings: Settings, building: Building) -> dict[str, Connector]:
    """One connector an entry of the settings, in their order.

    Raises: ConfigurationError for the first that cannot be built.
    """
    return {name: building.build(name, entry) for name, entry in settings.connectors.items()}


def ready_to_run(
    connectors: Mapping[str, Connector], settings: Settings, read_before: frozenset[str]
) -> Lineup:
    """Refuse what an admin must change before any effect; name what is merely out of action.

    A credential that never worked is a fault in the settings, so its rights are looked at before the first
    read; one that worked before takes only its own connector out of the run.

    Raises: ConfigurationError, AccessError.
    """
    lineup = Lineup(connectors)
    for name, connector in connectors.items():
        try:
            writes = settings.connectors[name].writes
            if name not in read_before:
                connector.require_rights(writing=writes)
            missing = connector.missing_fields() if writes else ()
        except AccessError as error:
            if name not in read_before or len(connectors) == 1:
                raise
            lineup.down[name] = error.message
        except RetryableError as error:
            lineup.down[name] = error.message
        except DetenteError:
            raise
        except Exception as error:  # noqa: BLE001 - a connector is a plugin: its faults stop no other
            lineup.down[name] = f"the connector failed ({type(error).__name__})"
        else:
            _refuse_missing(name, missing)
    return lineup


def _refuse_missing(name: str, missing: Sequence[str]) -> None:
    if missing:
        shown = ", ".join(missing[:4]) + (f" and {len(missing) - 4} more" if len(missing) > 4 else "")
        raise ConfigurationError(
            f"{name} lacks fields that Detente writes: {shown}",
            hint=f"Run `detente provision {name} --apply` with an admin's credential; if that was done, "
            "`detente doctor` says what is left to do by hand",
        )
