"""Whatever a client sends is answered, and never by an accident of the sandbox."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from detente_sandbox.clock import Clock
from detente_sandbox.options import Options
from detente_sandbox.salesforce.routes import ROUTES
from detente_sandbox.salesforce.vendor import Salesforce
from detente_sandbox.vendor import Request
from detente_sandbox.world import generate_world
from hypothesis import given, settings
from hypothesis import strategies as st

START_MS = 1_793_696_400_000
ACCOUNT = "0015g0000000001AAA"
WORDS = st.sampled_from(
    [
        *("Account", "Case", "PermissionSet", "CustomField", "Nothing", "Lead", "describe"),
        *(ACCOUNT, ACCOUNT[:15], "7505g0000000001AAA", "00N5g0000000001AAA", "0r85g0000000001AAA-200"),
        *("Customer_Number__c", "Email", "Id", "C-100000", "", "é ☃", "%00", "a" * 300),
    ]
)
KEYS = st.sampled_from(
    [
        *("records", "attributes", "type", "id", "Id", "Name", "ids", "fields", "allOrNone", "state"),
        *("operation", "object", "query", "contentType", "columnDelimiter", "externalIdFieldName"),
        *("compositeRequest", "method", "url", "referenceId", "body", "httpHeaders"),
        *("FullName", "Metadata", "label", "length", "precision", "valueSet", "ParentId", "Field"),
    ]
)
SCALARS = st.one_of(
    WORDS,
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False),
    st.sampled_from(
        ["query", "update", "insert", "UploadComplete", "Aborted", "GET", "PATCH", "Text", "Picklist"]
    ),
    st.sampled_from(
        ["SELECT Id FROM Account", "SELECT", "/services/data/v62.0/limits", "@{a.b}", "Account.X__c"]
    ),
)
BODIES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=12,
)
# Bodies that are nearly right, with one thing or another in the wrong place.
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "attributes": st.one_of(
                st.just({"type": "Account"}), st.fixed_dictionaries({"type": SCALARS}), SCALARS
            )
        },
        optional={"id": WORDS, "Name": BODIES, "OwnerId": BODIES, "ARR__c": BODIES, "IsPartner": BODIES},
    ),
    max_size=3,
)
PARTS = st.lists(
    st.fixed_dictionaries(
        {"referenceId": st.one_of(st.sampled_from(["a", "b", "c"]), SCALARS)},
        optional={
            "method": st.sampled_from(["GET", "POST", "PATCH", "DELETE", 5, None]),
            "url": st.one_of(
                st.sampled_from(
                    [
                        "/services/data/v62.0/sobjects/Account",
                        f"/services/data/v62.0/sobjects/Account/{ACCOUNT}",
                        "/services/data/v62.0/sobjects/Account/@{a.id}",
                        "/services/data/v62.0/query?q=SELECT+Id+FROM+Account",
                        "/services/data/v62.0/composite/sobjects",
                        "/services/data/v62.0/composite/sobjects/Account?ids=x&fields=Id",
                        "/services/data/v9.0/limits",
                    ]
                ),
                SCALARS,
            ),
            "body": st.one_of(BODIES, st.fixed_dictionaries({"records": RECORDS})),
            "httpHeaders": BODIES,
        },
    ),
    max_size=3,
)
METADATA = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Text", "Number", "Picklist", "LongTextArea", "Checkbox", 5]),
        "label": SCALARS,
    },
    optional={
        "length": SCALARS,
        "precision": SCALARS,
        "scale": SCALARS,
        "visibleLines": SCALARS,
        "valueSet": st.one_of(
            BODIES, st.fixed_dictionaries({"valueSetDefinition": st.fixed_dictionaries({"value": BODIES})})
        ),
    },
)
JOBS = st.fixed_dictionaries(
    {"operation": SCALARS, "object": st.sampled_from(["Account", "Nothing", 5]), "query": SCALARS},
    optional={"columnDelimiter": SCALARS, "lineEnding": SCALARS, "externalIdFieldName": SCALARS},
)
MANY = st.fixed_dictionaries({"records": RECORDS}, optional={"allOrNone": SCALARS})
FLAT = st.dictionaries(
    st.sampled_from(["Name", "OwnerId", "Field", "ParentId", "SobjectType", "Label", "ARR__c", "CloseDate"]),
    BODIES,
)
NEARLY: dict[str, st.SearchStrategy[Any]] = {
    "composite": st.fixed_dictionaries({"compositeRequest": PARTS}, optional={"allOrNone": SCALARS}),
    "batch_create": MANY,
    "batch_update": MANY,
    "batch_upsert": MANY,
    "batch_read": st.fixed_dictionaries({"ids": BODIES, "fields": BODIES}),
    "define": st.fixed_dictionaries({"FullName": SCALARS, "Metadata": METADATA}),
    "bulk_job": JOBS,
    "create": FLAT,
    "update": FLAT,
    "upsert": FLAT,
}
QUERIES = st.dictionaries(
    st.sampled_from(
        ["q", "ids", "fields", "start", "end", "maxRecords", "locator", "sObjects", "updateOnly"]
    ),
    st.one_of(WORDS, st.sampled_from(["SELECT Id FROM Account", "2026-11-01T00:00:00Z", "-1", "10", "true"])),
    max_size=3,
)
HEADERS = st.dictionaries(
    st.sampled_from(["if-modified-since", "if-unmodified-since", "sforce-query-options"]),
    st.sampled_from(["batchSize=200", "Tue, 03 Nov 2026 09:00:00 GMT", "nonsense", ""]),
    max_size=2,
)


WRITING = [route for route in ROUTES if route.method in ("POST", "PATCH")]


@pytest.fixture(scope="module")
def vendor() -> Salesforce:
    made = Salesforce(Clock(START_MS), Options(start_ms=START_MS, has_limits=False))
    made.start(generate_world(companies=8, tickets=8, seed=2, start_ms=START_MS))
    return made


@settings(max_examples=150, deadline=None)
@given(
    route=st.one_of(st.sampled_from(ROUTES), st.sampled_from(WRITING)),
    words=st.lists(WORDS, min_size=3, max_size=3),
    data=st.data(),
    query=QUERIES,
    headers=HEADERS,
)
def test_nonsense_is_answered_with_json_and_no_accident(
    vendor: Salesforce,
    route: Any,
    words: list[str],
    data: st.DataObject,
    query: dict[str, str],
    headers: dict[str, str],
) -> None:
    fitting = NEARLY.get(route.kind, BODIES)
    kinds = st.one_of(fitting, fitting, fitting, BODIES).map(orjson.dumps)
    body = data.draw(kinds if route in WRITING else st.one_of(kinds, st.binary(max_size=40)))
    taken = iter(words)
    path = "/".join(next(taken) if part == "*" else part for part in route.pattern)
    token = vendor._org.sessions.open(vendor._org.apps["admin"], vendor.clock.now_ms)
    sent = {"authorization": f"Bearer {token}", **headers}
    request = Request(
        1, route.method, f"/services/data/v62.0/{path}", urlencode(query), sent, body, "https://localhost"
    )
    reply = vendor.reply(request, vendor.clock.tick())

    assert reply.status in (200, 201, 204, 300, 304, 400, 403, 404, 409, 412, 414, 501)
    if reply.status >= 400 and reply.status != 414:
        assert all(row["errorCode"] and row["message"] for row in orjson.loads(reply.body))


LIMITS, ACCOUNTS = "/services/data/v62.0/limits", "SELECT Id FROM Account"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("composite", {"compositeRequest": [{"referenceId": "a", "url": LIMITS, "httpHeaders": 5}]}),
        ("composite", {"compositeRequest": [{"referenceId": "a", "method": 5, "url": "@{a.id}"}]}),
        (
            "composite",
            {"compositeRequest": [{"referenceId": "a", "method": "GET", "url": "/services/data/v9.0/x"}]},
        ),
        ("composite/sobjects", {"records": [{"attributes": {"type": 5}, "Name": {"a": 1}}]}),
        ("sobjects/Account", {"Name": "x", "NumberOfEmployees": 2**63}),
        ("sobjects/Account", {"Name": "x", "ARR__c": "1e400"}),
        ("sobjects/Account", {"Name": "x", "Renewal_Date__c": "0000-00-00"}),
        ("tooling/sobjects/CustomField", {"FullName": ["a"], "Metadata": {"type": ["Text"], "label": "x"}}),
        ("jobs/ingest", {"operation": {"a": 1}, "object": ["x"]}),
        (
            "jobs/query",
            {"operation": "query", "query": f"{ACCOUNTS} WHERE {'NOT ' * 3_000}Name = 'a'"},
        ),
        ("jobs/query", {"operation": "query", "query": f"{ACCOUNTS} LIMIT {'9' * 5_000}"}),
        ("jobs/query", {"operation": "query", "query": f"{ACCOUNTS} WHERE {'(' * 9_000}"}),
        (
            "jobs/query",
            {
                "operation": "query",
                "query": f"{ACCOUNTS} WHERE CreatedDate = LAST_N_DAYS:{'9' * 9}",
            },
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_well_formed_nonsense_is_refused(vendor: Salesforce, path: str, body: dict[str, Any]) -> None:
    token = vendor._org.sessions.open(vendor._org.apps["admin"], vendor.clock.now_ms)
    request = Request(
        1,
        "POST",
        f"/services/data/v62.0/{path}",
        "",
        {"authorization": f"Bearer {token}"},
        orjson.dumps(body),
        "https://localhost",
    )
    reply = vendor.reply(request, vendor.clock.tick())

    assert reply.status == 400 or b'"httpStatusCode":4' in reply.body or b'"success":false' in reply.body


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "SELECT",
                    "FROM",
                    "WHERE",
                    "AND",
                    "OR",
                    "NOT",
                    "IN",
                    "LIKE",
                    "ORDER",
                    "BY",
                    "LIMIT",
                    "OFFSET",
                ),
                *(
                    "Id",
                    "Name",
                    "Account",
                    "Case",
                    "Owner",
                    "Cases",
                    "COUNT()",
                    "NULLS",
                    "LAST",
                    "DESC",
                    "null",
                ),
                *(
                    "(",
                    ")",
                    ",",
                    ".",
                    "=",
                    "!=",
                    "<",
                    "'a'",
                    "'",
                    "\\",
                    "1",
                    "2026-01-01",
                    "TODAY",
                    "LAST_N_DAYS",
                ),
                *(":", "true", "2026-01-01T00:00:00Z", "SELECT Id FROM Account", "WHERE Name ="),
            ]
        ),
        max_size=14,
    )
)
def test_words_in_any_order_are_a_query_or_refused(vendor: Salesforce, words: list[str]) -> None:
    token = vendor._org.sessions.open(vendor._org.apps["sync"], vendor.clock.now_ms)
    query = urlencode({"q": " ".join(words)})
    sent = {"authorization": f"Bearer {token}"}
    request = Request(1, "GET", "/services/data/v62.0/queryAll", query, sent, b"", "https://localhost")
    reply = vendor.reply(request, vendor.clock.tick())

    assert reply.status in (200, 400)
    assert reply.status == 200 or orjson.loads(reply.body)[0]["errorCode"] != "SANDBOX_UNKNOWN"
