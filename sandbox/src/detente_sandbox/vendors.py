"""The vendors that a sandbox can simulate, by name."""

from collections.abc import Mapping

from detente_sandbox.hubspot.vendor import HubSpot
from detente_sandbox.salesforce.vendor import Salesforce
from detente_sandbox.vendor import Vendor
from detente_sandbox.zendesk.vendor import Zendesk

VENDORS: Mapping[str, type[Vendor]] = {kind.name: kind for kind in (HubSpot, Salesforce, Zendesk)}
