"""Runs the sandbox's vendors as HTTP servers on this machine only, each on a port of its own."""

import asyncio
import json
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from detente_sandbox.administration import Administration
from detente_sandbox.api import Api
from detente_sandbox.connections import TrackedProtocol
from detente_sandbox.sandbox import Sandbox
from detente_sandbox.vendor import Vendor

HOST = "127.0.0.1"
TLS_HOST = "localhost"


def application(sandbox: Sandbox, vendor: Vendor) -> Starlette:
    """The administration under `/_sandbox`, and the vendor's API everywhere else."""
    administration = Mount("/_sandbox", routes=Administration(sandbox, vendor).routes())
    return Starlette(routes=[administration, Mount("", app=Api(vendor, sandbox.clock))])


class _Server(uvicorn.Server):
    """A server that tells when the first request can be taken, and leaves signals to the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Authority:
    """The certificate authority of the vendors that answer over TLS only; made when first needed."""

    def __init__(self) -> None:
        self._ca: trustme.CA | None = None

    def context(self) -> ssl.SSLContext:
        """A context with a certificate for this machine's own names."""
        self._ca = self._ca or trustme.CA()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._ca.issue_cert(TLS_HOST, HOST, "*.my.salesforce.com", "*.salesforce.com").configure_cert(context)
        return context

    @property
    def pem(self) -> str | None:
        """The authority's own certificate; None when nothing needed one."""
        return self._ca.cert_pem.bytes().decode() if self._ca else None


def serve(sandbox: Sandbox, port: int) -> None:
    """Serves until a signal ends it. `port` is the first vendor's; 0 takes free ones for all."""
    asyncio.run(_serve(sandbox, port))


async def _serve(sandbox: Sandbox, port: int) -> None:
    authority, servers, listeners, told = _Authority(), [], [], {}
    for order, (name, vendor) in enumerate(sandbox.vendors.items()):
        listener = _listener(port + order if port else 0)
        config = _config(sandbox, vendor)
        if vendor.is_tls:
            config.load()
            config.ssl = authority.context()
        servers.append(_Server(config))
        listeners.append(listener)
        told[name] = {"url": _url(vendor, listener), **vendor.credentials()}
        if vendor.is_tls:
            told[name]["ca_pem"] = authority.pem
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _end, servers)
    running = [
        asyncio.create_task(server.serve(sockets=[listener]))
        for server, listener in zip(servers, listeners, strict=True)
    ]
    await asyncio.gather(*(server.is_ready.wait() for server in servers))
    sys.stdout.write(json.dumps({"vendors": told}) + "\n")
    sys.stdout.flush()
    await asyncio.gather(*running)


def _end(servers: list[_Server]) -> None:
    for server in servers:
        server.should_exit = True


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Without it a kept-alive connection waits some 40 ms for every answer.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind((HOST, port))
    return listener


def _url(vendor: Vendor, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"https://{TLS_HOST}:{port}" if vendor.is_tls else f"http://{HOST}:{port}"


def _config(sandbox: Sandbox, vendor: Vendor) -> uvicorn.Config:
    return uvicorn.Config(
        application(sandbox, vendor),
        http=TrackedProtocol,
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
