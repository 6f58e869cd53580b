"""`/healthz`: for monitors; 503 when a person is needed."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response

from detente.web.console import Console
from detente.web.views.health import Health, Status, health_of


def router(console: Console) -> APIRouter:
    """The one address."""
    routes = APIRouter()

    @routes.head("/healthz", include_in_schema=False)
    @routes.get("/healthz")
    def healthz(response: Response) -> Health:
        """Whether the service is alive and does what it should, with reasons where it does not."""
        hosted = console.hosted
        told = health_of(hosted.store, hosted.service, list(hosted.settings.connectors), _now(console))
        response.status_code = 503 if told.status is Status.UNHEALTHY else 200
        return told

    return routes


def _now(console: Console) -> datetime | None:
    try:
        return console.now()
    except OSError:
        return None
