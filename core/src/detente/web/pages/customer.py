"""`/customers/{id}`: one customer. An id that was merged into another leads to the one that stands for it."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from detente.store import customers
from detente.web.console import Console
from detente.web.drawing.sparkline import sparkline
from detente.web.drawing.waterfall import waterfall
from detente.web.views.customer import CustomerView, customer_view


def router(console: Console) -> APIRouter:
    """The page and its JSON."""
    routes = APIRouter()

    @routes.api_route(
        "/customers/{customer}", methods=["GET", "HEAD"], response_class=HTMLResponse, include_in_schema=False
    )
    def page(customer: str) -> Response:
        known, view = _look_up(console, customer)
        if view is None:
            return RedirectResponse(f"/customers/{known}", status_code=307)
        return HTMLResponse(console.page("customer.html.j2", "portfolio", _said(view, console.now())))

    @routes.get("/api/customers/{customer}", response_model=CustomerView)
    def one(customer: str) -> CustomerView | RedirectResponse:
        """One customer: why it stands where it does, its accounts, cases, history, and what was written."""
        known, view = _look_up(console, customer)
        return view or RedirectResponse(f"/api/customers/{known}", status_code=307)

    return routes


def _look_up(console: Console, customer: str) -> tuple[str, CustomerView | None]:
    """The customer's present id, and its page when it was asked for by that id.

    Raises: HTTPException 404 when there is no such customer.
    """
    with console.store.reading() as connection:
        known = customers.resolve_customer(connection, customer)
        if known is None:
            raise HTTPException(404, "There is no such customer. It may never have been read from a CRM.")
        return known, customer_view(connection, known, console.now()) if known == customer else None


def _said(view: CustomerView, now: datetime) -> dict[str, object]:
    scores = [(item.as_of, item.score_micro / 1_000_000, item.bundle) for item in view.history]
    drawn = waterfall(view.told) if view.told else None
    return {"view": view, "drawn": drawn, "spark": sparkline(scores), "now": now}
