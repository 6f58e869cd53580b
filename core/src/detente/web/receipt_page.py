"""The page of one receipt: it stands alone, without scripts or anything fetched, and prints."""

from __future__ import annotations

from detente.engine.rubric.explain import Explanation
from detente.web.drawing.waterfall import waterfall
from detente.web.rendering import environment

_PAGES = environment()


def receipt_page(explanation: Explanation) -> str:
    """HTML of the receipt: score, a bar for every contribution, departments' views, what is unknown."""
    return _PAGES.get_template("receipt.html.j2").render(
        told=explanation,
        drawn=waterfall(explanation),
        when=explanation.as_of.strftime("%d %b %Y, %H:%M UTC").lstrip("0"),
    )
