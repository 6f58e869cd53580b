"""Policy is data: YAML files in a folder, shipped by a plugin or kept beside the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import Field

from detente_contracts.cases import Playbook
from detente_contracts.conflicts import Trigger
from detente_contracts.models import ContractModel
from detente_contracts.rubric import Rubric
from detente_contracts.signals import Signal


class Role(ContractModel):
    """A role in the organisation and who holds it; the first holder is asked first."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    title: str = Field(max_length=80)
    department: str = Field(max_length=40)
    holders: tuple[str, ...] = Field(min_length=1, title="Names of people, as they are to be shown")


class Calendar(ContractModel):
    """Working time: intervals such as `09:00-12:30` by weekday (`mon` to `sun`), zone, and days off.

    A calendar without working time is refused. `country` adds its public holidays.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    zone: str
    week: Mapping[str, tuple[str, ...]]
    country: str | None = Field(default=None, title="ISO 3166 code, for public holidays")
    days_off: tuple[date, ...] = ()


class Rates(ContractModel):
    """What one unit of a currency is worth in the reporting currency from a day on."""

    since: date
    rates: Mapping[str, float]


class PolicyFile(ContractModel):
    """What one YAML file of a policy folder may hold; every part is optional.

    Names must be unique over all folders; a file of the organisation's own folder replaces a plugin's entry.
    """

    rubrics: tuple[Rubric, ...] = ()
    signals: tuple[Signal, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    playbooks: tuple[Playbook, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    roles: tuple[Role, ...] = ()
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$", title="Reporting currency")
    exchange: tuple[Rates, ...] = ()
    stale_after_hours: float | None = Field(default=None, gt=0, title="When a signal counts as stale")
    lease_days: int | None = Field(default=None, ge=1, le=365, title="How long a human edit stands")
    default_playbook: str | None = None
    link_automatic_from: float | None = Field(
        default=None, ge=0.98, le=1, title="Confidence from which two accounts are joined without a person"
    )
    link_suggest_from: float | None = Field(
        default=None, ge=0, le=1, title="Confidence from which people are asked whether two accounts are one"
    )


class PolicyFolder(ContractModel):
    """A folder of YAML policy files that a plugin ships."""

    path: Path
