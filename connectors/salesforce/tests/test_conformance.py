"""Salesforce keeps what every connector and every plugin promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import detente_salesforce
import pytest
from detente_contracts import Connector
from detente_contracts.testing import ConnectorConformance, CrmSide, PluginConformance


class TestPlugin(PluginConformance):
    plugin: ClassVar[object] = detente_salesforce


class TestConnector(ConnectorConformance):
    instance = "sf"
    settle_s = 700.0  # reads overlap by ten minutes

    @pytest.fixture
    def connector(self, connect: Any) -> Connector:
        made: Connector = connect()
        return made

    @pytest.fixture
    def reopen(self, connect: Any) -> Callable[[], Connector]:
        return lambda: connect()

    @pytest.fixture
    def stranger(self, connect: Any) -> Connector:
        made: Connector = connect("stranger")
        return made

    @pytest.fixture
    def crm(self, org: Any) -> CrmSide:
        side: CrmSide = org.side()
        return side
