"""The pages over a store that real runs filled: they say what the store says, and CRM text is text."""

from __future__ import annotations

import itertools
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from detente.engine.rubric.wording import shortened
from detente.store import customers, scores
from detente.web.guarding import HEADERS

PAGES = ["/", "/cases", "/runs", "/customers/{customer}", "/runs/{run}", "/customers/nobody"]
VOID = frozenset({"meta", "link", "input", "br", "rect", "line", "circle", "polygon", "polyline", "path"})


class Tags(HTMLParser):
    """Collects tags with their attributes, and checks that they are closed in the order of their opening."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.isolated: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "bdi":
            self.isolated.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def path_of(site: Any, page: str) -> str:
    """The address of a page, with a customer and a run that there are."""
    return page.format(
        customer=site.ask("/customers")["rows"][0]["customer"], run=site.ask("/runs")["rows"][0]["run"]["id"]
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_whole_and_carries_what_guards_it(site: Any, page: str) -> None:
    answer = site.get(path_of(site, page))
    tags = Tags(answer.text)

    assert answer.status_code == (404 if "nobody" in page else 200)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert not {"script", "style", "iframe", "object", "img"} & {tag for tag, _ in tags.seen}
    assert not [attrs for _, attrs in tags.seen if any(name.startswith(("on", "style")) for name in attrs)]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_landmarks_one_heading_and_names_for_its_fields(site: Any, page: str) -> None:
    tags = Tags(site.get(path_of(site, page)).text).seen
    names = [tag for tag, _ in tags]
    fields = sum(tag in ("input", "select") for tag in names)

    assert [names.count(tag) for tag in ("main", "h1", "header", "footer")] == [1, 1, 1, 1]
    assert names.count("table") == names.count("caption")
    assert names.count("label") == fields
    assert next(attrs for tag, attrs in tags if tag == "a")["href"] == "#main"


def everything(site: Any, **asked: str) -> list[dict[str, Any]]:
    """The rows of all pages of the portfolio."""
    first = site.ask("/customers", **asked)
    pages = -(-first["paging"]["total"] // first["paging"]["size"])
    rest = [site.ask("/customers", page=str(number), **asked)["rows"] for number in range(2, pages + 1)]
    return [*first["rows"], *itertools.chain.from_iterable(rest)]


def test_the_portfolio_shows_every_scored_customer_once_with_its_score_and_band(site: Any) -> None:
    shown = [(row["customer"], round(row["score"] * 10), row["band"]) for row in everything(site)]
    with site.hosted.store.reading() as connection:
        frame = scores.current_scores(connection)
    kept = [(row[0], (row[4] + 50_000) // 100_000, row[5]) for row in frame.iter_rows()]

    assert sorted(shown) == sorted(kept)
    assert len(kept) > 60


@pytest.mark.parametrize("sort", ["score", "-score", "name", "-name", "-gap", "due", "owner"])
def test_pages_of_any_order_hold_every_customer_once(site: Any, sort: str) -> None:
    shown = [row["customer"] for row in everything(site, sort=sort)]

    assert len(shown) == len(set(shown)) == site.ask("/customers")["customers"]


def in_order(rows: list[dict[str, Any]], key: str) -> list[Any]:
    return [row[key] for row in rows if row[key] is not None]


def test_an_order_is_the_one_that_was_asked_for(site: Any) -> None:
    by_score = in_order(everything(site, sort="-score"), "score")
    by_gap = in_order(everything(site, sort="-gap"), "gap")
    by_due = in_order(everything(site, sort="due"), "due_at")

    assert by_score == sorted(by_score, reverse=True)
    assert by_gap == sorted(by_gap, reverse=True)
    assert by_due == sorted(by_due)


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        pytest.param({"band": "P1"}, lambda row: row["band"] == "P1", id="band"),
        pytest.param({"gap": "2"}, lambda row: row["gap"] >= 2, id="departments two bands apart"),
        pytest.param({"case": "open"}, lambda row: row["cases"] > 0, id="with a case"),
        pytest.param({"case": "none"}, lambda row: row["cases"] == 0, id="without a case"),
        pytest.param({"case": "late"}, lambda row: row["is_late"], id="with an overdue case"),
        pytest.param({"crm": "zendesk"}, lambda row: "zendesk" in row["crms"], id="known in a CRM"),
        pytest.param({"q": "MEDIA"}, lambda row: "media" in row["name"].lower(), id="text of a name"),
        pytest.param({"q": "%_"}, lambda row: "%_" in row["name"], id="text with marks of a pattern"),
        pytest.param(
            {"band": "P3", "crm": "hubspot", "case": "open"},
            lambda row: row["band"] == "P3" and "hubspot" in row["crms"] and row["cases"] > 0,
            id="several at once",
        ),
    ],
)
def test_a_filter_keeps_just_what_fits(site: Any, asked: dict[str, str], fits: Any) -> None:
    wanted = {row["customer"] for row in everything(site) if fits(row)}

    assert {row["customer"] for row in everything(site, **asked)} == wanted
    assert "q" in asked or wanted


def test_a_customer_is_found_by_owner_and_by_id(site: Any) -> None:
    row = next(row for row in everything(site) if row["owner"])

    assert [found["customer"] for found in everything(site, q=row["customer"])] == [row["customer"]]
    assert {found["owner"] for found in everything(site, owner=row["owner"])} == {row["owner"]}


def test_the_page_says_what_is_shown_of_what(site: Any) -> None:
    total = site.ask("/customers")["customers"]
    fitting = site.ask("/customers", band="P3")["paging"]["total"]

    assert f"1 to 50 of {total:,} customers" in site.get("/").text
    assert f"of {fitting:,} customers" in site.get("/", band="P3").text
    assert "No customer fits." in site.get("/", q="no such name").text


def test_bands_and_spread_add_up_to_all_customers(site: Any) -> None:
    told = site.ask("/customers", q="no such name")

    assert [item["band"] for item in told["bands"]] == ["P1", "P2", "P3", "P4"]
    assert sum(item["customers"] for item in told["bands"]) == told["customers"]
    assert len(told["spread"]) > 10


def test_a_customers_page_explains_its_score_and_shows_where_it_is_known(site: Any) -> None:
    rows = everything(site, case="open")
    row = max(rows, key=lambda item: len(item["crms"]))
    told = site.ask(f"/customers/{row['customer']}")
    page = site.get(f"/customers/{row['customer']}").text

    assert {item["ref"]["connector"] for item in told["accounts"]} == set(row["crms"])
    assert len(row["crms"]) > 1
    assert all(f"{line['points_micro'] / 1e6:+.1f}"[:3] in page for line in told["told"]["lines"][:3])
    assert [item["run"] for item in told["history"]] == [
        item["run"]["id"] for item in reversed(site.ask("/runs")["rows"])
    ]
    assert {item["ref"]["connector"] for item in told["written"]} == set(row["crms"])
    assert told["cases"]


def test_a_persons_value_that_stands_is_shown_with_the_end_of_its_lease(site: Any) -> None:
    with site.hosted.store.reading() as connection:
        edited = connection.exec_driver_sql(
            "SELECT customer FROM lease_request WHERE held = 'P1'"
        ).scalar_one()
    told = site.ask(f"/customers/{edited}")

    assert [(item["held"], item["ours"], item["ended_at"]) for item in told["edits"]] == [("P1", "P3", None)]
    assert "People's values that stand" in site.get(f"/customers/{edited}").text


def test_an_id_that_stands_for_another_leads_to_it(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (row["customer"] for row in site.ask("/customers")["rows"][:2])
    known = customers.resolve_customer
    monkeypatch.setattr(
        customers, "resolve_customer", lambda c, text: second if text == first else known(c, text)
    )
    answer = site.get(f"/customers/{first}")

    assert (answer.status_code, answer.headers["location"]) == (307, f"/customers/{second}")


def test_a_runs_page_says_what_was_written_and_why(site: Any) -> None:
    run = site.ask("/runs")["rows"][1]["run"]
    told = site.ask(f"/runs/{run['id']}")
    page = site.get(f"/runs/{run['id']}").text

    assert told["counts"] == run["summary"]["writes"]
    applied = sum(item["count"] for item in told["objects"] if item["state"] == "applied")
    assert applied == told["counts"]["applied"] > 0
    assert {item["why"] for item in told["fields"]} == {"first write"}
    assert {item["connector"] for item in told["fields"]} == {"salesforce", "hubspot", "zendesk"}
    assert f"{applied:,} records of" in page and "first write" in page


def test_the_rows_of_a_run_are_all_there_a_page_at_a_time(site: Any) -> None:
    run = site.ask("/runs")["rows"][1]["run"]["id"]
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        told = site.ask(f"/runs/{run}", state="applied", after=str(after))
        seen += [row["seq"] for row in told["writes"]]
        after = told["next_after"]

    assert seen == sorted(set(seen))
    assert len(seen) == told["counts"]["applied"]


def test_the_queue_holds_every_open_case_by_due_time(site: Any) -> None:
    first = site.ask("/cases")
    late = site.ask("/cases", due="late")
    due = [row["case"]["due_at"] for row in first["rows"] if row["case"]["due_at"]]

    assert due == sorted(due)
    assert sum(first["facets"]["stages"].values()) <= first["paging"]["total"]
    assert 0 < late["paging"]["total"] <= first["paging"]["total"]
    assert all(row["is_late"] for row in late["rows"])


@pytest.mark.parametrize("hostile", ["<script>", "=cmd", "{{7*7}}", "\u202e", "onerror", "DROP TABLE"])
def test_a_hostile_name_is_shown_as_text(site: Any, hostile: str) -> None:
    query = "SELECT m.customer, a.name FROM record_account a JOIN membership m USING (connector, object, id)"
    with site.hosted.store.reading() as connection:
        named = {row[0]: row[1] for row in connection.exec_driver_sql(query) if hostile in row[1]}
    assert named, "the simulated firm has no such name"
    for customer, name in named.items():
        for page in (site.get(f"/customers/{customer}").text, site.get("/", q=customer).text):
            tags = Tags(page)

            assert "\u202e" not in page
            assert not {"script", "img"} & {tag for tag, _ in tags.seen}
            assert shortened(name, 120) in tags.isolated


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/", "/cases", "/runs", "/customers/x", "/runs/x", "/healthz", "/api/customers"]
)
def test_nothing_can_be_changed_here(site: Any, method: str, path: str) -> None:
    assert site.client.request(method, path).status_code == 405


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "192.168.1.7:8710"])
def test_who_asks_under_another_name_gets_nothing(site: Any, host: str) -> None:
    answer = site.client.get("/", headers={"Host": host})

    assert answer.status_code == 400
    assert "Portfolio" not in answer.text


@pytest.mark.parametrize("host", ["localhost:8710", "127.0.0.1", "[::1]:8710"])
def test_this_machines_own_names_are_answered(site: Any, host: str) -> None:
    assert site.client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/?page=x", "/?gap=9", "/?sort=rank", "/cases?page=0", "/runs/x?after=-1"])
def test_an_address_that_cannot_be_read_is_told_so(site: Any, path: str) -> None:
    answer = site.get(path)

    assert answer.status_code == 422
    assert "This address cannot be read" in answer.text


def test_a_page_behind_the_last_is_empty_and_leads_back(site: Any) -> None:
    answer = site.get("/", page="999999")

    assert answer.status_code == 200
    assert 'rel="prev"' in answer.text


def test_what_machines_may_ask_is_described(site: Any) -> None:
    told: httpx.Response = site.get("/api/openapi.json")

    paths = {
        "/api/customers",
        "/api/customers/{customer}",
        "/api/cases",
        "/api/runs",
        "/api/runs/{run}",
        "/healthz",
    }
    assert set(told.json()["paths"]) == paths


def test_health_is_told_for_monitors_and_turns_with_the_service(site: Any) -> None:
    well = site.get("/healthz")
    service = site.hosted.service
    before, service.activity = service.activity, replace(service.activity, fault="OSError in clock.py")
    ill = site.get("/healthz")
    service.activity = before

    assert (well.status_code, ill.status_code) == (200, 503)
    assert {item["state"] for item in well.json()["connectors"].values()} == {"up"}
    assert ill.json()["reasons"][0].endswith("OSError in clock.py")
