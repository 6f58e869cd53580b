"""Definitions of fields, their options and tags, and the form. Section 5.1 of the reference."""

from collections.abc import Callable
from typing import Any

import pytest
from detente_sandbox import SandboxProcess

Json = dict[str, Any]
Read = Callable[..., Json]
FIRST = 5_100_000_001
BANDS = [{"name": f"P{band}", "value": f"detente_p{band}"} for band in range(1, 5)]


def define(zendesk: SandboxProcess, family: str, **sent: Any) -> Json:
    answer = zendesk.api("POST", f"/api/v2/{family}", {family[:-1]: sent})
    assert answer.status_code == 201, answer.text
    told: Json = answer.json()[family[:-1]]
    return told


def put(zendesk: SandboxProcess, path: str, **body: Any) -> Json:
    answer = zendesk.api("PUT", f"/api/v2/{path}", body)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def test_organization_field_is_known_by_its_key(zendesk: SandboxProcess, read: Read) -> None:
    made = define(zendesk, "organization_fields", type="decimal", key="detente_score", title="Detente score")
    sent = {"organization_fields": {"detente_score": 87.5}}
    changed = put(zendesk, f"organizations/{FIRST}", organization=sent)["organization"]
    other = read(f"organizations/{FIRST + 1}")["organization"]

    assert read("organization_fields/detente_score")["organization_field"] == made
    assert read(f"organization_fields/{made['id']}.json")["organization_field"] == made
    assert changed["organization_fields"]["detente_score"] == 87.5
    assert other["organization_fields"]["detente_score"] is None


@pytest.mark.parametrize("key", ["123", "a-b", "", None, "arr"], ids=str)
def test_bad_and_taken_keys_are_refused(zendesk: SandboxProcess, key: str | None) -> None:
    sent = {"organization_field": {"type": "text", "key": key, "title": "T"}}
    answer = zendesk.api("POST", "/api/v2/organization_fields", sent)

    assert (answer.status_code, list(answer.json()["details"])) == (422, ["key"])


@pytest.mark.parametrize(
    ("family", "kind"), [("ticket_fields", "dropdown"), ("organization_fields", "tagger")]
)
def test_choice_has_another_name_in_each_family(zendesk: SandboxProcess, family: str, kind: str) -> None:
    sent = {family[:-1]: {"type": kind, "title": "T", "key": "t", "custom_field_options": BANDS}}
    answer = zendesk.api("POST", f"/api/v2/{family}", sent)

    assert (answer.status_code, list(answer.json()["details"])) == (422, ["type"])


def test_only_an_admin_with_the_broad_scope_defines_fields(zendesk: SandboxProcess) -> None:
    sent = {"ticket_field": {"type": "text", "title": "T"}}
    by_sync = zendesk.api("POST", "/api/v2/ticket_fields", sent, "sync")
    zendesk.put("/_sandbox/tokens/admin", {"role": "agent"})
    by_agent = zendesk.api("POST", "/api/v2/ticket_fields", sent, "admin")

    assert (by_sync.status_code, by_agent.status_code) == (403, 403)


def test_same_title_can_be_used_twice_so_setup_must_look_first(zendesk: SandboxProcess, read: Read) -> None:
    ids = {define(zendesk, "ticket_fields", type="text", title="Detente reason")["id"] for _ in range(2)}
    found = [row for row in read("ticket_fields")["ticket_fields"] if row["title"] == "Detente reason"]

    assert {row["id"] for row in found} == ids
    assert len(ids) == 2


def test_choice_of_a_ticket_brings_its_tag_and_another_takes_it_away(
    zendesk: SandboxProcess, open_ticket: Json
) -> None:
    field = define(zendesk, "ticket_fields", type="tagger", title="P", custom_field_options=BANDS)["id"]
    path, tags = f"tickets/{open_ticket['id']}", open_ticket["tags"]

    def choose(value: str | None) -> list[str]:
        sent = {"custom_fields": [{"id": field, "value": value}]}
        told: list[str] = put(zendesk, path, ticket=sent)["ticket"]["tags"]
        return told

    assert choose("detente_p1") == [*tags, "detente_p1"]
    assert choose("detente_p2") == [*tags, "detente_p2"]
    assert choose(None) == tags


def test_replacing_tags_clears_the_choice(zendesk: SandboxProcess, open_ticket: Json) -> None:
    field = define(zendesk, "ticket_fields", type="tagger", title="P", custom_field_options=BANDS)["id"]
    path = f"tickets/{open_ticket['id']}"
    put(zendesk, path, ticket={"custom_fields": [{"id": field, "value": "detente_p1"}]})
    ticket = put(zendesk, path, ticket={"tags": ["other"]})["ticket"]

    assert {row["id"]: row["value"] for row in ticket["custom_fields"]}[field] is None


def test_ticked_checkbox_brings_its_tag(zendesk: SandboxProcess, open_ticket: Json) -> None:
    field = define(zendesk, "ticket_fields", type="checkbox", title="C", tag="detente_case")["id"]
    path = f"tickets/{open_ticket['id']}"
    ticked = put(zendesk, path, ticket={"custom_fields": [{"id": field, "value": True}]})["ticket"]
    cleared = put(zendesk, path, ticket={"custom_fields": [{"id": field, "value": False}]})["ticket"]

    assert "detente_case" in ticked["tags"]
    assert "detente_case" not in cleared["tags"]


