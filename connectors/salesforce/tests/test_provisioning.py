"""Making Detente's fields in an org, and the rights to see them."""

from __future__ import annotations

from typing import Any

import pytest
from detente_contracts import (
    STANDARD_FIELDS,
    AccessError,
    ConfigurationError,
    DetenteError,
    FieldSpec,
    FieldType,
    Kind,
    Ref,
)
from detente_salesforce.org import field_name
from detente_salesforce.provisioning import field_definition, missing_values, refuse_clash

OBJECTS = ("Account", "Opportunity", "Case")
MOOD = FieldSpec(
    name="mood",
    label="Mood",
    help="How they feel",
    type=FieldType.CHOICE,
    options=("good", "bad"),
    prefix="acme",
    kinds=(Kind.TICKET,),
)


def definition(org: Any, name: str, field: str) -> Any:
    """What a plain client sees of a field; None when it does not see it."""
    answer = org.signed("GET", f"/services/data/v62.0/sobjects/{name}/describe").json()
    return next((row for row in answer["fields"] if row["name"] == field), None)


def make(org: Any, full_name: str, **metadata: object) -> None:
    """A field that somebody else made."""
    body = {"FullName": full_name, "Metadata": {"label": "Theirs", **metadata}}
    answer = org.signed("POST", "/services/data/v62.0/tooling/sobjects/CustomField", body)
    assert answer.status_code == 201, answer.text


def test_a_bare_org_lacks_every_field_on_every_object(connector: Any) -> None:
    wanted = {f"{name}.{field_name(spec)}" for name in OBJECTS for spec in STANDARD_FIELDS}

    assert set(connector.missing_fields()) == wanted


def test_fields_are_made_with_label_help_type_and_values_and_can_be_seen(connector: Any, org: Any) -> None:
    connector.provision(apply=True)
    priority = definition(org, "Case", "Detente_Priority__c")

    assert (priority["type"], priority["restrictedPicklist"]) == ("picklist", True)
    assert [value["value"] for value in priority["picklistValues"]] == ["P1", "P2", "P3", "P4"]
    assert priority["label"] == "Detente priority"
    assert priority["inlineHelpText"].startswith("Band")
    score = definition(org, "Opportunity", "Detente_Score__c")
    assert (score["type"], score["scale"]) == ("double", 1)
    assert definition(org, "Account", "Detente_Reason__c")["length"] == 255
    assert definition(org, "Account", "Detente_Scored_At__c")["type"] == "datetime"
    assert definition(org, "Account", "Detente_Link__c")["type"] == "url"


def test_provisioning_says_what_it_would_make_and_makes_it_only_when_told(connector: Any, org: Any) -> None:
    said = connector.provision(apply=False)
    before = org.ask("GET", "/state")
    assert len(connector.missing_fields()) == 18
    made = connector.provision(apply=True)

    assert [(step.object, step.name, step.action) for step in said] == [
        (step.object, step.name, step.action) for step in made
    ]
    assert org.ask("GET", "/state") != before
    assert {step.action for step in connector.provision(apply=False)} == {"standing"}


def test_a_second_provisioning_changes_nothing_at_all(connector: Any, org: Any) -> None:
    connector.provision(apply=True)
    before = org.ask("GET", "/state")
    connector.provision(apply=True)

    assert org.ask("GET", "/state") == before


def test_two_permission_sets_grant_the_fields_one_to_write_and_one_to_read(connector: Any, org: Any) -> None:
    connector.provision(apply=True)
    sets = {row["Id"]: row["Name"] for row in org.rows("PermissionSet")}
    granted: dict[str, set[tuple[bool, bool]]] = {}
    for row in org.rows("FieldPermissions"):
        if ".Detente_" in row["Field"]:
            rights = (row["PermissionsRead"], row["PermissionsEdit"])
            granted.setdefault(sets[row["ParentId"]], set()).add(rights)

    assert granted == {"Detente_Integration": {(True, True)}, "Detente_Reader": {(True, False)}}


def test_a_field_that_exists_and_that_nobody_was_granted_is_granted(connector: Any, org: Any) -> None:
    make(org, "Account.Detente_Score__c", type="Number", precision=18, scale=1)
    assert definition(org, "Account", "Detente_Score__c") is None
    connector.provision(apply=True)

    assert connector.missing_fields() == []
    assert definition(org, "Account", "Detente_Score__c")["updateable"]


