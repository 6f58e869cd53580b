"""`/cases`: the queue of open cases."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from detente.web.console import Console
from detente.web.views.cases import CaseQuery, QueueView, queue_view

Asked = Annotated[CaseQuery, Query()]


def router(console: Console) -> APIRouter:
    """The page and its JSON."""
    routes = APIRouter()

    def view(asked: CaseQuery) -> QueueView:
        with console.store.reading() as connection:
            return queue_view(connection, asked, console.now())

    @routes.api_route("/cases", methods=["GET", "HEAD"], response_class=HTMLResponse, include_in_schema=False)
    def page(asked: Asked) -> str:
        return console.page("cases.html.j2", "cases", {"view": view(asked), "asked": asked})

    @routes.get("/api/cases")
    def cases(asked: Asked) -> QueueView:
        """Open cases, the first due first, filtered, a page at a time."""
        return view(asked)

    return routes
