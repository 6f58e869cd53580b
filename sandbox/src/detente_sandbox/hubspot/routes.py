"""Which handler answers which path. Section 1 of the reference.

A path is brought to one form first: the version is taken out, so that `/crm/v3/objects/companies` and
`/crm/objects/2026-03/companies` are the same pattern `crm/objects/companies`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from detente_sandbox.hubspot import (
    associations,
    batch,
    objects,
    properties,
    property_groups,
    search,
    setup_routes,
)
from detente_sandbox.hubspot.call import Answer
from detente_sandbox.hubspot.facts import DATED_VERSIONS, LEGACY_VERSIONS

Handler = Callable[..., Answer]


@dataclass(frozen=True)
class Route:
    """A method and a pattern of segments; `*` takes any one and hands it to the handler."""

    method: str
    pattern: tuple[str, ...]
    kind: str
    handler: Handler


def _route(method: str, pattern: str, kind: str, handler: Handler) -> Route:
    return Route(method, tuple(pattern.split("/")), kind, handler)


ROUTES = (
    _route("GET", "account-info/details", "account", setup_routes.account_details),
    _route("GET", "crm/owners", "owners", setup_routes.list_owners),
    _route("GET", "crm/owners/*", "owners", setup_routes.read_owner),
    _route("GET", "crm/pipelines/*", "pipelines", setup_routes.list_pipelines),
    _route("GET", "crm/pipelines/*/*", "pipelines", setup_routes.read_pipeline),
    _route("GET", "crm/pipelines/*/*/stages", "pipelines", setup_routes.list_stages),
    _route("GET", "crm/pipelines/*/*/stages/*", "pipelines", setup_routes.read_stage),
    _route("GET", "crm/properties/*", "properties", properties.list_properties),
    _route("POST", "crm/properties/*", "properties", properties.create_property),
    _route("GET", "crm/properties/*/groups", "properties", property_groups.list_groups),
    _route("POST", "crm/properties/*/groups", "properties", property_groups.create_group),
    _route("GET", "crm/properties/*/groups/*", "properties", property_groups.read_group),
    _route("POST", "crm/properties/*/batch/create", "properties", properties.batch_create_properties),
    _route("POST", "crm/properties/*/batch/read", "properties", properties.batch_read_properties),
    _route("GET", "crm/properties/*/*", "properties", properties.read_property),
    _route("PATCH", "crm/properties/*/*", "properties", properties.change_property),
    _route("DELETE", "crm/properties/*/*", "properties", properties.archive_property),
    _route("POST", "crm/objects/*/search", "search", search.search),
    _route("POST", "crm/objects/*/merge", "other", objects.merge_two),
    _route("POST", "crm/objects/*/batch/read", "batch_read", batch.batch_read),
    _route("POST", "crm/objects/*/batch/update", "batch_update", batch.batch_update),
    _route("POST", "crm/objects/*/batch/create", "batch_create", batch.batch_create),
    _route("POST", "crm/objects/*/batch/upsert", "other", batch.batch_upsert),
    _route("POST", "crm/objects/*/batch/archive", "other", batch.batch_archive),
    _route("GET", "crm/objects/*", "list", objects.list_page),
    _route("POST", "crm/objects/*", "other", objects.create_one),
    _route("GET", "crm/objects/*/*", "read", objects.read_one),
    _route("PATCH", "crm/objects/*/*", "update", objects.update_one),
    _route("DELETE", "crm/objects/*/*", "other", objects.archive_one),
    _route("GET", "crm/objects/*/*/associations/*", "associations", associations.read_links),
    _route("PUT", "crm/objects/*/*/associations/default/*/*", "associations", associations.link_default),
    _route("DELETE", "crm/objects/*/*/associations/*/*", "associations", associations.unlink),
    _route("POST", "crm/associations/*/*/batch/read", "associations", associations.batch_read_links),
    _route("GET", "crm/associations/*/*/labels", "associations", associations.labels),
)
_BY_SHAPE: dict[tuple[str, int], list[Route]] = {}
for _row in ROUTES:
    _BY_SHAPE.setdefault((_row.method, len(_row.pattern)), []).append(_row)

# Where the version stands: index of the segment in dated paths (2) and in legacy ones (1).
_ASSOCIATION_AREA = "v4"


def without_version(path: str) -> tuple[str, tuple[str, ...]] | None:
    """The version of a path and its segments without it, or None when no known version is there."""
    parts = path.strip("/").split("/")
    position = 1 if parts[0] == "account-info" or (len(parts) > 1 and parts[1] in LEGACY_VERSIONS) else 2
    if len(parts) <= position or parts[position] not in (*DATED_VERSIONS, *LEGACY_VERSIONS):
        return None
    version, rest = parts[position], (*parts[:position], *parts[position + 1 :])
    is_association = "associations" in rest
    if version in LEGACY_VERSIONS and position == 1 and (version == _ASSOCIATION_AREA) != is_association:
        return None
    return version, rest


def find_route(method: str, segments: tuple[str, ...]) -> tuple[Route, tuple[str, ...]] | None:
    """The route of a request with what its wildcards stand for."""
    for route in _BY_SHAPE.get((method, len(segments)), ()):
        if all(want in ("*", have) for want, have in zip(route.pattern, segments, strict=True)):
            taken = (have for want, have in zip(route.pattern, segments, strict=True) if want == "*")
            return route, tuple(taken)
    return None
