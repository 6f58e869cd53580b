"""`/`: the portfolio."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from detente.web.console import Console
from detente.web.views.portfolio import PortfolioQuery, PortfolioView, portfolio_view

Asked = Annotated[PortfolioQuery, Query()]


def router(console: Console) -> APIRouter:
    """The page and its JSON."""
    routes = APIRouter()

    def view(asked: PortfolioQuery) -> PortfolioView:
        snapshot = console.snapshots.newest()
        with console.store.reading() as connection:
            return portfolio_view(connection, snapshot, asked, console.now())

    @routes.api_route("/", methods=["GET", "HEAD"], response_class=HTMLResponse, include_in_schema=False)
    def page(asked: Asked) -> str:
        return console.page("portfolio.html.j2", "portfolio", {"view": view(asked), "asked": asked})

    @routes.get("/api/customers")
    def customers(asked: Asked) -> PortfolioView:
        """Customers by band, score and reasons, filtered, sorted, a page at a time."""
        return view(asked)

    return routes
