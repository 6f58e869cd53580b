"""Salesforce keeps what every connector and every plugin promises, by each way to sign in and to read."""

from __future__ import annotations

from typing import Any, ClassVar

import detente_salesforce
import pytest
from detente_contracts import Connector
from detente_contracts.testing import ConnectorConformance, CrmSide, PluginConformance


class TestPlugin(PluginConformance):
    plugin: ClassVar[object] = detente_salesforce


class TestByClientCredentials(ConnectorConformance):
    """As most orgs will sign in; the first read goes by queries."""

    instance = "sf"
    settle_s = 700.0  # reads overlap by ten minutes
    given: ClassVar[dict[str, object]] = {}

    @pytest.fixture
    def connector(self, connect: Any) -> Connector:
        made: Connector = connect(**self.given)
        return made

    @pytest.fixture
    def stranger(self, connect: Any) -> Connector:
        made: Connector = connect("stranger", **self.given)
        return made

    @pytest.fixture
    def crm(self, org: Any) -> CrmSide:
        side: CrmSide = org.side()
        return side


class TestByBulkJobs(TestByClientCredentials):
    """As a large org is read for the first time."""

    given: ClassVar[dict[str, object]] = {"bulk_from": 0}
