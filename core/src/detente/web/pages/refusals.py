"""Pages for what cannot be answered; under /api, JSON."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from detente.web.console import Console
from detente.web.guarding import HEADERS

_NOWHERE = "There is no page at this address."
_FAILED = "This page could not be made. The log of `detente serve` says why."


def install(app: FastAPI, console: Console) -> None:
    """Let refusals be pages of the site."""

    def page(status: int, title: str, message: str) -> HTMLResponse:
        said = {"title": title, "message": message}
        return HTMLResponse(console.page("refusal.html.j2", "", said), status_code=status)

    async def refused(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise TypeError("an HTTP error is expected")
        if _is_api(request):
            return await http_exception_handler(request, error)
        if error.status_code == 404:
            return page(404, "Not found", error.detail if error.detail != "Not Found" else _NOWHERE)
        return page(error.status_code, "Not possible", "These pages read only; nothing can be changed here.")

    async def misspelt(request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise TypeError("a validation error is expected")
        if _is_api(request):
            return await request_validation_exception_handler(request, error)
        named = ", ".join(sorted({str(item["loc"][-1]) for item in error.errors()}))
        return page(422, "This address cannot be read", f"What it asks for cannot be used: {named}.")

    async def failed(request: Request, error: Exception) -> Response:
        # the framework answers this outside of all middleware, so what guards a page is put on here
        answer: Response = JSONResponse({"detail": _FAILED}, status_code=500)
        if not _is_api(request):
            answer = page(500, "Something failed", _FAILED)
        answer.headers.update(HEADERS)
        return answer

    app.add_exception_handler(Exception, failed)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, misspelt)


def _is_api(request: Request) -> bool:
    return request.url.path.startswith(("/api/", "/healthz"))
