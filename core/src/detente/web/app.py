"""The application: pages, the same as JSON under /api, health; all of it reads only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from anyio import to_thread
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from detente import __version__
from detente.web.console import Console
from detente.web.guarding import HOSTS, GuardedHeaders
from detente.web.pages import cases, customer, health, portfolio, refusals, runs

READERS = 4
"""Requests that read the store at once; each holds a connection with its cache."""


def create_app(console: Console) -> FastAPI:
    """The pages over `console`."""
    app = FastAPI(
        title="Detente",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_few_readers,
    )
    for part in (portfolio, customer, cases, runs, health):
        app.include_router(part.router(console))
    refusals.install(app, console)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False)
    app.add_middleware(GuardedHeaders)
    return app


@asynccontextmanager
async def _few_readers(app: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = READERS
    yield
