"""Settings of a Salesforce org: sign-in, address, version, limits, and which field is which record field."""

from __future__ import annotations

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from detente_connector_kit import PriorityWords, SecretSource, checked_base_url
from detente_contracts import ConfigurationError, ContractModel
from pydantic import Field, field_validator, model_validator

from detente_salesforce.field_mapping import FieldMapping

_EXAMPLE = "https://acme.my.salesforce.com"

_SHARED_HOSTS = frozenset({"login.salesforce.com", "test.salesforce.com"})


class SalesforceSettings(ContractModel):
    """One Salesforce org. Sign-in is by `client_secret`, or by `username` and `private_key`."""

    my_domain: str = Field(title="The org's My Domain, such as https://acme.my.salesforce.com")
    client_id: str = Field(min_length=1, title="Consumer key of the External Client App")
    client_secret: SecretSource | None = Field(
        default=None, title="Consumer secret, for the client credentials flow"
    )
    username: str | None = Field(default=None, title="User that Detente acts as, for the JWT bearer flow")
    private_key: SecretSource | None = Field(
        default=None, title="Private key whose certificate the app knows, for the JWT bearer flow"
    )
    ca_file: Path | None = Field(default=None, title="Certificates to trust instead of the usual ones")
    api_version: str = Field(default="62.0", pattern=r"^\d{2,3}\.0$", title="API version")
    currency: str | None = Field(
        default=None, pattern=r"^[A-Z]{3}$", title="Currency of the org, where records name none"
    )
    priorities: PriorityWords = Field(
        default_factory=lambda: {
            "Low": "low",
            "Medium": "normal",
            "High": "high",
            "Critical": "urgent",
            "Urgent": "urgent",
        },
        title="Case priority to low, normal, high or urgent",
    )
    first_reply_milestone: str = Field(
        default="response",
        min_length=1,
        title="Word in the names of first-reply milestones; all others are the resolution's",
    )
    mapping: FieldMapping = FieldMapping()
    bulk_from: int = Field(default=10_000, ge=0, title="Rows from which a first read goes by Bulk API 2.0")
    bulk_deadline_s: int = Field(default=3_600, ge=60, le=86_400, title="Seconds that a bulk job may take")
    overlap_s: int = Field(default=600, ge=0, le=86_400, title="Seconds that a read goes back over the last")
    settle_s: int = Field(default=30, ge=0, le=3_600, title="Seconds before now at which a read stops")
    reread_h: int = Field(
        default=24, ge=0, title="Hours after which all is read anew where formulas are mapped; 0: never"
    )
    read_until: float = Field(
        default=0.8, gt=0, le=1, title="Share of the org's daily calls, by anybody, at which reading pauses"
    )
    write_until: float = Field(default=0.95, gt=0, le=1, title="The same share for everything else")
    connect_timeout_s: float = Field(default=5.0, gt=0, le=60, title="Seconds to wait for a connection")
    read_timeout_s: float = Field(default=150.0, gt=0, le=600, title="Seconds to wait for data")

    @field_validator("my_domain")
    @classmethod
    def _is_my_domain(cls, url: str) -> str:
        host = urlsplit(url).hostname or ""
        if host in _SHARED_HOSTS or host.endswith(".lightning.force.com"):
            raise ValueError(f"give the org's own My Domain, such as {_EXAMPLE}")
        try:
            return checked_base_url(url)
        except ConfigurationError:
            raise ValueError(f"give scheme and host alone, such as {_EXAMPLE}") from None

    @model_validator(mode="after")
    def _signs_in_one_way(self) -> Self:
        by_key = (self.username is not None, self.private_key is not None)
        if any(by_key) != all(by_key) or (self.client_secret is None) != all(by_key):
            raise ValueError("give `client_secret`, or both `username` and `private_key`")
        return self
