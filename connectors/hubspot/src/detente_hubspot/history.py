"""A property's history: what stood there before the present value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from detente_connector_kit import parse_instant

from detente_hubspot.client import Json

_BY_HAND = "CRM_UI"
"""The source of a value that a person entered in HubSpot's own pages."""


def replaced_values(row: Json, names: Iterable[str]) -> dict[str, str | None]:
    """By property, what stood before the present value, as HubSpot keeps it; empty when nothing did.

    Left out are properties whose history does not reach so far or does not begin with the present value, and
    those whose present value was entered by hand. `row` is of a batch read with `propertiesWithHistory`.
    """
    found: dict[str, str | None] = {}
    for name in names:
        entries = _newest_first((row.get("propertiesWithHistory") or {}).get(name) or ())
        if len(entries) > 1 and _is_of(entries[0], row["properties"].get(name)):
            found[name] = entries[1].get("value")
    return found


def _newest_first(entries: Sequence[Json]) -> list[Json]:
    # entries of one instant keep HubSpot's order, which is the newest first
    return sorted(entries, key=lambda entry: parse_instant(entry["timestamp"]), reverse=True)


def _is_of(entry: Json, present: object) -> bool:
    """Whether the entry is the present value's, and not a person's."""
    return (entry.get("value") or None) == (present or None) and entry.get("sourceType") != _BY_HAND
