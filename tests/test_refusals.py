"""Bad input gets a clear message and a hint, exit 2, no traceback; and nothing changes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import yaml

OWN_RUBRIC = """
rubrics:
  - name: ours
    title: Ours
    criteria:
      - {name: size, title: Size, signal: SIGNAL, weight: 1, scale: SCALE}
    bands: [{name: P3, up_to: 60}, {name: P1}]
"""


def assert_refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit 2, every word said, no traceback."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert [word for word in words if word not in done.stderr] == [], done.stderr


def with_rubric(installation: Any, signal: str, scale: str) -> None:
    """Score with a rubric of one criterion."""
    text = OWN_RUBRIC.replace("SIGNAL", signal).replace("SCALE", scale)
    (installation.home / "policy" / "ours.yaml").write_text(text, encoding="utf-8")
    installation.change(lambda data: data.update(rubric="ours"))


def test_an_unknown_key_in_the_settings_names_the_nearest(installation: Any) -> None:
    installation.change(lambda data: data.update(organization=data.pop("organisation")))

    assert_refused(installation.detente("run"), "detente.yaml", "organization", "organisation")


def test_an_unknown_rubric_lists_what_there_is(installation: Any) -> None:
    installation.change(lambda data: data.update(rubric="b2c"))

    assert_refused(installation.detente("run"), "b2c", "b2b")


def test_an_unknown_signal_names_the_nearest(installation: Any) -> None:
    with_rubric(installation, "days_to_renewel", "{ramp: {from: 0, to: 9, from_points: 0, to_points: 9}}")

    assert_refused(installation.detente("run"), "days_to_renewel", "days_to_renewal")


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("read_csv('/etc/passwd')", id="a file"),
        pytest.param("(SELECT 1 FROM read_parquet('http://127.0.0.1/x'))", id="the network"),
        pytest.param("SUM(arr)", id="an aggregate"),
        pytest.param("COLUMNS('.*')", id="all columns"),
    ],
)
def test_an_expression_that_reaches_for_more_than_a_row_is_refused(installation: Any, hostile: str) -> None:
    before = installation.sandbox.get("/_sandbox/state")
    with_rubric(installation, "arr", yaml.safe_dump({"expression": hostile}, default_flow_style=True).strip())

    assert_refused(installation.detente("run"), "size")
    assert installation.sandbox.get("/_sandbox/state") == before


@pytest.mark.parametrize("name", ["run", "plan"])
def test_a_wrong_credential_is_refused_before_anything_is_read(
    installation: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DETENTE_HUBSPOT_TOKEN", "not-the-token")

    done = installation.detente(name)
    assert_refused(done, "HubSpot", "token")
    assert "not-the-token" not in done.stderr


def test_a_missing_credential_names_where_it_was_looked_for(
    installation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DETENTE_HUBSPOT_TOKEN")

    assert_refused(installation.detente("run"), "DETENTE_HUBSPOT_TOKEN")


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        pytest.param(["crm.objects.companies.read", "crm.objects.owners.read"], "contacts", id="to read"),
        pytest.param(
            [
                "crm.objects.companies.read",
                "crm.objects.contacts.read",
                "crm.objects.deals.read",
                "crm.objects.owners.read",
                "tickets",
            ],
            "companies.write",
            id="to write",
        ),
    ],
)
def test_a_missing_scope_is_named_before_anything_is_read(
    installation: Any, scopes: list[str], missing: str
) -> None:
    installation.sandbox.put("/_sandbox/tokens/sync", {"scopes": scopes})
    before = installation.sandbox.get("/_sandbox/state")
    done = installation.detente("run")
    installation.sandbox.put("/_sandbox/tokens/sync", {"scopes": None})

    assert_refused(done, missing)
    assert installation.sandbox.get("/_sandbox/state") == before


def test_a_lens_that_weighs_an_unknown_criterion_names_the_nearest(installation: Any) -> None:
    with_rubric(installation, "arr", "{ramp: {from: 0, to: 9, from_points: 0, to_points: 9}}")
    path = installation.home / "policy" / "ours.yaml"
    lens = "{name: sales, title: Sales, incentive: revenue, weights: {sise: 1}}"
    path.write_text(path.read_text(encoding="utf-8") + f"    lenses: [{lens}]\n", encoding="utf-8")

    assert_refused(installation.detente("run"), "ours.yaml", "sise", "size")


def test_missing_fields_name_the_command_that_makes_them(bare_installation: Any) -> None:
    before = bare_installation.sandbox.get("/_sandbox/state")

    assert_refused(bare_installation.detente("run"), "detente provision hubspot")
    assert bare_installation.sandbox.get("/_sandbox/state") == before


def test_provisioning_with_a_weak_credential_names_the_missing_scope(bare_installation: Any) -> None:
    assert_refused(bare_installation.detente("provision", "hubspot", "--apply"), "schemas")


def test_undoing_a_run_that_never_was_lists_those_that_were(installation: Any) -> None:
    assert_refused(installation.detente("undo", "run-1999"), "run-1999")


def break_plugin(text: str) -> Callable[[Any], None]:
    """Drop a plugin file."""

    def drop(installation: Any) -> None:
        (installation.home / "plugins" / "broken.py").write_text(text, encoding="utf-8")

    return drop


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import no_such_module\n", id="fails to import"),
        pytest.param(
            "from detente_contracts import hookimpl\n\n\n@hookimpl\n"
            "def detente_detect_conflicts(portfolio, as_of):\n    raise ValueError('boom')\n",
            id="raises",
        ),
        pytest.param(
            "import time\n\nfrom detente_contracts import hookimpl\n\n\n@hookimpl\n"
            "def detente_detect_conflicts(portfolio, as_of):\n    time.sleep(600)\n",
            id="hangs",
        ),
        pytest.param(
            "from detente_contracts import hookimpl\n\n\n@hookimpl\n"
            "def detente_detect_conflicts(portfolio, as_of):\n    return ['rubbish', 7]\n",
            id="returns rubbish",
        ),
    ],
)
def test_a_broken_plugin_is_named_and_the_rest_goes_on(installation: Any, text: str) -> None:
    break_plugin(text)(installation)
    installation.change(lambda data: data.update(plugins={"timeout_s": 5}))
    done = installation.detente("run")

    assert done.returncode == 1, done.stderr
    assert "broken" in done.stdout
    assert "scored    59 customers" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_crm_that_is_down_is_named_and_the_next_run_catches_up(installation: Any) -> None:
    fault = {"method": "POST", "path": ".*/tickets/search|.*/tickets.*", "times": 1000}
    installation.sandbox.post("/_sandbox/faults", {**fault, "method": "GET", "action": {"status": 503}})
    down = installation.detente("run")
    installation.sandbox.delete("/_sandbox/faults")
    again = installation.detente("run")

    assert down.returncode == 1, down.stderr
    assert "hubspot" in down.stdout
    assert again.returncode == 0, again.stdout + again.stderr


def test_a_past_before_the_latest_run_is_refused(installation: Any) -> None:
    installation.detente("run")
    before = installation.sandbox.get("/_sandbox/state")

    assert_refused(installation.detente("run", "--as-of", "2026-01-01"), "later")
    assert installation.sandbox.get("/_sandbox/state") == before
