"""The receipt's page stands alone, draws every line, and treats CRM text as text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

from detente.engine.rubric.explain import Explanation, LensView, Line, LineKind
from detente.web.receipt_page import receipt_page

MICRO = 1_000_000
TOLD = Explanation(
    customer="c1",
    name="Acme",
    score_micro=60 * MICRO,
    score=60.0,
    band="P2",
    lines=(
        Line("Renewal", "renewal in 41 days", 55 * MICRO, LineKind.CRITERION),
        Line("Service", "0 tickets in 90 days", -10 * MICRO, LineKind.CRITERION),
        Line("Payment overdue", "the score is at most 60", -35 * MICRO, LineKind.CAP),
    ),
    lenses=(LensView("sales", "Sales", 71.5, "P2"),),
    unknown=("Health (health is hidden from Detente)",),
    bundle="f" * 64,
    as_of=datetime(2026, 11, 2, 5, tzinfo=UTC),
)


class _Tags(HTMLParser):
    """Collects tags in order and checks that they are closed in the order in which they opened."""

    empty = frozenset({"meta", "rect", "line"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in self.empty:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.empty:
            assert self.open.pop() == tag


def tags_of(page: str) -> list[str]:
    parser = _Tags()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser.seen


def test_the_page_says_score_band_lines_lenses_and_what_is_unknown() -> None:
    page = receipt_page(TOLD)

    for text in (
        "Acme",
        "60.0",
        "P2",
        "renewal in 41 days",
        "+55.0",
        "-35.0",
        "Payment overdue",
        "Sales",
        "71.5",
    ):
        assert text in page
    assert "Health (health is hidden from Detente)" in page
    assert "2 Nov 2026, 05:00 UTC" in page


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    page = receipt_page(TOLD)

    assert not {"script", "link", "img", "iframe", "object"} & set(tags_of(page))
    assert not re.search(r"https?:|url\(|@import|\bon[a-z]+=|javascript:", page)


def test_there_is_one_bar_a_line_between_start_and_score() -> None:
    page = receipt_page(TOLD)
    bars = re.findall(r'<rect class="bar" x="([\d.]+)" y="6" width="([\d.]+)"', page)
    steps = [float(x) for x in re.findall(r'<line class="step" x1="([\d.]+)"', page)]

    assert len(bars) == len(TOLD.lines) + 2
    assert steps[-2] == steps[-1]
    assert all(float(x) >= 0 and float(x) + float(width) <= 1000.01 for x, width in bars)


def test_every_bar_is_told_in_words_with_its_unit() -> None:
    labels = re.findall(r'role="img" aria-label="([^"]+)"', receipt_page(TOLD))

    assert labels == ["50.0 points", "+55.0 points", "-10.0 points", "-35.0 points", "60.0 points"]


def test_crm_text_never_becomes_markup() -> None:
    nasty = '</h1><script>alert(1)</script>{{ 7 * 7 }}" onload="x'
    lines = (Line(nasty, nasty, 10 * MICRO, LineKind.CRITERION),)
    told = replace(TOLD, name=nasty, lines=lines, unknown=(nasty,), lenses=(LensView("x", nasty, 1.0, "P4"),))
    page = receipt_page(told)

    assert "script" not in tags_of(page)
    assert "{{ 7 * 7 }}" in page and "&lt;script&gt;" in page


def test_a_customer_about_whom_nothing_is_known_has_a_page() -> None:
    page = receipt_page(replace(TOLD, lines=(), lenses=(), unknown=(), score=50.0, score_micro=50 * MICRO))

    assert "Nothing is known that speaks for or against." in page
    assert tags_of(page).count("section") == 1


def test_the_page_follows_the_readers_light_or_dark_setting_and_screen() -> None:
    page = receipt_page(TOLD)

    assert "prefers-color-scheme: dark" in page
    assert 'name="viewport"' in page and "@media (max-width" in page
