"""A record as a rep would see it."""

import textwrap
from dataclasses import dataclass, field
from html import escape

WIDTH = 100


@dataclass(frozen=True)
class Line:
    """A labelled value; `name` is the field's internal name, `detente_priority` and so on for Detente's."""

    name: str
    label: str
    value: str


@dataclass(frozen=True)
class Card:
    """A titled block of lines."""

    title: str
    lines: tuple[Line, ...]
    more: int = 0


@dataclass(frozen=True)
class Page:
    """A record with the cards of its left column, its own group, and what it is linked to.

    `vendor` is the product's name as people write it, `tint` the colour of its top bar.
    """

    vendor: str
    title: str
    subtitle: str
    about: Card
    priority: Card | None
    linked: tuple[Card, ...] = field(default=())
    tint: str = "#33475b"

    @property
    def heading(self) -> str:
        """Says that nothing of this is real."""
        return f"Simulated {self.vendor} record"


def page_text(page: Page) -> str:
    """The page for a terminal, at most 100 columns wide, without control characters of the data."""
    out = [page.heading, "=" * len(page.heading), plain(page.title)[:WIDTH], page.subtitle, ""]
    cards = [card for card in (page.priority, page.about, *page.linked) if card is not None]
    for card in cards:
        out += [card.title, "-" * len(card.title)]
        out += [text for line in card.lines for text in _text_lines(line)] or ["  (none)"]
        out += [f"  and {card.more} more"] if card.more else []
        out.append("")
    return "\n".join(out)


def _text_lines(line: Line) -> list[str]:
    label = f"  {line.label[:34]:<36}"
    wrapped = textwrap.wrap(plain(line.value), WIDTH - len(label)) or ["-"]
    return [label + wrapped[0], *(" " * len(label) + part for part in wrapped[1:])]


def plain(text: str) -> str:
    """Text without control and direction characters, on one line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def page_html(page: Page) -> str:
    """The page for a browser; it stands alone and all data is escaped."""
    left = _card_html(page.about)
    middle = _priority_html(page.priority) if page.priority else ""
    right = "".join(_card_html(card) for card in page.linked)
    title = escape(page.title)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f'<body><p class="sim" style="background:{page.tint}">{escape(page.heading)}</p>'
        f"<header><h1><bdi>{title}</bdi></h1><p>{escape(page.subtitle)}</p></header>"
        f"<main><section>{left}</section><section>{middle}</section><section>{right}</section></main></body></html>"
    )


def _card_html(card: Card) -> str:
    rows = "".join(
        f"<dt>{escape(line.label)}</dt><dd><bdi>{escape(line.value)}</bdi></dd>" for line in card.lines
    )
    more = f"<p>and {card.more} more</p>" if card.more else ""
    return (
        f"<article><h2>{escape(card.title)}</h2><dl>{rows or '<dt>none</dt><dd></dd>'}</dl>{more}</article>"
    )


def _priority_html(card: Card) -> str:
    by_name = {line.name: line for line in card.lines}
    chip = _value(by_name, "detente_priority") or "not scored yet"
    score = _value(by_name, "detente_score")
    reason, case = _value(by_name, "detente_reason"), _value(by_name, "detente_case")
    special = ("detente_priority", "detente_score", "detente_reason", "detente_case")
    rest = Card("", tuple(line for line in card.lines if line.name not in special and line.value))
    others = "".join(f"<dt>{escape(line.label)}</dt><dd>{escape(line.value)}</dd>" for line in rest.lines)
    return (
        f'<article class="own"><h2>{escape(card.title)}</h2><p><span class="chip">{escape(chip)}</span>'
        f'<span class="score">{escape(score)}</span></p><p class="reason">{escape(reason)}</p>'
        + (f'<p class="case">{escape(case)}</p>' if case else "")
        + f"<dl>{others}</dl></article>"
    )


def _value(lines: dict[str, Line], name: str) -> str:
    return lines[name].value if name in lines else ""


STYLE = """
:root{color-scheme:light dark;--line:#d6dce5;--soft:#f4f6f9;--ink:#213343;--dim:#5d7289;--mark:#0b6b75}
@media(prefers-color-scheme:dark){:root{--line:#3a4654;--soft:#1d2630;--ink:#e6edf3;--dim:#9fb1c3;--mark:#5cc8d2}}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--soft)}
.sim{margin:0;padding:.3rem 1.2rem;font-size:.8rem;color:#fff}
header{padding:1rem 1.2rem .4rem}
h1{margin:0;font-size:1.4rem;overflow-wrap:anywhere}
header p{margin:0;color:var(--dim)}
main{display:grid;gap:1rem;padding:1rem 1.2rem;
grid-template-columns:minmax(16rem,1fr) minmax(18rem,1.4fr) minmax(16rem,1fr)}
@media(max-width:60rem){main{grid-template-columns:1fr}}
article{border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;margin-bottom:1rem;
background:Canvas}
h2{margin:0 0 .5rem;font-size:1rem}dl{margin:0}dt{font-size:.78rem;color:var(--dim)}
dd{margin:0 0 .5rem;overflow-wrap:anywhere}.own{border-left:4px solid var(--mark)}
.chip{display:inline-block;padding:.15rem .7rem;border-radius:999px;background:var(--mark);
color:Canvas;font-weight:600}
.score{font-size:1.6rem;font-weight:600;margin-left:.8rem;vertical-align:middle}.reason{font-size:1.02rem}
.case{border-top:1px solid var(--line);padding-top:.5rem;color:var(--dim)}
"""
