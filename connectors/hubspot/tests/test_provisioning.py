"""Making Detente's fields in a portal."""

from __future__ import annotations

from typing import Any

import pytest
from detente_contracts import STANDARD_FIELDS, AccessError, ConfigurationError, FieldSpec, FieldType, Kind

MOOD = FieldSpec(
    name="mood",
    label="Mood",
    help="How they feel",
    type=FieldType.CHOICE,
    options=("good", "bad"),
    prefix="acme",
    kinds=(Kind.TICKET,),
)
OBJECTS = ("companies", "deals", "tickets")


def definition(portal: Any, kind: str, name: str) -> Any:
    return portal.sandbox.api("GET", f"/crm/v3/properties/{kind}/{name}").json()


def test_a_bare_portal_lacks_every_field_on_every_object(connector: Any) -> None:
    wanted = {f"{kind}.{spec.key}" for kind in OBJECTS for spec in STANDARD_FIELDS}

    assert set(connector.missing_fields()) == wanted


def test_fields_are_made_with_label_help_type_and_options(connector: Any, portal: Any) -> None:
    connector.provision(apply=True)
    priority = definition(portal, "tickets", "detente_priority")

    assert (priority["type"], priority["fieldType"], priority["groupName"]) == (
        "enumeration",
        "select",
        "detente",
    )
    assert priority["label"] == "Detente priority"
    assert priority["description"].startswith("Band")
    assert [option["value"] for option in priority["options"]] == ["P1", "P2", "P3", "P4"]
    assert definition(portal, "deals", "detente_scored_at")["type"] == "datetime"


def test_provisioning_says_what_it_would_make_and_makes_it_only_when_told(connector: Any) -> None:
    said = connector.provision(apply=False)
    assert len(connector.missing_fields()) == 18
    made = connector.provision(apply=True)

    assert said == made
    assert {step.action for step in made} == {"create"}
    assert {step.action for step in connector.provision(apply=False)} == {"standing"}


def test_a_plugins_fields_stand_in_a_group_of_their_own(connect: Any, portal: Any) -> None:
    connector = connect(fields=(*STANDARD_FIELDS, MOOD))
    connector.provision(apply=True)

    assert definition(portal, "tickets", "acme_mood")["groupName"] == "acme"
    assert definition(portal, "companies", "acme_mood").get("name") is None


def test_an_option_that_is_lacking_is_added_and_others_stay(connect: Any, portal: Any) -> None:
    connect(fields=(MOOD,)).provision(apply=True)
    wider = connect(fields=(MOOD.model_copy(update={"options": ("good", "bad", "odd")}),))
    assert wider.missing_fields() == ["tickets.acme_mood"]
    steps = wider.provision(apply=True)

    assert [step.action for step in steps] == ["standing", "extend"]
    options = definition(portal, "tickets", "acme_mood")["options"]
    assert [option["value"] for option in options] == ["good", "bad", "odd"]


def test_a_property_of_our_name_with_another_type_is_refused_before_anything_is_made(
    connector: Any, portal: Any
) -> None:
    clash = {"name": "detente_score", "label": "x", "type": "string", "fieldType": "text"}
    body = {**clash, "groupName": "ticketinformation"}
    assert portal.sandbox.api("POST", "/crm/v3/properties/tickets", body).status_code == 201

    with pytest.raises(ConfigurationError, match=r"tickets\.detente_score exists as string.*rename"):
        connector.provision(apply=True)
    assert len(connector.missing_fields()) == 17


def test_a_credential_that_may_not_make_fields_is_told_which_scope_it_lacks(connect: Any) -> None:
    with pytest.raises(AccessError, match=r"crm\.schemas\.companies\.write"):
        connect("readonly").provision(apply=True)
