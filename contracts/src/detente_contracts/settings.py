"""Settings: one typed model; unknown keys are refused with the nearest known one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from detente_contracts.models import ContractModel


class ConnectorEntry(ContractModel):
    """One connector instance: the type by name, and that type's own settings under `with`."""

    type: str = Field(title="Name of a connector type, such as `hubspot`")
    with_settings: Mapping[str, object] = Field(default_factory=dict, alias="with")
    writes: bool = Field(default=True, title="Whether runs may write to it")


class PluginSettings(ContractModel):
    """Which plugins run, and where. A dropped file always runs in the plugin host."""

    folder: Path = Path("plugins")
    in_process: tuple[str, ...] = Field(
        default=(), title="Distributions that may run in Detente's own process"
    )
    disabled: tuple[str, ...] = ()
    timeout_s: float = Field(default=60.0, gt=0, le=3600, title="Seconds that one hook call may take")


class Settings(ContractModel):
    """`detente.yaml`. Paths are relative to the folder that holds it."""

    organisation: str = Field(max_length=80)
    connectors: Mapping[str, ConnectorEntry]
    rubric: str = Field(title="Name of the rubric that scores")
    state: Path = Field(default=Path("state"), title="Folder of the database and its keys")
    database: str | None = Field(default=None, title="PostgreSQL URL; without it SQLite in the state folder")
    policy: Path = Field(default=Path("policy"), title="The organisation's own policy folder")
    plugins: PluginSettings = PluginSettings()
    public_url: str | None = Field(
        default=None, title="Where receipts are reachable for reps; unset: no link"
    )
    clock: str | None = Field(
        default=None, title="URL of a sandbox whose clock is followed, for tests and demo"
    )
    language: str = Field(default="en", pattern="^en$", title="Language of reasons")
