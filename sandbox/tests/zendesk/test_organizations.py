"""Organizations: lists, look-ups, single writes. Sections 2.2, 3.3 and 4.3 of the reference."""

from collections.abc import Callable
from typing import Any

import pytest
from detente_sandbox import SandboxProcess

Json = dict[str, Any]
Read = Callable[..., Json]
FIRST = 5_100_000_001


def put(zendesk: SandboxProcess, number: int, sent: Json, app: str = "sync") -> Any:
    return zendesk.api("PUT", f"/api/v2/organizations/{number}", {"organization": sent}, app)


def test_cursor_list_gives_each_organization_once(read: Read) -> None:
    ids, path = [], "organizations?page[size]=25"
    while path:
        page = read(path)
        ids += [row["id"] for row in page["organizations"]]
        path = page["links"]["next"].split("/api/v2/")[1] if page["meta"]["has_more"] else ""

    assert len(ids) == len(set(ids)) == 60
    assert page["meta"]["after_cursor"] is not None
    assert page["links"]["next"] is None


def test_page_after_the_last_cursor_is_empty(read: Read) -> None:
    last = read("organizations?page[size]=100")["meta"]["after_cursor"]
    page = read(f"organizations?page[size]=100&page[after]={last}")

    assert (page["organizations"], page["meta"]["has_more"]) == ([], False)


def test_cursor_leads_back_to_the_page_before(read: Read) -> None:
    first = read("organizations?page%5Bsize%5D=10")
    second = read(f"organizations?page[size]=10&page[after]={first['meta']['after_cursor']}")
    back = read(f"organizations?page[size]=10&page[before]={second['meta']['before_cursor']}")

    assert back["organizations"] == first["organizations"]
    assert (first["links"]["prev"], second["links"]["prev"] is None) == (None, False)


def test_list_by_number_counts_and_links(read: Read) -> None:
    page = read("organizations.json?per_page=25&page=2")

    assert (page["count"], len(page["organizations"])) == (60, 25)
    assert "page=3" in page["next_page"]
    assert "page=1" in page["previous_page"]
    assert read("organizations.json?per_page=25&page=3")["next_page"] is None


def test_list_by_number_ends_after_ten_thousand_records(zendesk: SandboxProcess) -> None:
    answer = zendesk.api("GET", "/api/v2/organizations?page=101&per_page=100")

    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidPaginationDepth")


def test_organization_holds_what_the_firm_knows(zendesk: SandboxProcess, read: Read) -> None:
    zendesk.advance(60)
    rows = read("incremental/organizations?start_time=0")["organizations"]
    known = {
        name: [row["organization_fields"][name] for row in rows] for name in rows[0]["organization_fields"]
    }

    assert set(known) == {
        "uptime_exposure", "compliance_sensitivity", "data_security_tier", "reference_customer", "arr",
        "renewal_date",
    }  # fmt: skip
    assert {type(value) for value in known["arr"]} == {float, type(None)}
    assert all(value is None or value.endswith("T00:00:00+00:00") for value in known["renewal_date"])
    assert all(row["domain_names"] for row in rows)
    assert len({row["name"].lower() for row in rows}) == len(rows)


def test_look_ups_by_number_and_name_are_exact_in_any_case(read: Read) -> None:
    row = read(f"organizations/{FIRST}")["organization"]
    by_number = read(f"organizations/search?external_id={row['external_id'].lower()}")
    by_name = read(f"organizations/search.json?name={row['name'].upper()}")
    many = read(f"organizations/show_many?external_ids={row['external_id'].lower()},C-nobody")

    assert [found["id"] for found in by_number["organizations"]] == [FIRST]
    assert [found["id"] for found in by_name["organizations"]] == [FIRST]
    assert [found["id"] for found in many["organizations"]] == [FIRST]
    assert read("organizations/search?name=Onyx")["count"] == 0


def test_more_than_a_hundred_ids_are_refused(zendesk: SandboxProcess) -> None:
    ids = ",".join(str(FIRST + place) for place in range(101))
    answer = zendesk.api("GET", f"/api/v2/organizations/show_many?ids={ids}")

    assert (answer.status_code, answer.json()["error"]) == (400, "TooManyValues")


def test_fields_that_are_not_sent_stay(zendesk: SandboxProcess) -> None:
    before = zendesk.get(f"/_sandbox/objects/organizations/{FIRST}")["organization_fields"]
    answer = put(zendesk, FIRST, {"organization_fields": {"arr": "123.5"}}).json()["organization"]

    assert answer["organization_fields"] == {**before, "arr": 123.5}


def test_date_is_kept_as_a_day_and_shown_with_a_time(zendesk: SandboxProcess) -> None:
    answer = put(zendesk, FIRST, {"organization_fields": {"renewal_date": "2027-05-01"}}).json()
    again = put(zendesk, FIRST, {"organization_fields": {"renewal_date": "2027-05-01T00:00:00+00:00"}}).json()

    assert answer["organization"]["organization_fields"]["renewal_date"] == "2027-05-01T00:00:00+00:00"
    assert again == answer


