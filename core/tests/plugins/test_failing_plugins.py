"""A plugin that fails is named with what to do, and the others' answers stand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from detente.engine.plugins import HookResult, Plugins, implementation
from detente_contracts import NextStep, PluginError, SignalCatalogue, Stage
from detente_contracts.testing.sample_cases import SAMPLE_PLAYBOOK, sample_case

AS_OF = datetime(2026, 11, 3, 9, tzinfo=UTC)
PORTFOLIO = pl.DataFrame({"customer": ["c1", "c2"], "name": ["Secret Ltd", "Hidden Inc"]})
SOUND = """
@hookimpl
def detente_detect_conflicts(portfolio):
    return [Conflict(kind="sound", family="internal", customer="c1", title="Sound")]
"""


def detect(body: str) -> str:
    """A plugin whose detector has this body."""
    return f"import os, sys, time\n@hookimpl\ndef detente_detect_conflicts(portfolio):\n    {body}\n"


def detected(plugins: Plugins) -> list[HookResult]:
    return plugins.call("detente_detect_conflicts", portfolio=PORTFOLIO, as_of=AS_OF)


@pytest.mark.parametrize("place", ["in process", "host"])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("raise KeyError('x')", "raised KeyError (at", id="raises"),
        pytest.param(
            "return [row['nmae'] for row in portfolio.rows()]",
            "unknown signal 'nmae'; did you mean 'name'? (at",
            id="misspells a signal",
        ),
        pytest.param(
            "return [row[row['customer']] for row in portfolio.rows()]",
            "raised KeyError (at",
            id="takes a customer's text for a signal",
        ),
        pytest.param("sys.exit(0)", "raised SystemExit", id="exits"),
        pytest.param("return None", "returned None; return a list of Conflict", id="returns nothing"),
        pytest.param("return 'rubbish'", "returned a str", id="returns text"),
        pytest.param(
            "return [{'kind': 'k'}]", "returned a dict where Conflict is wanted", id="returns dicts"
        ),
        pytest.param("yield 1", "returned a int where Conflict is wanted", id="yields a number"),
        pytest.param(
            "return [Conflict(kind='k', family='internal', customer='c', title='t', severity=9)]",
            "made a Conflict that the contract refuses: severity",
            id="breaks the model",
        ),
        pytest.param(
            "return [Conflict(kind='k', family='internal', customer='c', title='t')"
            ".model_copy(update={'severity': 9})]",
            "0.severity: Input should be less than or equal to 5",
            id="goes around the model",
        ),
        pytest.param(
            "return [Conflict(kind='k', family='internal', customer='c', title='t')"
            ".model_copy(update={'evidence': {'x': object()}})]",
            "holds more than plain data",
            id="returns an object inside a model",
        ),
    ],
)
def test_a_bad_answer_is_named_and_the_others_stand(
    installation: Any, place: str, body: str, said: str
) -> None:
    if place == "host":
        installation.file("bad", detect(body))
    else:
        installation.install("detente-bad", "bad", detect(body))
    installation.install("detente-sound", "sound", SOUND)
    plugins = installation.load()

    assert [result.plugin for result in detected(plugins)] == ["sound"]
    (failure,) = plugins.failures
    assert (failure.plugin, failure.hook) == ("bad", "detente_detect_conflicts")
    assert said in failure.message
    assert plugins.unheard("detente_detect_conflicts") == {"bad"}


def test_a_plugin_that_hangs_is_stopped_and_the_host_serves_the_others(installation: Any) -> None:
    installation.file("bad", detect("while True: pass"))
    installation.file("sound", SOUND)
    plugins = installation.load(timeout_s=0.5)

    assert [result.plugin for result in detected(plugins)] == ["sound"]
    assert [failure.message for failure in plugins.failures] == ["took longer than 0.5 s and was stopped"]
    assert [result.plugin for result in detected(plugins)] == ["sound"]


@pytest.mark.parametrize(
    ("body", "ending"),
    [
        pytest.param("os._exit(7)", "exit code 7", id="exit"),
        pytest.param("os.kill(os.getpid(), 11)", "signal SIGSEGV", id="crash"),
    ],
)
def test_a_plugin_that_ends_the_host_is_named_and_the_others_stand(
    installation: Any, body: str, ending: str
) -> None:
    installation.file("bad", detect(body))
    installation.file("sound", SOUND)
    plugins = installation.load()

    assert [result.plugin for result in detected(plugins)] == ["sound"]
    assert [failure.message for failure in plugins.failures] == [f"ended the plugin host ({ending})"]


def test_a_plugin_that_hangs_while_it_is_imported_is_named(installation: Any) -> None:
    installation.file("bad", "while True: pass")
    installation.file("sound", SOUND)
    plugins = installation.load(timeout_s=0.7)

    assert [(item.plugin, item.hook) for item in plugins.failures] == [("bad", "load")]
    assert [result.plugin for result in detected(plugins)] == ["sound"]


@pytest.mark.parametrize("place", ["in process", "host"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        pytest.param("import no_such_module", "No module named 'no_such_module'", id="import error"),
        pytest.param("def (", "SyntaxError", id="syntax error"),
        pytest.param("raise SystemExit(3)", "SystemExit", id="exits"),
        pytest.param("detente_contract = (1, 99)", "wants contract 1.99", id="newer minor contract"),
        pytest.param("detente_contract = (2, 0)", "update Detente", id="newer contract"),
        pytest.param("detente_contract = (0, 9)", "update the plugin", id="older contract"),
        pytest.param("detente_contract = '1.0'", "two whole numbers", id="contract as text"),
    ],
)
def test_a_plugin_that_cannot_be_loaded_is_named(installation: Any, place: str, code: str, said: str) -> None:
    if place == "host":
        installation.file("bad", code)
    else:
        installation.install("detente-bad", "bad", code)
    installation.install("detente-sound", "sound", SOUND)
    plugins = installation.load()

    assert [result.plugin for result in detected(plugins)] == ["sound"]
    (failure,) = plugins.failures
    assert (failure.plugin, failure.hook) == ("bad", "load")
    assert said in failure.message
    assert plugins.unheard("detente_detect_conflicts") == {"bad"}
    assert "bad" not in plugins.versions()
    assert {info.name: info.where for info in plugins.listing()}["bad"] == "nowhere"


def test_a_plugin_that_declares_no_contract_is_refused_by_the_next_major_version(
    installation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(implementation, "CONTRACT_VERSION", (2, 0))
    installation.install("acme-old", "old", SOUND)
    plugins = installation.load()

    (failure,) = plugins.failures
    assert failure.message == "wants contract 1.0, this Detente has 2.0: update the plugin"


@pytest.mark.parametrize(
    ("code", "hook", "said"),
    [
        pytest.param(
            "@hookimpl\ndef detente_detect_conflict(portfolio): return []",
            "detente_detect_conflict",
            "did you mean 'detente_detect_conflicts'?",
            id="misspelt",
        ),
        pytest.param(
            "def detente_detect_conflicts(portfolio): return []",
            "detente_detect_conflicts",
            "@hookimpl",
            id="not marked",
        ),
        pytest.param(
            "def detente_detect_conflict(portfolio): return []",
            "detente_detect_conflict",
            "did you mean 'detente_detect_conflicts'?",
            id="misspelt and not marked",
        ),
        pytest.param(
            "@hookimpl\ndef detente_detect_conflicts(portfolio=None): return []",
            "detente_detect_conflicts",
            "argument portfolio has a default value",
            id="default value",
        ),
        pytest.param(
            "@hookimpl\ndef detente_detect_conflicts(portfolo): return []",
            "detente_detect_conflicts",
            "did you mean 'portfolio'?",
            id="misspelt argument",
        ),
        pytest.param(
            "@hookimpl\ndef detente_detect_conflicts(**anything): return []",
            "detente_detect_conflicts",
            "name the arguments",
            id="any arguments",
        ),
        pytest.param(
            "@hookimpl(wrapper=True)\ndef detente_detect_conflicts(portfolio): return (yield)",
            "detente_detect_conflicts",
            "every plugin answers alone",
            id="wrapper",
        ),
    ],
)
def test_a_hook_that_could_not_be_called_is_named_and_the_plugins_other_hooks_stand(
    installation: Any, code: str, hook: str, said: str
) -> None:
    signals = "\n@hookimpl\ndef detente_add_signals(): return []\n"
    installation.install("detente-bad", "bad", code + signals)
    plugins = installation.load()

    (failure,) = plugins.failures
    assert (failure.plugin, failure.hook) == ("bad", hook)
    assert said in failure.message
    assert [info.hooks for info in plugins.listing()] == [("detente_add_signals",)]
    assert plugins.unheard("detente_detect_conflicts") == {"bad"}
    assert plugins.unheard("detente_add_signals") == frozenset()


def test_functions_and_names_that_only_look_like_hooks_are_left_alone(installation: Any) -> None:
    installation.install(
        "detente-fine", "fine", "import detente_contracts\ndef detente_zz_top(): ...\n" + SOUND
    )

    assert installation.load().failures == []


@pytest.mark.parametrize("place", ["in process", "host"])
def test_no_text_of_a_customer_gets_into_a_failure(installation: Any, place: str) -> None:
    code = detect("raise ValueError(next(portfolio.rows())['name'])")
    if place == "host":
        path = installation.file("bad", code)
    else:
        path = installation.install("detente-bad", "bad", code)
    plugins = installation.load()
    detected(plugins)

    (failure,) = plugins.failures
    line = path.read_text().splitlines().index("    raise ValueError(next(portfolio.rows())['name'])") + 1
    assert failure.message == f"raised ValueError (at {path.name}, line {line})"


def test_three_failures_set_a_plugin_aside_and_it_stays_named(installation: Any, tmp_path: Any) -> None:
    calls = tmp_path / "calls"
    installation.file("bad", detect(f"open({str(calls)!r}, 'a').write('x'); raise KeyError"))
    plugins = installation.load()
    for _ in range(5):
        assert detected(plugins) == []

    assert calls.read_text() == "xxx"
    assert plugins.unheard("detente_detect_conflicts") == {"bad"}
    assert [failure.message.partition(";")[2] for failure in plugins.failures[:3]] == [
        "",
        "",
        " set aside after 3 failures",
    ]
    assert [failure.message for failure in plugins.failures[3:]] == ["not called: set aside after 3 failures"]


def first_step(plugins: Plugins, case: str = "case-1", *, refused: str = "") -> HookResult | None:
    """The step that plugins choose for a case, where core refuses that of the plugin `refused`."""
    return plugins.first(
        "detente_choose_step",
        lambda result: "chose no stage ahead" if result.plugin == refused else "",
        case=sample_case(None, None).model_copy(update={"id": case}),
        playbook=SAMPLE_PLAYBOOK,
        roles=(),
    )


def choose(body: str) -> str:
    """A plugin that chooses steps, and finds conflicts as SOUND does."""
    return f"import os\n@hookimpl\ndef detente_choose_step(case):\n    {body}\n{SOUND}"


STEP = NextStep(stage=Stage.INFORMAL, owner="Kim Lee", hours=8)
CHOOSES = "return NextStep(stage='informal', owner='Kim Lee', hours=8)"


@pytest.mark.parametrize("place", ["in process", "host"])
def test_cases_that_a_plugin_fails_at_cost_the_other_cases_nothing(installation: Any, place: str) -> None:
    code = choose(f"assert not case.id.startswith('odd'); {CHOOSES}")
    if place == "host":
        installation.file("steps", code)
    else:
        installation.install("detente-steps", "steps", code)
    plugins = installation.load()
    odd = [first_step(plugins, f"odd-{number}") for number in range(5)]

    assert odd == [None] * 5
    assert [item.hook for item in plugins.failures] == ["detente_choose_step"], "one fault is named once"
    found = first_step(plugins)
    assert found is not None and found.value == STEP
    assert [result.plugin for result in detected(plugins)] == ["steps"]


def test_a_step_that_core_refuses_is_named_and_the_next_plugin_is_asked(installation: Any) -> None:
    installation.install("detente-early", "early", choose(CHOOSES))
    installation.install("detente-late", "late", choose(CHOOSES))
    plugins = installation.load()
    found = [first_step(plugins, f"case-{number}", refused="early") for number in range(5)]

    assert [item.plugin for item in found if item] == ["late"] * 5
    assert [str(item) for item in plugins.failures] == [
        "plugin early, detente_choose_step: chose no stage ahead"
    ]
    assert len(detected(plugins)) == 2


def test_a_plugin_that_ends_the_host_at_three_cases_is_set_aside_for_all(installation: Any) -> None:
    installation.file("bad", choose("os._exit(7)"))
    plugins = installation.load()
    for number in range(4):
        assert first_step(plugins, f"case-{number}") is None

    assert detected(plugins) == []
    assert "set aside after 3 failures" in plugins.failures[2].message


def test_strict_turns_a_fault_at_one_case_into_a_stop(installation: Any) -> None:
    installation.file("bad", choose("raise KeyError"))

    with (
        Plugins.load(installation.settings(), installation.base, strict=True) as plugins,
        pytest.raises(PluginError, match="plugin bad"),
    ):
        first_step(plugins)


def test_a_plugin_that_answers_again_is_heard_again(installation: Any, tmp_path: Any) -> None:
    flag = tmp_path / "flag"
    installation.install("detente-bad", "bad", detect(f"open({str(flag)!r}).close(); return []"))
    plugins = installation.load()

    detected(plugins)
    assert plugins.unheard("detente_detect_conflicts") == {"bad"}
    flag.touch()
    detected(plugins)
    assert plugins.unheard("detente_detect_conflicts") == frozenset()


def test_an_answer_that_core_refuses_later_counts_as_a_failure(installation: Any) -> None:
    installation.install("detente-bad", "bad", SOUND)
    plugins = installation.load()
    for _ in range(3):
        plugins.record_failure("bad", "detente_detect_conflicts", "named an unknown stage")

    assert detected(plugins) == []
    assert plugins.failures[0].message == "named an unknown stage"


@pytest.mark.parametrize("code", ["import no_such_module", "def detente_add_signals(): ..."])
def test_strict_turns_a_failure_at_loading_into_a_stop(installation: Any, code: str) -> None:
    installation.file("bad", code)

    with pytest.raises(PluginError, match="plugin bad"):
        Plugins.load(installation.settings(), installation.base, strict=True)


def test_strict_turns_a_failed_call_into_a_stop(installation: Any) -> None:
    installation.file("bad", detect("raise KeyError"))

    with (
        Plugins.load(installation.settings(), installation.base, strict=True) as plugins,
        pytest.raises(PluginError, match="plugin bad"),
    ):
        detected(plugins)


def test_of_two_plugins_that_clash_the_later_is_refused(installation: Any) -> None:
    signal = ("Signal(name={!r}, title='T', unit='', kind='account', value='1', merge='sum')").format
    code = "@hookimpl\ndef detente_add_signals(): return [{}, {}]\n"
    installation.install("detente-early", "early", code.format(signal("arr"), signal("age")))
    installation.install("detente-late", "late", code.format(signal("size"), signal("arr")))
    plugins = installation.load()

    assert [item.name for item in plugins.signals()] == ["arr", "age"]
    (failure,) = plugins.failures
    assert (failure.plugin, failure.hook) == ("late", "detente_add_signals")
    assert "signal arr is already offered by plugin early" in failure.message
    assert plugins.signals() and plugins.unheard("detente_add_signals") == {"late"}
    assert len(plugins.failures) == 1


def test_a_name_that_one_plugin_offers_twice_is_refused(installation: Any) -> None:
    one = "Criterion(name='a', title='A', function=lambda row: 1)"
    code = f"@hookimpl\ndef detente_add_criteria(signals): return [{one}, {one}]\n"
    installation.install("detente-bad", "bad", code)
    plugins = installation.load()

    assert plugins.criteria(SignalCatalogue()) == ()
    assert "criterion a is offered twice" in plugins.failures[0].message


def test_a_field_under_cores_prefix_is_refused(installation: Any) -> None:
    field = "FieldSpec(name='score', label='S', help='S', type='text')"
    installation.install("detente-bad", "bad", f"@hookimpl\ndef detente_declare_fields(): return [{field}]\n")
    plugins = installation.load()

    assert plugins.fields() == ()
    assert "field detente_score" in plugins.failures[0].message


def test_a_policy_folder_that_is_missing_is_refused(installation: Any) -> None:
    body = "return [PolicyFolder(path='/no/such/folder')]"
    installation.install("detente-bad", "bad", f"@hookimpl\ndef detente_provide_policy(): {body}\n")
    plugins = installation.load()

    assert plugins.policy_folders() == []
    assert "/no/such/folder is not a folder" in plugins.failures[0].message


def test_a_connector_type_without_a_settings_model_is_refused(installation: Any) -> None:
    body = "return [ConnectorType(name='sheet', settings=dict, build=print)]"
    installation.install("detente-bad", "bad", f"@hookimpl\ndef detente_provide_connectors(): {body}\n")
    plugins = installation.load()

    assert plugins.connector_types() == ()
    assert "settings model" in plugins.failures[0].message
