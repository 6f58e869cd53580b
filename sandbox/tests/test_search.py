"""Search as the reference describes it."""

import pytest
from detente_sandbox import SandboxProcess

MODIFIED = "hs_lastmodifieddate"
MANY = [{"propertyName": "arr", "operator": "GT", "value": "1"}] * 7


def search(sandbox: SandboxProcess, word: str = "companies", **body: object) -> tuple[int, dict[str, object]]:
    sandbox.advance(1)
    answer = sandbox.api("POST", f"/crm/objects/2026-03/{word}/search", body)
    return answer.status_code, answer.json()


def where(name: str, operator: str, value: object = None, **more: object) -> list[dict[str, object]]:
    filter_ = {"propertyName": name, "operator": operator, **more}
    return [{"filters": [filter_ if value is None else {**filter_, "value": value}]}]


def ids(body: dict[str, object]) -> list[str]:
    results = body["results"]
    assert isinstance(results, list)
    return [row["id"] for row in results]


def test_window_over_the_stamp_comes_in_order_and_counts_all_hits(sandbox: SandboxProcess) -> None:
    status, body = search(
        sandbox, filterGroups=where(MODIFIED, "GTE", "1790000000000"), sorts=[MODIFIED], limit=5, after="0"
    )
    rows = body["results"]
    assert isinstance(rows, list)
    stamps = [row["updatedAt"] for row in rows]

    assert status == 200
    assert stamps == sorted(stamps)
    assert body["total"] == sum(
        row["updatedAt"] >= "2026-09-21T14:13:20"
        for row in sandbox.api("GET", "/crm/objects/2026-03/companies?limit=100").json()["results"]
    )
    assert body["paging"] == {"next": {"after": "5"}}


def test_pages_by_offset_meet_every_hit_once(sandbox: SandboxProcess) -> None:
    seen: list[str] = []
    for after in range(0, 60, 20):
        seen += ids(search(sandbox, sorts=[MODIFIED], limit=20, after=str(after))[1])

    assert len(seen) == len(set(seen)) == 60


def test_order_is_oldest_first_unless_asked_otherwise(sandbox: SandboxProcess) -> None:
    first = ids(search(sandbox, limit=3)[1])
    by_text = ids(search(sandbox, limit=3, sorts=["-createdate"])[1])
    by_object = ids(
        search(sandbox, limit=3, sorts=[{"propertyName": "createdate", "direction": "DESCENDING"}])[1]
    )

    assert first == ["20000001", "20000002", "20000003"]
    assert by_text == by_object == ["20000060", "20000059", "20000058"]


@pytest.mark.parametrize(
    ("groups", "matches"),
    [
        pytest.param(
            where("arr", "GT", "50000"), lambda p: p["arr"] and float(p["arr"]) > 50_000, id="number"
        ),
        pytest.param(
            where("arr", "BETWEEN", "5000", highValue="90000"),
            lambda p: p["arr"] and 5_000 <= float(p["arr"]) <= 90_000,
            id="between",
        ),
        pytest.param(
            where("industry_influence", "IN", values=["low", "high"]),
            lambda p: p["industry_influence"] in ("low", "high"),
            id="in",
        ),
        pytest.param(
            where("industry_influence", "NOT_IN", values=["low"]),
            lambda p: p["industry_influence"] in ("medium", "high"),
            id="not in",
        ),
        pytest.param(where("arr", "NOT_HAS_PROPERTY"), lambda p: p["arr"] is None, id="unset"),
        pytest.param(where("arr", "HAS_PROPERTY"), lambda p: p["arr"] is not None, id="set"),
        pytest.param(where("name", "CONTAINS_TOKEN", "gmb*"), lambda p: "GmbH" in p["name"], id="token"),
        pytest.param(
            where("renewal_date", "LT", "2027-01-01"),
            lambda p: p["renewal_date"] and p["renewal_date"] < "2027-01-01",
            id="day",
        ),
        pytest.param(
            where("reference_customer", "EQ", "true"), lambda p: p["reference_customer"] == "true", id="eq"
        ),
        pytest.param(where("uptime_exposure", "EQ", "NONE"), lambda p: False, id="enumerations mind letters"),
    ],
)
def test_operators_find_what_a_full_listing_finds(
    sandbox: SandboxProcess, groups: object, matches: object
) -> None:
    names = "arr,industry_influence,name,renewal_date,reference_customer,uptime_exposure"
    rows = sandbox.api("GET", f"/crm/objects/2026-03/companies?limit=100&properties={names}").json()[
        "results"
    ]
    assert callable(matches)
    expected = [row["id"] for row in rows if matches(row["properties"])]

    assert ids(search(sandbox, filterGroups=groups, limit=200)[1]) == expected


