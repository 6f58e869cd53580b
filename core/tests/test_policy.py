"""Policy folders become one policy; a bundle keeps what a score was made under."""

from __future__ import annotations

from pathlib import Path

import pytest
from detente.engine.policy import Bundle, Policy, load_policy
from detente.engine.rubric.compile import compile_rubric
from detente_contracts import ConfigurationError, Kind, Merge, Signal, SignalCatalogue

RUBRIC = """\
rubrics:
  - name: health
    title: Health first
    criteria:
      - name: arr
        title: Contract value
        signal: arr
        weight: 2
        scale:
          ramp: {from: 0, to: 100000, from_points: -20, to_points: 100}
    bands:
      - {name: P2, up_to: 60}
      - {name: P1}
"""
CASES = """\
calendars:
  - name: office
    zone: Europe/Berlin
    week: {mon: ["09:00-17:00"]}
roles:
  - {id: committee, title: Committee, department: board, holders: [Kim Lee]}
playbooks:
  - name: default
    title: Default
    calendar: office
    default_owner: committee
    stages:
      - {stage: informal, owner: account_owner, hours: 16, then: ruling}
      - {stage: ruling, owner: committee, hours: 8}
triggers:
  - {kind: lens_gap, family: internal, when: lens_gap > 1, title: They differ, playbook: default}
default_playbook: default
"""
CATALOGUE = SignalCatalogue(
    signals=(Signal(name="arr", title="ARR", unit="EUR", kind=Kind.ACCOUNT, value="arr", merge=Merge.SUM),)
)


def a_folder(path: Path, **files: str) -> Path:
    """A policy folder with a file for each keyword."""
    path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return path


def refused(path: Path, text: str) -> str:
    """The message about an own policy file `own.yaml` with `text`."""
    with pytest.raises(ConfigurationError) as error:
        load_policy([], a_folder(path, own=text))
    return error.value.message


def test_shipped_folders_and_the_own_one_become_one_policy(tmp_path: Path) -> None:
    shipped = a_folder(tmp_path / "shipped", rubric=RUBRIC, cases=CASES)
    own = a_folder(tmp_path / "own", settings="currency: USD\nlease_days: 7\n")
    policy = load_policy([("stock", shipped)], own)

    assert (policy.currency, policy.lease_days, policy.stale_after_hours) == ("USD", 7, 48.0)
    assert policy.rubrics["health"].criteria[0].weight == 2
    assert (set(policy.triggers), set(policy.roles)) == ({"lens_gap"}, {"committee"})


def test_without_any_folder_the_defaults_stand(tmp_path: Path) -> None:
    assert load_policy([], None) == Policy() == load_policy([], tmp_path / "absent")


def test_the_own_folder_replaces_a_shipped_entry_by_name(tmp_path: Path) -> None:
    shipped = a_folder(tmp_path / "shipped", rubric=RUBRIC)
    own = a_folder(tmp_path / "own", rubric=RUBRIC.replace("weight: 2", "weight: 5"))

    assert load_policy([("stock", shipped)], own).rubrics["health"].criteria[0].weight == 5


def test_two_plugins_that_ship_one_name_are_both_named(tmp_path: Path) -> None:
    folders = [(name, a_folder(tmp_path / name, rubric=RUBRIC)) for name in ("one", "two")]
    with pytest.raises(ConfigurationError) as error:
        load_policy(folders, None)

    assert (
        "plugin two: rubric.yaml line 2: rubrics health is given in plugin one: rubric.yaml line 2 too"
        in str(error.value)
    )


def test_two_plugins_that_set_one_setting_are_refused(tmp_path: Path) -> None:
    folders = [(name, a_folder(tmp_path / name, a="currency: EUR")) for name in ("one", "two")]
    with pytest.raises(ConfigurationError, match="currency is given in plugin one"):
        load_policy(folders, None)


def test_a_name_given_twice_in_one_file_is_refused(tmp_path: Path) -> None:
    said = "own.yaml line 14: rubrics health is given in own.yaml line 2 too"
    assert said in refused(tmp_path, RUBRIC + RUBRIC.partition("\n")[2])


