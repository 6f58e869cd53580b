"""Zendesk keeps what every connector and every plugin promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import detente_zendesk
import pytest
from detente_contracts import Connector
from detente_contracts.testing import ConnectorConformance, CrmSide, PluginConformance


class TestPlugin(PluginConformance):
    plugin: ClassVar[object] = detente_zendesk


class TestAccount(ConnectorConformance):
    """An account whose OAuth client acts as an admin."""

    instance = "zen"

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
    def crm(self, desk: Any) -> CrmSide:
        side: CrmSide = desk.side()
        return side
