"""Which handler answers which path. Sections 1.2, 2 and 3 of the reference."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from detente_sandbox.salesforce import (
    bulk_ingest,
    bulk_jobs,
    bulk_query,
    changes,
    collections,
    external_ids,
    query,
    records,
    tooling,
)
from detente_sandbox.salesforce.call import Answer, Call
from detente_sandbox.salesforce.composite import composite
from detente_sandbox.salesforce.facts import UnknownBehaviourError

Handler = Callable[..., Answer]


@dataclass(frozen=True)
class Route:
    """A method and a pattern below the version; `*` takes any segment and hands it to the handler."""

    method: str
    pattern: tuple[str, ...]
    kind: str
    handler: Handler


def answer(call: Call) -> Answer:
    """The answer to a call. Raises: ApiError, UnknownBehaviourError."""
    segments = segments_of(call.path.removeprefix(call.root))
    found = find_route(call.method, segments)
    if found is None:
        raise UnknownBehaviourError(f"{call.method} {'/'.join(segments)} is not simulated")
    return found[0].handler(call, *found[1])


def segments_of(path: str) -> tuple[str, ...]:
    """The segments below the version; a slash at the end is optional."""
    return tuple(path.strip("/").split("/"))


def _route(method: str, pattern: str, kind: str, handler: Handler) -> Route:
    return Route(method, tuple(pattern.split("/")), kind, handler)


_look_at_query = partial(bulk_jobs.look, is_query=True)
_look_at_ingest = partial(bulk_jobs.look, is_query=False)
ROUTES = (
    _route("GET", "limits", "limits", changes.limits),
    _route("GET", "limits/recordCount", "limits", changes.record_counts),
    _route("GET", "query", "query", query.query),
    _route("GET", "queryAll", "query", query.query_all),
    _route("GET", "query/*", "query_more", query.query_more),
    _route("GET", "queryAll/*", "query_more", query.query_more),
    _route("GET", "sobjects", "describe", records.list_objects),
    _route("GET", "sobjects/*", "describe", records.basic),
    _route("GET", "sobjects/*/describe", "describe", records.describe),
    _route("GET", "sobjects/*/updated", "changes", changes.updated),
    _route("GET", "sobjects/*/deleted", "changes", changes.deleted),
    _route("POST", "sobjects/*", "create", records.create_one),
    _route("GET", "sobjects/*/*", "read", records.read),
    _route("PATCH", "sobjects/*/*", "update", records.update_one),
    _route("DELETE", "sobjects/*/*", "delete", records.delete_one),
    _route("GET", "sobjects/*/*/*", "read", external_ids.read_by),
    _route("PATCH", "sobjects/*/*/*", "upsert", external_ids.upsert_one),
    _route("POST", "composite", "composite", lambda call: composite(call, answer)),
    _route("POST", "composite/sobjects", "batch_create", collections.create_many),
    _route("PATCH", "composite/sobjects", "batch_update", collections.update_many),
    _route("PATCH", "composite/sobjects/*", "batch_update", collections.update_many),
    _route("DELETE", "composite/sobjects", "batch_delete", collections.delete_many),
    _route("DELETE", "composite/sobjects/*", "batch_delete", collections.delete_many),
    _route("GET", "composite/sobjects/*", "batch_read", collections.read_many),
    _route("POST", "composite/sobjects/*", "batch_read", collections.read_many_long),
    _route("PATCH", "composite/sobjects/*/*", "batch_upsert", collections.upsert_many),
    _route("POST", "jobs/query", "bulk_job", bulk_query.create_job),
    _route("GET", "jobs/query", "bulk_poll", partial(bulk_jobs.list_jobs, is_query=True)),
    _route("GET", "jobs/query/*", "bulk_poll", _look_at_query),
    _route("PATCH", "jobs/query/*", "bulk_job", bulk_query.abort),
    _route("DELETE", "jobs/query/*", "bulk_job", partial(bulk_jobs.delete_job, is_query=True)),
    _route("GET", "jobs/query/*/results", "bulk_results", bulk_query.results),
    _route("GET", "jobs/query/*/resultPages", "bulk_results", bulk_query.result_pages),
    _route("POST", "jobs/ingest", "bulk_job", bulk_ingest.create_job),
    _route("GET", "jobs/ingest", "bulk_poll", partial(bulk_jobs.list_jobs, is_query=False)),
    _route("GET", "jobs/ingest/*", "bulk_poll", _look_at_ingest),
    _route("PATCH", "jobs/ingest/*", "bulk_job", bulk_ingest.change_state),
    _route("DELETE", "jobs/ingest/*", "bulk_job", partial(bulk_jobs.delete_job, is_query=False)),
    _route("PUT", "jobs/ingest/*/batches", "bulk_upload", bulk_ingest.upload),
    _route("GET", "jobs/ingest/*/successfulresults", "bulk_outcome", bulk_ingest.successful),
    _route("GET", "jobs/ingest/*/failedresults", "bulk_outcome", bulk_ingest.failures),
    _route("GET", "jobs/ingest/*/unprocessedrecords", "bulk_outcome", bulk_ingest.unprocessed),
    _route("GET", "tooling/query", "tooling", query.tooling_query),
    _route("POST", "tooling/sobjects/CustomField", "define", tooling.create_field),
    _route("GET", "tooling/sobjects/CustomField/*", "tooling", tooling.read_field),
    _route("PATCH", "tooling/sobjects/CustomField/*", "define", tooling.change_field),
    _route("DELETE", "tooling/sobjects/CustomField/*", "define", tooling.delete_field),
)
_BY_SHAPE: dict[tuple[str, int], list[Route]] = {}
for _row in ROUTES:
    _BY_SHAPE.setdefault((_row.method, len(_row.pattern)), []).append(_row)


def find_route(method: str, segments: tuple[str, ...]) -> tuple[Route, tuple[str, ...]] | None:
    """The route of a request with what its wildcards stand for; fixed words are taken in any letters."""
    for route in _BY_SHAPE.get((method, len(segments)), ()):
        pairs = list(zip(route.pattern, segments, strict=True))
        if all(want == "*" or want.lower() == have.lower() for want, have in pairs):
            return route, tuple(have for want, have in pairs if want == "*")
    return None
