"""Which plugins are found, in which order, where they run, and under which version."""

from __future__ import annotations

from typing import Any

import pytest
from detente.engine.plugins import Plugins
from detente.engine.plugins.failures import Failures
from detente.engine.plugins.sources import find_sources
from detente_contracts import ConfigurationError, PluginSettings

NOTHING = "@hookimpl\ndef detente_add_signals(): return []\n"


def test_entry_points_by_name_come_before_dropped_files_and_folders_by_name(installation: Any) -> None:
    installation.install("detente-z", "b", NOTHING)
    installation.install("detente-y", "c", NOTHING)
    installation.file("z", NOTHING)
    installation.file("a", NOTHING)
    installation.folder("m", rules="currency: EUR\n")
    plugins = installation.load()

    assert [info.name for info in plugins.listing()] == ["b", "c", "a", "m", "z"]
    assert plugins.policy_folders() == [("m", installation.base / "plugins" / "m")]


@pytest.mark.parametrize(
    ("distribution", "allowed", "where"),
    [
        pytest.param("acme-rules", (), "host", id="foreign"),
        pytest.param("detente-rules", (), "host", id="foreign, under a name like a stock one's"),
        pytest.param("acme-rules", ("Acme.Rules",), "in process", id="allowed"),
    ],
)
def test_a_foreign_distribution_runs_in_process_only_when_the_settings_allow_it(
    installation: Any, distribution: str, allowed: tuple[str, ...], where: str
) -> None:
    path = installation.install(distribution, "one", NOTHING, version="3.4")
    plugins = installation.load(in_process=allowed)

    (info,) = plugins.listing()
    assert (info.name, info.version, info.where, info.path) == ("one", "3.4", where, str(path))
    assert info.hooks == ("detente_add_signals",)
    assert plugins.versions() == {"one": "3.4"}


def test_stock_distributions_run_in_process_however_they_are_spelt(installation: Any) -> None:
    installation.install("Detente_Links", "one", NOTHING)
    found = find_sources(PluginSettings(), installation.base, Failures())

    assert [source.in_process for source in found if source.name == "one"] == [True]


def test_the_version_of_a_dropped_file_follows_its_content(installation: Any) -> None:
    installation.file("one", NOTHING)
    before = installation.load().versions()
    installation.file("one", NOTHING + "# changed\n")
    after = installation.load().versions()

    assert before["one"].startswith("sha256:")
    assert before != after


def test_a_disabled_plugin_is_not_loaded(installation: Any, tmp_path: Any) -> None:
    trace = tmp_path / "loaded"
    installation.file("one", f"open({str(trace)!r}, 'w').close()")
    plugins = installation.load(disabled=("one",))

    assert plugins.listing() == []
    assert not trace.exists()


def test_disabling_a_plugin_that_does_not_exist_is_refused_with_the_nearest_name(installation: Any) -> None:
    installation.file("renewals", NOTHING)

    with pytest.raises(ConfigurationError, match="did you mean 'renewals'"):
        Plugins.load(installation.settings(disabled=("renewal",)), installation.base)


def test_the_later_of_two_plugins_of_one_name_is_refused(installation: Any) -> None:
    installation.install("detente-one", "one", NOTHING)
    path = installation.file("one", "raise KeyError")
    plugins = installation.load()

    assert [info.where for info in plugins.listing()] == ["in process"]
    (failure,) = plugins.failures
    assert (failure.plugin, failure.hook) == ("one", "load")
    assert str(path) in failure.message


def test_hidden_files_notes_and_empty_folders_are_no_plugins(installation: Any) -> None:
    for name in (".hidden", "_draft"):
        installation.file(name, "raise KeyError")
    installation.folder("__pycache__", x="currency: EUR\n")
    installation.folder("empty")
    (installation.base / "plugins" / "README.md").write_text("notes")
    plugins = installation.load()

    assert (plugins.listing(), plugins.failures) == ([], [])


def test_a_package_that_was_dropped_is_told_what_to_do_instead(installation: Any) -> None:
    folder = installation.folder("package")
    (folder / "__init__.py").touch()
    plugins = installation.load()

    assert "install a distribution" in plugins.failures[0].message
    assert [(info.name, info.where) for info in plugins.listing()] == [("package", "nowhere")]


def test_a_distribution_with_unreadable_metadata_is_named_and_the_others_load(installation: Any) -> None:
    installation.install("detente-sound", "sound", NOTHING)
    broken = installation.site / "broken-1.0.dist-info"
    broken.mkdir()
    (broken / "entry_points.txt").write_bytes(b"[detente]\n\xff\xfe\n")
    plugins = installation.load()

    assert [failure.plugin for failure in plugins.failures] == ["broken-1.0.dist-info"]
    assert "sound" in plugins.versions()


def test_without_a_plugins_folder_there_are_no_dropped_plugins(installation: Any) -> None:
    assert installation.load().listing() == []
