"""Runs the sandbox as an HTTP server on this machine only."""

import json
import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from detente_sandbox.administration import Administration
from detente_sandbox.api import Api
from detente_sandbox.connections import TrackedProtocol
from detente_sandbox.sandbox import Sandbox

HOST = "127.0.0.1"


def application(sandbox: Sandbox) -> Starlette:
    """The administration under `/_sandbox`, and the vendor's API everywhere else."""
    administration = Mount("/_sandbox", routes=Administration(sandbox).routes())
    return Starlette(routes=[administration, Mount("", app=Api(sandbox))])


class _Announcing(uvicorn.Server):
    """Prints one JSON line when the first request can be taken."""

    def __init__(self, config: uvicorn.Config, line: str) -> None:
        super().__init__(config)
        self._line = line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(self._line + "\n")
        sys.stdout.flush()


def serve(sandbox: Sandbox, port: int) -> None:
    """Serves until a signal ends it; port 0 takes a free one."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Without it a kept-alive connection waits some 40 ms for every answer.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind((HOST, port))
    tokens = {token.name: token.secret for token in sandbox.portal.tokens.values()}
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        application(sandbox),
        http=TrackedProtocol,
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    _Announcing(config, json.dumps({"url": url, "tokens": tokens})).run(sockets=[listener])
