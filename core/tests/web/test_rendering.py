"""What came from a CRM is text on the page; what is the same everywhere is written in one way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from detente.web.rendering import address, count, crm_text, environment, instant, signed
from detente.web.views.paging import Paging
from detente.web.views.portfolio import PortfolioQuery
from jinja2 import UndefinedError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", id="markup"),
        pytest.param('" onload="x', "&#34; onload=&#34;x", id="an attribute"),
        pytest.param("{{ 7 * 7 }}", "{{ 7 * 7 }}", id="a template"),
        pytest.param("Acme\u202etxt.exe", "Acmetxt.exe", id="a mark that turns the direction"),
        pytest.param("a\tb\r\nc\x00", "a b c", id="control characters"),
        pytest.param("شركة", "شركة", id="another direction"),
    ],
)
def test_text_of_a_crm_is_shown_as_text_that_keeps_its_direction_to_itself(text: str, shown: str) -> None:
    assert crm_text(text) == f"<bdi>{shown}</bdi>"


def test_what_is_not_there_is_a_dash() -> None:
    assert crm_text(None) == crm_text(" ") == instant(None, "UTC") == "–"


def test_an_instant_is_told_on_the_wall_clock_and_exactly() -> None:
    at = datetime(2026, 7, 2, 22, 5, 9, tzinfo=UTC)

    assert instant(at, "Europe/Berlin") == ('<time datetime="2026-07-02T22:05:09Z">3 Jul 2026, 00:05</time>')


def test_numbers_come_with_what_they_count() -> None:
    assert [count(1, "case"), count(2_000, "case"), count(0, "company", "companies")] == [
        "1 case",
        "2,000 cases",
        "0 companies",
    ]
    assert [signed(7.94), signed(-0.04), signed(-3.0)] == ["+7.9", "0.0", "-3.0"]


def test_an_address_says_only_what_differs_from_what_is_asked_by_default() -> None:
    asked = PortfolioQuery(q="a&b", band="P1", page=3)

    assert address("/", PortfolioQuery()) == "/"
    assert address("/", asked, page=1) == "/?q=a%26b&band=P1"


def test_a_name_that_a_template_misspells_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ custommer }}").render(customer="Acme")


@pytest.mark.parametrize(
    ("page", "said"),
    [
        pytest.param(Paging(1, 120), (0, 1, 50, 3), id="the first"),
        pytest.param(Paging(3, 120), (100, 101, 120, 3), id="the last"),
        pytest.param(Paging(4, 120), (150, 0, 0, 3), id="behind the last"),
        pytest.param(Paging(1, 0), (0, 0, 0, 1), id="of nothing"),
    ],
)
def test_a_page_says_which_rows_it_holds(page: Paging, said: tuple[int, int, int, int]) -> None:
    assert (page.offset, page.first, page.last, page.pages) == said
