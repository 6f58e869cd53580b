"""Making Detente's fields in an account."""

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
    kinds=(Kind.ACCOUNT, Kind.TICKET),
)
WIDER = MOOD.model_copy(update={"options": ("good", "bad", "odd")})
OBJECTS = ("organizations", "tickets")


def fields(desk: Any, kind: str) -> dict[str, Any]:
    """Fields by key, or by title."""
    name = "key" if kind == "organization_fields" else "title"
    return {field[name]: field for field in desk.api(f"/{kind}")[kind]}


def tags(field: Any) -> list[str]:
    return [option["value"] for option in field["custom_field_options"]]


def make(desk: Any, kind: str, **definition: object) -> Any:
    """An admin makes a field by hand."""
    return desk.api(f"/{kind}", "POST", {kind.removesuffix("s"): definition})[kind.removesuffix("s")]


def test_a_bare_account_lacks_every_field_on_both_objects(connector: Any) -> None:
    wanted = {f"{name}.{spec.key}" for name in OBJECTS for spec in STANDARD_FIELDS}

    assert set(connector.missing_fields()) == wanted


def test_fields_are_made_with_their_types_and_options(connector: Any, desk: Any) -> None:
    connector.provision(apply=True)
    own, titled = fields(desk, "organization_fields"), fields(desk, "ticket_fields")

    assert [own[spec.key]["type"] for spec in STANDARD_FIELDS] == [
        "dropdown",
        "decimal",
        "textarea",
        "text",
        "textarea",
        "text",
    ]
    assert titled["Detente priority"]["type"] == "tagger"
    assert tags(titled["Detente priority"]) == ["detente_p1", "detente_p2", "detente_p3", "detente_p4"]
    assert titled["Detente priority"]["required"] is False


def test_provisioning_says_what_it_would_make_and_makes_it_only_when_told(connector: Any) -> None:
    said = connector.provision(apply=False)
    assert len(connector.missing_fields()) == 12
    made = connector.provision(apply=True)

    assert said == made
    assert {step.action for step in made} == {"create"}
    assert {step.action for step in connector.provision(apply=True)} == {"standing"}


def test_provisioning_twice_leaves_the_account_as_it_was_after_once(connector: Any, desk: Any) -> None:
    connector.provision(apply=True)
    once = [desk.api("/ticket_fields"), desk.api("/organization_fields")]
    connector.provision(apply=True)

    assert [desk.api("/ticket_fields"), desk.api("/organization_fields")] == once


@pytest.mark.parametrize("kind", ["organization_fields", "ticket_fields"])
def test_an_option_that_is_lacking_is_added_and_others_stay(kind: str, connect: Any, desk: Any) -> None:
    connect(fields=(MOOD,)).provision(apply=True)
    name = "acme_mood" if kind == "organization_fields" else "Mood"
    before = fields(desk, kind)[name]
    wider = connect(fields=(WIDER,))
    assert wider.missing_fields() == ["organizations.acme_mood", "tickets.acme_mood"]
    steps = wider.provision(apply=True)

    assert [step.action for step in steps] == ["extend", "extend"]
    after = fields(desk, kind)[name]["custom_field_options"]
    assert after[:2] == before["custom_field_options"]
    assert [option["name"] for option in after] == ["good", "bad", "odd"]


def test_values_that_people_chose_survive_an_added_option(connect: Any, desk: Any) -> None:
    connect(fields=(MOOD,)).provision(apply=True)
    id_ = str(desk.api("/organizations?page[size]=1")["organizations"][0]["id"])
    desk.edit("organizations", id_, acme_mood="acme_mood_org_bad")
    connect(fields=(WIDER,)).provision(apply=True)

    assert desk.raw("organizations", id_)["organization_fields"]["acme_mood"] == "acme_mood_org_bad"


def test_what_is_not_ours_is_never_touched(connector: Any, desk: Any) -> None:
    before = [fields(desk, kind) for kind in ("organization_fields", "ticket_fields")]
    forms = desk.api("/ticket_forms")
    connector.provision(apply=True)
    after = [fields(desk, kind) for kind in ("organization_fields", "ticket_fields")]

    assert [
        {name: found[name] for name in known} for known, found in zip(before, after, strict=True)
    ] == before
    assert desk.api("/ticket_forms") == forms


def test_a_field_of_our_name_with_another_type_is_refused_before_anything_is_made(
    connector: Any, desk: Any
) -> None:
    make(desk, "ticket_fields", type="text", title="Detente score")

    with pytest.raises(ConfigurationError, match=r"tickets\.detente_score exists as text.*Rename or delete"):
        connector.provision(apply=True)
    assert len(connector.missing_fields()) == 12


def test_two_ticket_fields_with_our_title_are_refused(connector: Any, desk: Any) -> None:
    for _ in range(2):
        make(desk, "ticket_fields", type="decimal", title="Detente score")

    with pytest.raises(ConfigurationError, match="2 ticket fields titled 'Detente score'"):
        connector.provision(apply=False)


def test_a_field_that_is_deactivated_is_missing_and_not_made_a_second_time(connector: Any, desk: Any) -> None:
    connector.provision(apply=True)
    field = fields(desk, "organization_fields")["detente_score"]
    desk.api(f"/organization_fields/{field['id']}", "PUT", {"organization_field": {"active": False}})

    assert connector.missing_fields() == ["organizations.detente_score"]
    with pytest.raises(ConfigurationError, match="deactivated"):
        connector.provision(apply=True)


def test_a_tag_of_ours_on_another_field_is_refused_with_its_title(connector: Any, desk: Any) -> None:
    option = {"name": "First", "value": "detente_p1"}
    make(desk, "ticket_fields", type="tagger", title="Old priority", custom_field_options=[option])

    with pytest.raises(ConfigurationError, match=r"detente_p1.*taken by the field 'Old priority'"):
        connector.provision(apply=True)


def test_two_fields_of_ours_with_one_tag_are_refused(connect: Any) -> None:
    clash = MOOD.model_copy(update={"name": "mood_org", "kinds": (Kind.TICKET,)})

    with pytest.raises(ConfigurationError, match="would both use the tag acme_mood_org_good"):
        connect(fields=(MOOD, clash)).provision(apply=True)


def test_a_field_that_zendesk_refuses_is_told_with_its_reason(connector: Any, desk: Any) -> None:
    body = (
        '{"error": "RecordInvalid", "description": "x", "details": {"key": [{"description": "is reserved"}]}}'
    )
    desk.fault("organization_fields", method="POST", status=422, body=body)

    with pytest.raises(ConfigurationError, match="detente_priority: key: is reserved"):
        connector.provision(apply=True)


def test_a_client_that_may_not_make_fields_is_told_which_scope_it_lacks(connect: Any) -> None:
    with pytest.raises(AccessError, match=r"gives no token.*write"):
        connect("sync").provision(apply=True)


def test_a_run_asks_for_no_more_than_it_needs(connector: Any, desk: Any) -> None:
    connector.provision(apply=True)
    connector.read(Kind.PERSON, None, 100)
    asked = {item.message for item in connector.check() if item.subject == "OAuth client"}

    assert asked == {"the account answers; scopes: organizations:write read tickets:write"}