def test_option_value_belongs_to_one_field(zendesk: SandboxProcess) -> None:
    define(zendesk, "ticket_fields", type="tagger", title="P", custom_field_options=BANDS)
    sent = {"type": "tagger", "title": "Q", "custom_field_options": BANDS[:1]}
    answer = zendesk.api("POST", "/api/v2/ticket_fields", {"ticket_field": sent})

    assert (answer.status_code, list(answer.json()["details"])) == (422, ["custom_field_options"])


def test_omitted_option_is_deleted_and_its_value_vanishes(
    zendesk: SandboxProcess, read: Read, open_ticket: Json
) -> None:
    field = define(zendesk, "ticket_fields", type="tagger", title="P", custom_field_options=BANDS)["id"]
    path = f"tickets/{open_ticket['id']}"
    put(zendesk, path, ticket={"custom_fields": [{"id": field, "value": "detente_p1"}]})
    put(zendesk, f"ticket_fields/{field}", ticket_field={"custom_field_options": BANDS[1:]})
    ticket = read(path)["ticket"]

    assert {row["id"]: row["value"] for row in ticket["custom_fields"]}[field] is None
    assert "detente_p1" not in ticket["tags"]


def test_option_can_be_added_without_sending_the_others(zendesk: SandboxProcess, read: Read) -> None:
    made = define(zendesk, "ticket_fields", type="tagger", title="P", custom_field_options=BANDS[:3])
    path = f"/api/v2/ticket_fields/{made['id']}/options"
    added = zendesk.api("POST", path, {"custom_field_option": BANDS[3]})
    renamed = {"id": added.json()["custom_field_option"]["id"], "name": "Fourth", "value": "detente_p4"}
    changed = zendesk.api("POST", path, {"custom_field_option": renamed})
    options = read(f"ticket_fields/{made['id']}/options")["custom_field_options"]

    assert (added.status_code, changed.status_code) == (201, 200)
    assert [row["name"] for row in options] == ["P1", "P2", "P3", "Fourth"]


def test_type_of_a_field_cannot_change(zendesk: SandboxProcess) -> None:
    made = define(zendesk, "ticket_fields", type="text", title="T")
    answer = zendesk.api("PUT", f"/api/v2/ticket_fields/{made['id']}", {"ticket_field": {"type": "date"}})

    assert answer.status_code == 422


def test_deleted_field_takes_its_values_along(zendesk: SandboxProcess, read: Read) -> None:
    zendesk.api("DELETE", "/api/v2/organization_fields/arr")

    assert "arr" not in read(f"organizations/{FIRST}")["organization"]["organization_fields"]
    assert zendesk.api("GET", "/api/v2/organization_fields/arr").status_code == 404


def test_required_field_stops_solving_until_it_is_filled(
    zendesk: SandboxProcess, read: Read, open_ticket: Json
) -> None:
    region = next(row for row in read("ticket_fields")["ticket_fields"] if row["title"] == "Region")
    put(zendesk, f"ticket_fields/{region['id']}", ticket_field={"required": True})
    path, empty = f"tickets/{open_ticket['id']}", [{"id": region["id"], "value": None}]
    refused = zendesk.api("PUT", f"/api/v2/{path}", {"ticket": {"status": "solved", "custom_fields": empty}})
    filled = [{"id": region["id"], "value": "region_emea"}]
    solved = put(zendesk, path, ticket={"status": "solved", "custom_fields": filled})

    assert refused.status_code == 422
    assert refused.json()["details"]["base"] == [
        {
            "description": "Region: is required when solving a ticket",
            "error": None,
            "ticket_field_id": region["id"],
            "ticket_field_type": "FieldTagger",
        }
    ]
    assert solved["ticket"]["status"] == "solved"


def test_unknown_field_of_a_ticket_is_left_out_or_refused(
    zendesk: SandboxProcess, act: Callable[..., Any], open_ticket: Json
) -> None:
    path, sent = f"/api/v2/tickets/{open_ticket['id']}", {"custom_fields": [{"id": 1, "value": "x"}]}
    first = zendesk.api("PUT", path, {"ticket": sent})
    act("unknown_fields", refused=True)

    assert first.status_code == 200
    assert zendesk.api("PUT", path, {"ticket": sent}).status_code == 422


def test_new_field_is_on_the_page_once_the_form_has_it(
    zendesk: SandboxProcess, read: Read, open_ticket: Json
) -> None:
    made = define(
        zendesk, "ticket_fields", type="tagger", title="Detente priority", custom_field_options=BANDS
    )
    sent = {"custom_fields": [{"id": made["id"], "value": "detente_p1"}]}
    put(zendesk, f"tickets/{open_ticket['id']}", ticket=sent)
    view = f"/_sandbox/view/tickets/{open_ticket['id']}"
    before = zendesk.request("GET", view).text
    form = read("ticket_forms")["ticket_forms"][0]
    ids = [*form["ticket_field_ids"], made["id"]]
    put(zendesk, f"ticket_forms/{form['id']}", ticket_form={"ticket_field_ids": ids})
    after = zendesk.request("GET", view).text

    assert '<span class="chip">' not in before
    assert '<span class="chip">P1</span>' in after


def test_fields_come_at_once_or_in_pages(read: Read) -> None:
    whole = read("ticket_fields")["ticket_fields"]
    page = read("ticket_fields?page[size]=3")

    assert len(whole) == 8
    assert (len(page["ticket_fields"]), page["meta"]["has_more"]) == (3, True)
    assert read("user_fields")["user_fields"] == []
