"""What every connector brings for `detente init` is settings that it takes itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from detente.engine.plugins import Plugins
from detente.engine.starting import start_installation
from detente.settings import read_settings
from detente_contracts import ConnectorType, PluginSettings

CONNECTORS = ("files", "hubspot", "salesforce", "zendesk")


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ConnectorType]:
    with Plugins.load(PluginSettings(), tmp_path_factory.mktemp("types")) as plugins:
        return {kind.name: kind for kind in plugins.connector_types()}


@pytest.mark.parametrize("name", CONNECTORS)
def test_an_installation_begun_from_a_connector_has_settings_that_it_takes(
    name: str, types: dict[str, ConnectorType], tmp_path: Path
) -> None:
    start_installation(tmp_path, organisation="Ours", sources=[name])
    (entry,) = read_settings(tmp_path).connectors.values()

    assert types[name].settings.read(dict(entry.with_settings), where=name)


def test_signals_find_what_firms_keep_under_the_same_names_in_every_crm(
    types: dict[str, ConnectorType], tmp_path: Path
) -> None:
    crms = [name for name in CONNECTORS if name != "files"]
    start_installation(tmp_path, organisation="Ours", sources=crms)
    given: list[Any] = [entry.with_settings for entry in read_settings(tmp_path).connectors.values()]
    customs = [set(settings["mapping"]["account"]["custom"]) for settings in given]

    assert {"reference_customer", "uptime_exposure", "compliance_sensitivity"} <= set.intersection(*customs)
