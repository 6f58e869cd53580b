"""What the conformance kit knows of hooks, and how it reads a plugin's policy."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import get_args, get_type_hints

import pluggy
import pytest
import yaml
from detente_contracts import PROJECT, ConfigurationError, PolicyFolder, hookimpl, hookspecs
from detente_contracts.testing import PluginConformance
from detente_contracts.testing.promises import RETURNS

HERE = Path(__file__).parent


def kit_of(tested: object) -> PluginConformance:
    """The kit as the tests of this plugin would subclass it."""
    kit: PluginConformance = type("Kit", (PluginConformance,), {"plugin": tested})()
    return kit


def judge(*paths: Path) -> None:
    """Check the policy that a plugin ships in these folders."""
    tested = SimpleNamespace(
        detente_provide_policy=hookimpl(lambda: [PolicyFolder(path=path) for path in paths])
    )
    kit_of(tested).test_policy_folders_exist_and_their_files_are_policy()


def test_the_kit_knows_what_each_hook_returns() -> None:
    manager = pluggy.PluginManager(PROJECT)
    names = [name for name in vars(hookspecs) if manager.parse_hookspec_opts(hookspecs, name) is not None]
    returned = {name: get_args(get_type_hints(getattr(hookspecs, name))["return"])[0] for name in names}

    assert returned == dict(RETURNS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("rubricks: []", "did you mean 'rubrics'", id="unknown key"),
        pytest.param("lease_days: 0", "lease_days", id="value out of range"),
        pytest.param("a: [", "expected", id="not YAML"),
    ],
)
def test_a_policy_file_that_cannot_be_read_fails(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "odd.yaml").write_text(text)

    with pytest.raises((ConfigurationError, yaml.YAMLError), match=said):
        judge(tmp_path)


def test_a_folder_without_policy_is_named_beside_one_with_it(tmp_path: Path) -> None:
    (tmp_path / "sound.yaml").write_text("lease_days: 14\n")

    with pytest.raises(AssertionError, match=r"no \*\.yaml file"):
        judge(tmp_path, HERE)


def test_a_hook_that_is_not_implemented_is_skipped_and_not_passed() -> None:
    tested = SimpleNamespace(detente_add_signals=hookimpl(lambda: ()))

    with pytest.raises(pytest.skip.Exception, match="does not implement detente_detect_conflicts"):
        kit_of(tested).test_an_empty_portfolio_holds_no_conflict()
