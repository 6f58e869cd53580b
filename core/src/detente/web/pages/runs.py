"""`/runs` and `/runs/{id}`: what was read and written, what failed, and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse

from detente.store import runs as stored
from detente.web.console import Console
from detente.web.views.runs import RunsQuery, RunsView, RunView, WritesQuery, run_view, runs_view

Listed = Annotated[RunsQuery, Query()]
Written = Annotated[WritesQuery, Query()]


def router(console: Console) -> APIRouter:
    """The pages and their JSON."""
    routes = APIRouter()

    def listed(asked: RunsQuery) -> RunsView:
        with console.store.reading() as connection:
            return runs_view(connection, asked)

    def one(run: str, asked: WritesQuery) -> RunView:
        with console.store.reading() as connection:
            found = stored.read_run(connection, run)
            if found is None:
                raise HTTPException(404, "There is no such run.")
            return run_view(connection, found, asked)

    @routes.api_route("/runs", methods=["GET", "HEAD"], response_class=HTMLResponse, include_in_schema=False)
    def list_page(asked: Listed) -> str:
        return console.page("runs.html.j2", "runs", {"view": listed(asked), "asked": asked})

    @routes.api_route(
        "/runs/{run}", methods=["GET", "HEAD"], response_class=HTMLResponse, include_in_schema=False
    )
    def run_page(run: str, asked: Written) -> str:
        return console.page("run.html.j2", "runs", {"view": one(run, asked), "asked": asked})

    @routes.get("/api/runs")
    def runs(asked: Listed) -> RunsView:
        """Runs, the newest first, a page at a time, and the due times that were taken last."""
        return listed(asked)

    @routes.get("/api/runs/{run}")
    def run(run: str, asked: Written) -> RunView:
        """One run: what was read, written, skipped and failed, and why."""
        return one(run, asked)

    return routes