def test_groups_are_joined_by_or_and_filters_by_and(sandbox: SandboxProcess) -> None:
    low = where("industry_influence", "EQ", "low")
    high = where("industry_influence", "EQ", "high")
    both = [{"filters": low[0]["filters"] + high[0]["filters"]}]  # type: ignore[operator]
    count = [
        search(sandbox, filterGroups=group, limit=200)[1]["total"] for group in (low, high, low + high, both)
    ]

    assert count[0] + count[1] == count[2]  # type: ignore[operator]
    assert count[3] == 0


def test_tie_of_stamps_can_be_walked_by_record_id(sandbox: SandboxProcess) -> None:
    inputs = [{"id": str(20_000_001 + number), "properties": {"arr": "4242"}} for number in range(9)]
    rows = sandbox.api("POST", "/crm/objects/2026-03/companies/batch/update", {"inputs": inputs}).json()[
        "results"
    ]
    stamp = {"propertyName": MODIFIED, "operator": "EQ", "value": rows[0]["updatedAt"]}
    later = {"propertyName": "hs_object_id", "operator": "GT", "value": "20000004"}
    _, body = search(sandbox, filterGroups=[{"filters": [stamp, later]}], sorts=["hs_object_id"], limit=3)

    assert ids(body) == ["20000005", "20000006", "20000007"]
    assert body["total"] == 5


def test_tickets_are_found_by_their_company(sandbox: SandboxProcess) -> None:
    link = sandbox.api("GET", "/crm/v4/objects/tickets/40000001/associations/companies").json()["results"][0]
    groups = where("associations.company", "EQ", str(link["toObjectId"]))

    assert "40000001" in ids(search(sandbox, "tickets", filterGroups=groups, limit=200)[1])


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"limit": 201}, id="page over 200"),
        pytest.param({"limit": 200, "after": "9801"}, id="past 10,000 hits"),
        pytest.param({"filterGroups": where("name", "EQ", "x") * 6}, id="six groups"),
        pytest.param({"filterGroups": [{"filters": MANY}]}, id="seven filters"),
        pytest.param({"sorts": ["name", "arr"]}, id="two sorts"),
        pytest.param({"filterGroups": where("arr", "LIKE", "1")}, id="unknown operator"),
        pytest.param({"filterGroups": where("arr", "GT", "much")}, id="words for a number"),
        pytest.param(
            {"properties": [f"property_{number}" for number in range(300)]}, id="over 3,000 characters"
        ),
    ],
)
def test_search_over_its_limits_is_refused(sandbox: SandboxProcess, body: dict[str, object]) -> None:
    assert search(sandbox, "companies", **body)[0] == 400


def test_search_lags_behind_lists_until_the_lag_is_over(sandbox: SandboxProcess) -> None:
    sandbox.put("/_sandbox/limits", {"search_lag_s": 30})
    sandbox.patch("/_sandbox/objects/companies/20000001", {"properties": {"arr": "31337"}})
    sandbox.delete("/_sandbox/objects/companies/20000002")
    groups = where("arr", "EQ", "31337")
    early, still_there = search(sandbox, filterGroups=groups)[1], search(sandbox, limit=2)[1]
    sandbox.advance(30)
    late, gone = search(sandbox, filterGroups=groups)[1], search(sandbox, limit=2)[1]

    assert (early["total"], late["total"]) == (0, 1)
    assert (ids(still_there)[1], ids(gone)[1]) == ("20000002", "20000003")


def test_search_by_an_undefined_property_is_unknown_and_remembered(wild: SandboxProcess) -> None:
    assert search(wild, filterGroups=where("nowhere", "EQ", "1"))[0] == 501
    assert len(wild.get("/_sandbox/unknown")) == 1