def test_exchange_rates_stand_in_order_of_their_days(tmp_path: Path) -> None:
    text = "exchange:\n- {since: 2026-07-01, rates: {USD: 0.9}}\n- {since: 2026-01-01, rates: {USD: 0.8}}\n"
    policy = load_policy([], a_folder(tmp_path, own=text))

    assert [entry.rates["USD"] for entry in policy.exchange] == [0.8, 0.9]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            RUBRIC.replace("weight: 2", "wieght: 2"),
            "own.yaml line 5: rubrics.0.criteria.0: unknown key 'wieght'",
        ),
        (RUBRIC.replace("up_to: 60", "up_to: 600"), "own.yaml line 12: rubrics.0.bands.0.up_to: "),
        ("lease_days: 0", "own.yaml line 1: lease_days: "),
        (
            "currency: EUR\ncurrency: USD\n",
            "own.yaml line 2: the key 'currency' stands twice, first in line 1",
        ),
        ("rubrics: [", "own.yaml line 1: "),
        ("- a\n- b\n", "own.yaml"),
        ("a: !!python/object/apply:os.system ['true']", "own.yaml line 1: "),
        ("{[a]: 1}", "a key must be plain text"),
    ],
    ids=["misspelt", "range", "zero", "doubled key", "not YAML", "a list", "code", "odd key"],
)
def test_a_fault_is_named_by_file_line_and_key(tmp_path: Path, text: str, message: str) -> None:
    assert message in refused(tmp_path, text)


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    message = refused(tmp_path, "lease_days: 0\ncurrency: euro\n")

    assert "line 1: lease_days" in message and "line 2: currency" in message


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("playbook: default}", "playbook: defualt}", "unknown playbook 'defualt'; did you mean 'default'?"),
        ("calendar: office", "calendar: offices", "unknown calendar 'offices'"),
        ("owner: committee", "owner: comittee", "unknown role 'comittee'"),
        ("default_owner: committee", "default_owner: nobody", "unknown role 'nobody'"),
        ("default_playbook: default", "default_playbook: other", "unknown playbook 'other'"),
    ],
)
def test_a_name_that_nothing_gives_is_refused(tmp_path: Path, before: str, after: str, message: str) -> None:
    assert message in refused(tmp_path, CASES.replace(before, after))


@pytest.mark.parametrize(
    ("given", "instead", "said", "todo"),
    [
        pytest.param(
            "then: ruling",
            "then: informal",
            "stage informal has `then: informal`, which does not lie ahead of it",
            "name ruling, or leave it out",
            id="itself",
        ),
        pytest.param(
            "owner: committee, hours: 8",
            "owner: committee, hours: 8, then: informal",
            "stage ruling has `then: informal`, which does not lie ahead of it",
            "leave it out: a stage without `then` stays with its owner",
            id="an earlier stage",
        ),
        pytest.param(
            "then: ruling",
            "then: mediation",
            "stage informal has `then: mediation`, a stage that the playbook does not have",
            "name ruling",
            id="a stage of other playbooks",
        ),
        pytest.param("stage: ruling", "stage: informal", "stage informal is given twice", "one", id="twice"),
        pytest.param("stage: ruling", "stage: closed", "closed is no stage to be in", "outcome", id="an end"),
    ],
)
def test_a_playbook_in_which_a_case_could_not_go_on_is_refused(
    tmp_path: Path, given: str, instead: str, said: str, todo: str
) -> None:
    text = CASES.replace(given, instead)
    if given == "stage: ruling":
        text = text.replace(", then: ruling", "")
    with pytest.raises(ConfigurationError) as error:
        load_policy([], a_folder(tmp_path, own=text))

    assert error.value.message == f"own.yaml line 8: playbooks default: {said}"
    assert todo in error.value.hint


def test_a_playbook_without_stages_is_refused(tmp_path: Path) -> None:
    text = CASES[: CASES.index("    stages:")] + "    stages: []\n"

    assert refused(tmp_path, text) == "own.yaml line 8: playbooks default: it has no stage"


def a_bundle(folder: Path, *, plugins: dict[str, str] | None = None) -> Bundle:
    policy = load_policy([], folder)
    rubric = policy.rubrics["health"]
    return Bundle.build(policy, rubric, compile_rubric(rubric, [], CATALOGUE), plugins or {"stock": "1.0"})


def test_a_bundle_comes_back_from_its_content(tmp_path: Path) -> None:
    bundle = a_bundle(
        a_folder(tmp_path, a=RUBRIC, b=CASES + "exchange: [{since: 2026-01-01, rates: {USD: 1}}]")
    )
    again = Bundle.of(bundle.content)

    assert (again.hash, again.plan, again.rubric) == (bundle.hash, bundle.plan, bundle.rubric)
    assert again.policy == bundle.policy
    assert again.policy.playbooks["default"].stages[0].hours == 16
    assert again.plugins == {"stock": "1.0"}


def test_a_bundles_hash_is_that_of_what_it_means(tmp_path: Path) -> None:
    base = a_bundle(a_folder(tmp_path / "base", a=RUBRIC))
    same = a_bundle(a_folder(tmp_path / "same", a=RUBRIC + "\n# a comment\n"))
    heavier = a_bundle(a_folder(tmp_path / "heavier", a=RUBRIC.replace("to_points: 100", "to_points: 90")))
    updated = a_bundle(a_folder(tmp_path / "updated", a=RUBRIC), plugins={"stock": "1.1"})

    assert base.hash == same.hash
    assert len({base.hash, heavier.hash, updated.hash}) == 3
