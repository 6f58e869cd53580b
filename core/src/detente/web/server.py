"""Serve the pages on a thread of their own, beside the service."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from detente_contracts import ConfigurationError
from fastapi import FastAPI

_ENDING_S = 5
"""How long answers under way may take when the process ends."""


@contextmanager
def served(app: FastAPI, host: str, port: int) -> Iterator[str]:
    """Answer requests on `host` and `port` (0: a free one) until the block is left; the address.

    Raises: ConfigurationError when the port is taken or the address is not this machine's.
    """
    listening = _listening(host, port)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=_ENDING_S
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, name="pages", daemon=True)
    thread.start()
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_ENDING_S + 1)


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {host}, port {port}: {error.strerror or error}",
            hint="Give another port with --port or `serve.port`, or stop what listens there",
        ) from None
