"""An installation is begun from what its connectors bring."""

from __future__ import annotations

from pathlib import Path

import pytest
from detente.engine.starting import start_installation
from detente.settings import read_settings
from detente_contracts import ConfigurationError


def test_several_connectors_each_bring_their_entry_of_the_settings(tmp_path: Path) -> None:
    start_installation(tmp_path, organisation="Ours: & Söhne", sources=["files", "hubspot", "files"])

    settings = read_settings(tmp_path)
    assert settings.organisation == "Ours: & Söhne"
    assert [entry.type for entry in settings.connectors.values()] == ["files", "hubspot"]


def test_what_a_connector_ships_besides_is_laid_beside_the_settings(tmp_path: Path) -> None:
    written = start_installation(tmp_path, organisation="Ours", sources=["files"])

    assert tmp_path / "export" / "README.md" in written


def test_a_type_that_nobody_offers_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'files'"):
        start_installation(tmp_path / "home", organisation="Ours", sources=["filez"])

    assert not (tmp_path / "home").exists()


def test_what_stands_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "README.md").write_text("mine")

    written = start_installation(tmp_path, organisation="Ours", sources=["files"])

    assert (tmp_path / "policy" / "README.md").read_text() == "mine"
    assert tmp_path / "policy" / "README.md" not in written
