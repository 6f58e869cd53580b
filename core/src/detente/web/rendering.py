"""Templates: every text is escaped, and a name that a template misspells is an error."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from pydantic import BaseModel

from detente.engine.rubric.wording import plain

FOLDER = Path(__file__).parent


def environment() -> Environment:
    """Templates and style sheets of this package, with the filters that pages use."""
    pages = Environment(
        loader=FileSystemLoader([FOLDER / "templates", FOLDER / "static"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {"crm": crm_text, "signed": signed, "instant": instant, "count": count}
    pages.filters |= {"pair": pair, "facet": facet}
    pages.globals |= {"address": address}
    return pages


def address(path: str, asked: BaseModel, **changes: object) -> str:
    """`path` with what `asked` asks for, changed as told; what is asked for by default is left out."""
    whole = {**asked.model_dump(), **changes}
    defaults = type(asked)().model_dump()
    query = urlencode({key: value for key, value in whole.items() if value != defaults[key]})
    return f"{path}?{query}" if query else path


def crm_text(text: str | None) -> Markup:
    """Text that came from a CRM: one line, its direction kept to itself; a dash where there is none."""
    line = plain(text or "")
    return Markup("<bdi>{}</bdi>").format(line) if line else Markup("–")


def pair(value: str) -> tuple[str, str]:
    """A choice that is named by its value."""
    return value, value


def facet(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Choices, each with how many it stands for."""
    return [(value, f"{value} ({number:,})") for value, number in counts.items()]


def signed(tenths: float) -> str:
    """Points with their sign: `+7.9`, `-4.0`, `0.0`."""
    return f"{tenths:+.1f}" if round(tenths, 1) else "0.0"


def count(number: int, what: str, several: str = "") -> str:
    """A number with the thing that it counts: `1 case`, `2,000 customers`."""
    return f"{number:,} {what if number == 1 else several or what + 's'}"


def instant(at: datetime | None, zone: str) -> Markup:
    """An instant on the wall clock of `zone`, with the exact one for machines; a dash where there is none."""
    if at is None:
        return Markup("–")
    local = at.astimezone(ZoneInfo(zone))
    shown = f"{local.day} {local:%b %Y, %H:%M}"
    exact = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{}">{}</time>').format(exact, escape(shown))
