"""The conformance kit: plain classes that the tests of a plugin or connector subclass. Needs pytest."""

import pytest

pytest.register_assert_rewrite(
    "detente_contracts.testing.connector",
    "detente_contracts.testing.plugin",
    "detente_contracts.testing.promises",
)

from detente_contracts.testing.account_rows import account_rows  # noqa: E402
from detente_contracts.testing.connector import ConnectorConformance, StandingClock  # noqa: E402
from detente_contracts.testing.crm_side import CrmSide  # noqa: E402
from detente_contracts.testing.frames import FrameOfRows  # noqa: E402
from detente_contracts.testing.plugin import PluginConformance  # noqa: E402
from detente_contracts.testing.reading import (  # noqa: E402
    Mirror,
    batches,
    read_all,
    told_gone,
    values_for,
)
from detente_contracts.testing.rows import SAMPLE_SIGNALS, customer_rows  # noqa: E402

__all__ = [
    "ConnectorConformance",
    "CrmSide",
    "FrameOfRows",
    "Mirror",
    "PluginConformance",
    "SAMPLE_SIGNALS",
    "StandingClock",
    "account_rows",
    "batches",
    "customer_rows",
    "read_all",
    "told_gone",
    "values_for",
]
