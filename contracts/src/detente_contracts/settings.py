"""Settings: one typed model; unknown keys are refused with the nearest known one."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

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


class ServeSettings(ContractModel):
    """`detente serve`: when runs and sweeps happen, and where the pages are read.

    Give `run_at` or `run_every_minutes`, not both; with neither, runs happen once an hour. `zone` is that of
    `run_at` and of every time on the pages.
    """

    run_at: str | None = Field(
        default=None, max_length=120, title="When runs happen, as cron text of five fields: `0 6 * * mon-fri`"
    )
    run_every_minutes: int | None = Field(default=None, ge=1, le=10_080, title="Minutes between two runs")
    sweep_every_minutes: int = Field(
        default=5, ge=1, le=1_440, title="Minutes between two looks for cases whose time ran out"
    )
    zone: str = Field(default="UTC", title="Time zone by its IANA name, such as `Europe/Berlin`")
    host: str = Field(default="127.0.0.1", title="Address that is listened on: this machine's own only")
    port: int = Field(default=8710, ge=0, le=65_535, title="Port that is listened on; 0: any free one")

    @model_validator(mode="after")
    def _one_way_to_say_when(self) -> Self:
        if self.run_at is not None and self.run_every_minutes is not None:
            raise ValueError("give run_at or run_every_minutes, not both")
        return self

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"unknown time zone {zone!r}; write for example Europe/Berlin") from None
        return zone

    @field_validator("host")
    @classmethod
    def _host_is_loopback(cls, host: str) -> str:
        try:
            loopback = host == "localhost" or ip_address(host).is_loopback
        except ValueError:
            loopback = False
        if not loopback:
            raise ValueError(
                f"{host!r} is not this machine's own address: until sign-in exists, pages are served on "
                "127.0.0.1 only"
            )
        return host


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
    serve: ServeSettings = ServeSettings()
    language: str = Field(default="en", pattern="^en$", title="Language of reasons")
