"""Every text can be read on every ground that it stands on, by day and by night."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

SHEET = (files("detente.web") / "static" / "colours.css").read_text(encoding="utf-8")
DAY, NIGHT = SHEET.split("@media (prefers-color-scheme: dark)")
LEAST_TEXT, LEAST_DRAWING = 4.5, 3.0
"""Source: WCAG 2.2, success criteria 1.4.3 and 1.4.11, level AA."""

TEXTS = ["ink", "quiet", "up", "down", "rule", "bad"]
GROUNDS = ["page", "card"]
PAIRS = [(text, ground) for text in TEXTS for ground in GROUNDS]
PAIRS += [("chip-ink", "chip"), ("bad", "bad-ground"), ("ink", "bad-ground"), ("card", "up")]
DRAWN = [(f"lens-{place}", "card") for place in range(4)] + [("focus", "page"), ("focus", "card")]


def colours(sheet: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", sheet))


def luminance(colour: str) -> float:
    """Relative luminance. Source: WCAG 2.2, definition of relative luminance."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("sheet", [pytest.param(DAY, id="day"), pytest.param(NIGHT, id="night")])
def test_colours_have_enough_contrast(sheet: str) -> None:
    named = colours(sheet)
    poor = [
        (text, ground, round(contrast(named[text], named[ground]), 2))
        for pairs, least in ((PAIRS, LEAST_TEXT), (DRAWN, LEAST_DRAWING))
        for text, ground in pairs
        if contrast(named[text], named[ground]) < least
    ]

    assert poor == []


def test_night_has_a_colour_for_every_colour_of_the_day() -> None:
    assert colours(DAY).keys() == colours(NIGHT).keys()