def test_change_moves_the_stamp_and_no_change_does_not(zendesk: SandboxProcess) -> None:
    zendesk.advance(100)
    first = put(zendesk, FIRST, {"notes": "known"}).json()["organization"]["updated_at"]
    zendesk.advance(100)
    same = put(zendesk, FIRST, {"notes": "known"}).json()["organization"]["updated_at"]

    assert first == same == "2026-11-03T09:01:40Z"


def test_lists_are_overwritten_whole(zendesk: SandboxProcess) -> None:
    answer = put(zendesk, FIRST, {"domain_names": ["other.example"], "tags": ["vip"]}).json()["organization"]

    assert (answer["domain_names"], answer["tags"]) == (["other.example"], ["vip"])


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ({"organization_fields": {"arr": "much"}}, "arr"),
        ({"organization_fields": {"uptime_exposure": "sometimes"}}, "uptime_exposure"),
        ({"organization_fields": {"renewal_date": "soon"}}, "renewal_date"),
        ({"organization_fields": {"data_security_tier": 1.5}}, "data_security_tier"),
        ({"organization_fields": {"reference_customer": "maybe"}}, "reference_customer"),
        ({"name": "  "}, "name"),
        ({"domain_names": "x.example"}, "domain_names"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_unsuitable_value_is_named_and_nothing_changes(
    zendesk: SandboxProcess, sent: Json, name: str
) -> None:
    before = zendesk.get("/_sandbox/state")
    answer = put(zendesk, FIRST, {"notes": "not kept", **sent})

    assert (answer.status_code, answer.json()["error"], list(answer.json()["details"])) == (
        422, "RecordInvalid", [name],
    )  # fmt: skip
    assert zendesk.get("/_sandbox/state") == before


def test_unknown_field_is_left_out_or_refused_as_the_switch_says(
    zendesk: SandboxProcess, act: Callable[..., Any]
) -> None:
    sent = {"organization_fields": {"nothing": 1}}
    first = put(zendesk, FIRST, sent)
    act("unknown_fields", refused=True)

    assert first.status_code == 200
    assert put(zendesk, FIRST, sent).status_code == 422


def test_name_and_number_of_another_organization_are_taken(zendesk: SandboxProcess, read: Read) -> None:
    other = read(f"organizations/{FIRST + 1}")["organization"]
    by_name = put(zendesk, FIRST, {"name": other["name"].upper()})
    by_number = put(zendesk, FIRST, {"external_id": other["external_id"].lower()})

    assert (by_name.status_code, by_name.json()["details"]["name"][0]["error"]) == (422, "DuplicateValue")
    assert "external_id" in by_number.json()["details"]


def test_sixth_change_of_one_organization_in_a_minute_is_refused(zendesk: SandboxProcess) -> None:
    answers = [put(zendesk, FIRST, {"notes": str(turn)}) for turn in range(6)]
    error = answers[5].json()["errors"][0]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert (error["code"], answers[5].headers["Retry-After"]) == ("TooManyRequests", "60")
    assert put(zendesk, FIRST + 1, {"notes": "x"}).status_code == 200
    zendesk.advance(60)
    assert put(zendesk, FIRST, {"notes": "x"}).status_code == 200


def test_plain_agent_may_change_notes_only(zendesk: SandboxProcess) -> None:
    zendesk.put("/_sandbox/tokens/sync", {"role": "agent"})

    assert put(zendesk, FIRST, {"notes": "x"}).status_code == 200
    assert put(zendesk, FIRST, {"details": "x"}).status_code == 403


def test_create_or_update_matches_by_number_never_by_name(zendesk: SandboxProcess, read: Read) -> None:
    known = read(f"organizations/{FIRST}")["organization"]
    path = "/api/v2/organizations/create_or_update"
    changed = zendesk.api("POST", path, {"organization": {"external_id": known["external_id"], "notes": "n"}})
    made = zendesk.api("POST", path, {"organization": {"external_id": "new-1", "name": "New one"}})
    refused = zendesk.api("POST", path, {"organization": {"name": known["name"]}})

    assert (changed.status_code, changed.json()["organization"]["id"]) == (200, FIRST)
    assert (made.status_code, made.json()["organization"]["external_id"]) == (201, "new-1")
    assert refused.status_code == 422


def test_deleted_organization_frees_its_name_and_number(zendesk: SandboxProcess, read: Read) -> None:
    known = read(f"organizations/{FIRST}")["organization"]
    gone = zendesk.api("DELETE", f"/api/v2/organizations/{FIRST}")
    sent = {"name": known["name"], "external_id": known["external_id"]}
    made = zendesk.api("POST", "/api/v2/organizations", {"organization": sent})

    assert gone.status_code == 204
    assert (made.status_code, made.json()["organization"]["id"] > FIRST) == (201, True)


def test_property_of_which_nothing_is_known_is_not_guessed(wild: SandboxProcess) -> None:
    assert put(wild, FIRST, {"colour": "red"}).status_code == 501
