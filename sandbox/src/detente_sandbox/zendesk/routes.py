"""Which handler answers which path. Paths are taken with and without `.json`. Section 2.1 [C]."""

from collections.abc import Callable
from dataclasses import dataclass

from detente_sandbox.zendesk import (
    bulk,
    exports,
    field_routes,
    oauth,
    organizations,
    search,
    setup_routes,
    tickets,
)
from detente_sandbox.zendesk.call import Answer

Handler = Callable[..., Answer]
PREFIX = "/api/v2/"


@dataclass(frozen=True)
class Route:
    """A method and a pattern of segments; `*` takes any one and hands it to the handler.

    `kind` is what the journal calls the request, `limit` the limit of its own that it counts against.
    """

    method: str
    pattern: tuple[str, ...]
    kind: str
    handler: Handler
    limit: str | None = None


def _route(method: str, pattern: str, kind: str, handler: Handler, limit: str | None = None) -> Route:
    return Route(method, tuple(pattern.split("/")), kind, handler, limit)


def _of(handler: Handler, family: str) -> Handler:
    """A handler for one family of fields."""
    return lambda call, *taken: handler(call, family, *taken)


def _field_routes(family: str) -> tuple[Route, ...]:
    return (
        _route("GET", family, "fields", _of(field_routes.list_fields, family)),
        _route("POST", family, "fields", _of(field_routes.create_field, family)),
        _route("GET", f"{family}/*", "fields", _of(field_routes.read_field, family)),
        _route("PUT", f"{family}/*", "fields", _of(field_routes.update_field, family)),
        _route("DELETE", f"{family}/*", "fields", _of(field_routes.delete_field, family)),
    )


EXPORT, INDEX, UPDATE = "incremental-exports", "tickets-index", "tickets-update"
ROUTES = (
    _route("GET", "oauth/tokens/current", "token", oauth.current_token),
    _route("DELETE", "oauth/tokens/current", "token", oauth.revoke_current),
    _route("GET", "incremental/organizations", "export", exports.organizations_by_time, EXPORT),
    _route("GET", "incremental/users", "export", exports.users_by_time, EXPORT),
    _route("GET", "incremental/users/cursor", "export", exports.users_by_cursor, EXPORT),
    _route("GET", "incremental/tickets", "export", exports.tickets_by_time, EXPORT),
    _route("GET", "incremental/tickets/cursor", "export", exports.tickets_by_cursor, EXPORT),
    _route("GET", "incremental/ticket_events", "export", exports.ticket_events, EXPORT),
    _route("GET", "incremental/ticket_metric_events", "export", exports.metric_events, EXPORT),
    _route("GET", "organizations", "list", organizations.list_organizations),
    _route("POST", "organizations", "create", organizations.create_organization),
    _route("GET", "organizations/count", "count", organizations.count_organizations),
    _route("GET", "organizations/show_many", "show_many", organizations.show_many),
    _route("GET", "organizations/search", "search", organizations.search_organizations),
    _route("PUT", "organizations/update_many", "update_many", bulk.update_organizations),
    _route("POST", "organizations/create_many", "create_many", bulk.create_organizations),
    _route("POST", "organizations/create_or_update", "create", organizations.create_or_update),
    _route("GET", "organizations/*", "read", organizations.read_organization),
    _route("PUT", "organizations/*", "update", organizations.update_organization),
    _route("DELETE", "organizations/*", "delete", organizations.delete_organization),
    _route("GET", "organizations/*/tickets", "list", tickets.list_tickets_of, INDEX),
    _route("GET", "tickets", "list", tickets.list_tickets, INDEX),
    _route("POST", "tickets", "create", tickets.create_ticket),
    _route("GET", "tickets/count", "count", tickets.count_tickets),
    _route("GET", "tickets/show_many", "show_many", tickets.show_many),
    _route("PUT", "tickets/update_many", "update_many", bulk.update_tickets, UPDATE),
    _route("POST", "tickets/create_many", "create_many", bulk.create_tickets),
    _route("GET", "tickets/*", "read", tickets.read_ticket),
    _route("PUT", "tickets/*", "update", tickets.update_ticket, UPDATE),
    _route("DELETE", "tickets/*", "delete", tickets.delete_ticket, "ticket-delete"),
    _route("GET", "tickets/*/audits", "audits", tickets.list_audits),
    _route("GET", "tickets/*/metrics", "metrics", tickets.read_metrics),
    _route("PUT", "tickets/*/tags", "update", tickets.edit_tags, UPDATE),
    _route("POST", "tickets/*/tags", "update", tickets.edit_tags),
    _route("DELETE", "tickets/*/tags", "update", tickets.edit_tags),
    _route("GET", "ticket_metrics", "list", tickets.list_metrics),
    _route("GET", "job_statuses", "jobs", bulk.list_jobs),
    _route("GET", "job_statuses/show_many", "jobs", bulk.show_jobs),
    _route("GET", "job_statuses/*", "jobs", bulk.read_job),
    _route("GET", "users", "list", setup_routes.list_users),
    _route("GET", "users/show_many", "show_many", setup_routes.show_users),
    _route("GET", "users/*", "read", setup_routes.read_user),
    _route("GET", "groups", "list", setup_routes.list_groups),
    _route("GET", "groups/*", "read", setup_routes.read_group),
    _route("GET", "group_memberships", "list", setup_routes.list_memberships),
    _route("GET", "slas/policies", "policies", setup_routes.list_policies),
    _route("GET", "account/settings", "account", setup_routes.account_settings),
    _route("GET", "ticket_forms", "fields", field_routes.list_forms),
    _route("GET", "ticket_forms/*", "fields", field_routes.read_form),
    _route("PUT", "ticket_forms/*", "fields", field_routes.update_form),
    _route("GET", "ticket_fields/*/options", "fields", field_routes.list_options),
    _route("POST", "ticket_fields/*/options", "fields", field_routes.put_option),
    _route("GET", "search", "search", search.search),
    _route("GET", "search/export", "search", search.export, "search-export"),
    *_field_routes("ticket_fields"),
    *_field_routes("organization_fields"),
    _route("GET", "user_fields", "fields", _of(field_routes.list_fields, "user_fields")),
)
_BY_SHAPE: dict[tuple[str, int], list[Route]] = {}
for _row in ROUTES:
    _BY_SHAPE.setdefault((_row.method, len(_row.pattern)), []).append(_row)


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """The route of a request with what its wildcards stand for; fixed words go before wildcards."""
    if not path.startswith(PREFIX):
        return None
    segments = tuple(path.removeprefix(PREFIX).removesuffix(".json").strip("/").split("/"))
    for route in _BY_SHAPE.get((method, len(segments)), ()):
        if all(want in ("*", have) for want, have in zip(route.pattern, segments, strict=True)):
            taken = (have for want, have in zip(route.pattern, segments, strict=True) if want == "*")
            return route, tuple(taken)
    return None
