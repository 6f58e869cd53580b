"""The pages in headless Chromium: by keyboard, on a phone, without scripts, asking nobody else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 860}
PAGES = ["portfolio", "customer", "longest name", "cases", "runs", "run", "not found"]
PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
LARGEST = 150_000
"""Bytes of a picture in the documentation."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser of Debian's, or a skip that says what is missing."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Reader:
    """A page of the browser, and what went on behind it."""

    page: Any
    addresses: dict[str, str]
    messages: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self, name: str) -> None:
        """Go to one of PAGES."""
        self.page.goto(self.addresses[name])

    def look(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        return self.page.evaluate(script)


@pytest.fixture(scope="module")
def addresses(site: Any) -> dict[str, str]:
    """Where each of PAGES lies."""
    rows = site.ask("/customers", gap="2", case="open")["rows"]
    most = max(rows, key=lambda row: (len(row["crms"]), row["score"]))["customer"]
    longest = site.ask("/customers", q="goes on and on")["rows"][0]["customer"]
    run = site.ask("/runs")["rows"][-1]["run"]["id"]
    paths = ["", f"customers/{most}", f"customers/{longest}", "cases", "runs", f"runs/{run}", "nowhere"]
    return {name: f"{site.url}/{path}" for name, path in zip(PAGES, paths, strict=True)}


@pytest.fixture
def reader(chromium: Any, addresses: dict[str, str], request: pytest.FixtureRequest) -> Iterator[Reader]:
    """A reader at a desk, or as `request.param` says."""
    context = chromium.new_context(**{"viewport": DESK, **getattr(request, "param", {})})
    found = Reader(context.new_page(), addresses)
    found.page.on("console", lambda message: found.messages.append(message.text))
    found.page.on("pageerror", lambda error: found.messages.append(str(error)))
    found.page.on("request", lambda asked: found.asked.append(asked.url))
    yield found
    context.close()


def as_read(name: str, **how: object) -> pytest.MarkDecorator:
    """Lets a test's reader read in another way."""
    return pytest.mark.parametrize("reader", [pytest.param(how, id=name)], indirect=True)


on_a_phone = as_read("phone", viewport=PHONE)
without_scripts = as_read("no script", java_script_enabled=False)
in_the_dark = as_read("dark", color_scheme="dark")


def focused(reader: Reader) -> str:
    """What has the focus: tag, name and text."""
    return str(
        reader.look(
            "(e => [e.tagName, e.getAttribute('name') || '', e.textContent.trim().slice(0, 40)].join(' '))"
            "(document.activeElement)"
        )
    )


def walk(reader: Reader, steps: int) -> list[str]:
    """What gets the focus, Tab by Tab; each must show it."""
    seen = []
    for _ in range(steps):
        reader.page.keyboard.press("Tab")
        seen.append(focused(reader))
        outline = reader.look("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or seen[-1].startswith("BODY"), seen[-1]
    return seen


def test_the_skip_link_comes_first_shows_itself_and_leads_past_the_navigation(reader: Reader) -> None:
    reader.open("portfolio")
    first = walk(reader, 1)
    shown = reader.look("document.activeElement.getBoundingClientRect().top >= 0")
    reader.page.keyboard.press("Enter")
    after = walk(reader, 1)

    assert first == ["A  Skip to the content"]
    assert shown
    assert after[0].startswith("A  P1")


def test_filters_order_and_rows_are_reached_by_keyboard_in_reading_order(reader: Reader) -> None:
    reader.open("portfolio")
    name = reader.look("document.querySelector('tbody th a').textContent.trim().slice(0, 40)")
    seen = walk(reader, 26)
    wanted = ["Portfolio", "Cases", "Runs", "INPUT q", "SELECT band", "SELECT case", "BUTTON", "A  Next"]
    places = [next(i for i, text in enumerate(seen) if want in text) for want in [*wanted, name]]

    assert places == sorted(places)


def test_a_filter_is_set_and_a_customer_opened_by_keyboard_alone(reader: Reader) -> None:
    reader.open("portfolio")
    reader.page.focus("input[name=q]")
    reader.page.keyboard.type("media")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**q=media**")
    reader.page.focus("tbody th a")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/customers/**")

    assert "media" in reader.page.inner_text("h1").lower()


@pytest.mark.parametrize("name", PAGES)
@on_a_phone
def test_on_a_phone_no_page_is_wider_than_the_screen(reader: Reader, name: str) -> None:
    reader.open(name)
    widths = reader.look("[document.documentElement.scrollWidth, innerWidth]")
    cut = reader.look(
        "[...document.querySelectorAll('main *')].filter(e => !e.closest('.unseen, thead, svg') &&"
        " e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    )

    broken = reader.look(
        "[...document.querySelectorAll('td.number')].map(e => [e, document.createRange()])"
        ".map(([e, range]) => (range.selectNodeContents(e), [e.textContent, range.getClientRects().length]))"
        ".filter(([text, lines]) => /^[0-9,.]+$/.test(text) && lines > 1)"
    )

    assert widths[0] <= widths[1]
    assert cut == []
    assert broken == []


@on_a_phone
def test_on_a_phone_rows_are_cards_that_name_their_values(reader: Reader) -> None:
    reader.open("portfolio")

    assert reader.look("getComputedStyle(document.querySelector('tbody tr')).display") == "block"
    labels = reader.look(
        "[...document.querySelectorAll('tbody tr:first-child td')]"
        ".map(e => getComputedStyle(e, '::before').content)"
    )
    assert labels == ['"Score"', '"Reasons"', '"Departments"', '"Owner"', '"Open case"']


@without_scripts
def test_without_scripts_everything_reads_and_filters_work(reader: Reader) -> None:
    reader.open("portfolio")
    all_rows = reader.page.locator("tbody tr").count()
    reader.page.select_option("select[name=band]", "P1")
    reader.page.click("button")
    bands = reader.page.locator("tbody .band").all_inner_texts()
    reader.page.click("tbody th a >> nth=0")

    assert all_rows == 50
    assert set(bands) == {"P1"}
    assert reader.page.locator(".waterfall .row").count() > 3


@pytest.mark.parametrize("name", PAGES[:-1])
def test_no_page_complains_or_asks_anybody_else(reader: Reader, site: Any, name: str) -> None:
    reader.open(name)

    assert reader.messages == []
    assert reader.asked
    assert [url for url in reader.asked if not url.startswith(f"{site.url}/")] == []


@pytest.mark.parametrize("name", ["longest name", "portfolio"])
def test_on_a_desk_nothing_is_cut_off(reader: Reader, name: str) -> None:
    reader.open(name)

    assert reader.look("document.documentElement.scrollWidth <= innerWidth")


@in_the_dark
def test_pages_follow_the_readers_dark_setting(reader: Reader) -> None:
    reader.open("cases")
    red, green, blue = reader.look(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    )

    assert max(red, green, blue) < 64


PICTURED: dict[str, tuple[str, dict[str, Any]]] = {
    "portfolio": ("portfolio", {"viewport": DESK}),
    "customer": ("customer", {"viewport": {"width": 1280, "height": 1100}}),
    "phone": ("portfolio", {"viewport": {"width": 390, "height": 1180}}),
    "dark": ("portfolio", {"viewport": {"width": 1280, "height": 720}, "color_scheme": "dark"}),
}


@pytest.mark.skipif("DETENTE_PICTURES" not in os.environ, reason="pictures are written by `make pictures`")
@pytest.mark.parametrize("picture", PICTURED)
def test_pictures_for_the_documentation(chromium: Any, addresses: dict[str, str], picture: str) -> None:
    name, how = PICTURED[picture]
    context = chromium.new_context(**how)
    page = context.new_page()
    page.goto(addresses[name])
    path = PICTURES / f"serve-{picture}.png"
    page.screenshot(path=path)
    context.close()

    assert path.stat().st_size < LARGEST