def test_provisioning_that_was_killed_in_the_middle_is_finished_by_the_next(connector: Any, org: Any) -> None:
    org.fault("tooling/sobjects/CustomField", method="POST", after=7, drop=True, apply=True)
    with pytest.raises(DetenteError):
        connector.provision(apply=True)
    connector.provision(apply=True)

    assert connector.missing_fields() == []


def test_a_plugins_field_is_made_where_it_belongs_under_a_name_of_its_own(connect: Any, org: Any) -> None:
    connector = connect(fields=(*STANDARD_FIELDS, MOOD))
    connector.provision(apply=True)

    assert definition(org, "Case", "Acme_Mood__c")["label"] == "Mood"
    assert definition(org, "Account", "Acme_Mood__c") is None


def test_a_field_of_our_name_with_another_type_is_refused_before_anything_is_made(
    connect: Any, org: Any
) -> None:
    connect(fields=(MOOD,)).provision(apply=True)
    other = MOOD.model_copy(update={"type": FieldType.NUMBER, "options": ()})
    connector = connect(fields=(*STANDARD_FIELDS, other))
    before = org.ask("GET", "/state")

    with pytest.raises(ConfigurationError, match=r"Case\.Acme_Mood__c exists as picklist.*rename"):
        connector.provision(apply=True)
    assert org.ask("GET", "/state") == before
    assert "Case.Acme_Mood__c" in connector.missing_fields()


def test_a_clash_that_was_hidden_from_everybody_is_found_when_it_comes_to_light(
    connector: Any, org: Any
) -> None:
    make(org, "Account.Detente_Score__c", type="Text", length=20)

    with pytest.raises(ConfigurationError, match=r"Account\.Detente_Score__c exists as string"):
        connector.provision(apply=True)
    assert connector.missing_fields() == ["Account.Detente_Score__c"]


def test_a_picklist_that_lacks_a_value_is_missing_and_told_where_to_click(connect: Any, org: Any) -> None:
    connect(fields=(MOOD,)).provision(apply=True)
    wider = connect(fields=(MOOD.model_copy(update={"options": ("good", "bad", "odd")}),))

    assert wider.missing_fields() == ["Case.Acme_Mood__c"]
    with pytest.raises(ConfigurationError, match=r"lacks the values odd.*Object Manager > Case"):
        wider.provision(apply=True)


def test_a_picklist_that_takes_any_value_lacks_none() -> None:
    assert missing_values(MOOD, {"restrictedPicklist": False, "picklistValues": []}) == []


def test_a_name_longer_than_salesforce_takes_is_refused() -> None:
    long = MOOD.model_copy(update={"name": "a" * 40})

    with pytest.raises(ConfigurationError, match="40 characters"):
        refuse_clash("Case", long, None)


def test_a_credential_that_may_not_make_fields_is_told_which_right_it_lacks(connect: Any) -> None:
    with pytest.raises(AccessError) as caught:
        connect("sync").provision(apply=True)
    assert "the user lacks a right (INSUFFICIENT_ACCESS_OR_READONLY)" in str(caught.value)


def test_another_user_lacks_the_fields_until_an_admin_assigns_the_set(connector: Any, connect: Any) -> None:
    """The integration set is given to who provisions, and to nobody else."""
    connector.provision(apply=True)

    assert len(connect("sync").missing_fields()) == 18
    found = connect("sync").check()
    assert any("Detente_Integration" in item.hint for item in found)


def test_definitions_keep_the_limits_of_the_metadata_api() -> None:
    wordy = MOOD.model_copy(update={"label": "L" * 60})
    made = field_definition("Case", wordy)

    assert made["FullName"] == "Case.Acme_Mood__c"
    assert len(made["Metadata"]["label"]) == 40
    assert made["Metadata"]["valueSet"]["restricted"] is True


def test_nothing_but_our_own_fields_is_ever_touched(connector: Any, org: Any) -> None:
    before = {row["Id"]: row for row in org.rows("Account")}
    connector.provision(apply=True)
    ref = Ref("sf", "Account", next(iter(before)))
    after = {row["Id"]: row for row in org.rows("Account")}

    own = {field_name(spec) for spec in STANDARD_FIELDS}
    assert {name for name in after[ref.id] if name not in before[ref.id]} == own
    assert all(after[id_][name] == value for id_, row in before.items() for name, value in row.items())
