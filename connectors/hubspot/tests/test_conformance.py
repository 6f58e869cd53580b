"""HubSpot keeps what every connector and every plugin promises, on each API version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import detente_hubspot
import pytest
from detente_contracts import Connector
from detente_contracts.testing import ConnectorConformance, CrmSide, PluginConformance


class TestPlugin(PluginConformance):
    plugin: ClassVar[object] = detente_hubspot


class TestDatedVersion(ConnectorConformance):
    """The version that the settings have by default."""

    instance = "hub"
    version = "2026-03"

    @pytest.fixture
    def connector(self, connect: Any) -> Connector:
        made: Connector = connect(api_version=self.version)
        return made

    @pytest.fixture
    def reopen(self, connect: Any) -> Callable[[], Connector]:
        return lambda: connect(api_version=self.version)

    @pytest.fixture
    def stranger(self, connect: Any) -> Connector:
        made: Connector = connect("stranger", api_version=self.version)
        return made

    @pytest.fixture
    def crm(self, portal: Any) -> CrmSide:
        side: CrmSide = portal.side()
        return side


class TestNumberedVersion(TestDatedVersion):
    """The version that HubSpot supports until September 2027."""

    version = "v3"


class TestNextVersion(TestDatedVersion):
    """The version after, which tells failures of a batch in an answer 200."""

    version = "2026-09"
