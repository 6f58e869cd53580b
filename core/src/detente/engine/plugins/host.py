"""The plugin host: `python -m detente.engine.plugins.host REQUESTS ANSWERS FOLDER`, started by Detente.

One JSON object a line comes in by the descriptor REQUESTS and one goes out by ANSWERS for each; frames lie
in FOLDER as Arrow files. Standard output belongs to the plugins. The host ends when its parent does.
"""

from __future__ import annotations

import os
import queue
import shutil
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import polars as pl

from detente.engine.plugins.failures import PluginFault
from detente.engine.plugins.frames import PortfolioFrame
from detente.engine.plugins.hooks import hook_shape
from detente.engine.plugins.implementation import Implementation
from detente.engine.plugins.sources import Origin, Source


class Desk:
    """Answers requests, one after the other. Plugins that were loaded stay loaded."""

    def __init__(self) -> None:
        self._plugins: dict[str, Implementation] = {}
        self._frame: tuple[str, PortfolioFrame] | None = None

    def answer(self, line: bytes) -> bytes:
        """The reply to one request: `ok` with what was asked for, or the plugin's `fault`."""
        request = orjson.loads(line)
        try:
            return orjson.dumps({"ok": self._do(request)})
        except PluginFault as fault:
            return orjson.dumps({"fault": str(fault)})

    def _do(self, request: Mapping[str, Any]) -> object:
        match request["do"]:
            case "load":
                return self._load(request["source"])
            case "call":
                return self._call(request["plugin"], request["hook"], request["arguments"])
            case _:
                return self._points(request)

    def _load(self, told: Mapping[str, Any]) -> object:
        source = Source(**{**told, "origin": Origin(told["origin"])})
        plugin = Implementation(source)
        self._plugins[source.name] = plugin
        return {"hooks": plugin.hooks, "faults": plugin.faults, "path": plugin.path}

    def _call(self, plugin: str, hook: str, packed: Mapping[str, str]) -> object:
        arguments = hook_shape(hook).unpack(packed, self._frame_at)
        return self._plugins[plugin].answer(hook, arguments)

    def _points(self, request: Mapping[str, Any]) -> object:
        frame = self._frame_at(request["frame"])
        points = self._plugins[request["plugin"]].points(request["criterion"], frame)
        points.to_frame().write_ipc(Path(request["into"]))
        return len(points)

    def _frame_at(self, path: str) -> PortfolioFrame:
        """The frame in a file; the last one stays open, as criteria come one after the other."""
        if self._frame is None or self._frame[0] != path:
            self._frame = (path, PortfolioFrame(pl.read_ipc(path)))
        return self._frame[1]


def main() -> None:
    """Answer until the parent closes its end of the pipe."""
    requests_fd, answers_fd, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    for descriptor in (requests_fd, answers_fd):
        # A program that a plugin starts must not keep the pipe open after the host has gone.
        os.set_inheritable(descriptor, False)
    inbox: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    requests = os.fdopen(requests_fd, "rb")
    threading.Thread(target=_listen, args=(requests, inbox, folder), daemon=True).start()
    desk = Desk()
    with os.fdopen(answers_fd, "wb", buffering=0) as answers:
        _send(answers, orjson.dumps({"ok": "ready"}))
        while True:
            _send(answers, desk.answer(inbox.get()))


def _send(answers: BinaryIO, text: bytes) -> None:
    rest = memoryview(text + b"\n")
    while rest:
        rest = rest[answers.write(rest) :]


def _listen(requests: BinaryIO, inbox: queue.SimpleQueue[bytes], folder: Path) -> None:
    """Pass requests on. Runs beside the plugins, so that even one that hangs ends with its parent."""
    for line in requests:
        inbox.put(line)
    shutil.rmtree(folder, ignore_errors=True)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main()
