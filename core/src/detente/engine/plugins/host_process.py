"""The plugin host as its parent sees it: started when needed, killed when it hangs, started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from detente.engine.plugins.failures import PluginFault, PluginStop
from detente.engine.plugins.frames import PortfolioFrame
from detente.engine.plugins.pipes import LinePipe

_START_S = 60.0
"""Seconds that the host may take to start; importing Polars on a slow disk takes some of them."""


class HostProcess:
    """One plugin host process at a time. `generation` counts the starts; a new one has loaded nothing.

    A call that takes longer than `timeout_s`, or ends the host, is the fault of the plugin that was called.
    """

    def __init__(self, timeout_s: float) -> None:
        self.generation = 0
        self.lock = threading.RLock()
        self._timeout_s = timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: LinePipe | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._is_ready = False
        self._frames = 0
        self._last_frame: tuple[weakref.ref[PortfolioFrame], Path] | None = None

    def start(self) -> None:
        """Start a host unless one is running.

        Raises: PluginStop when it does not come up.
        """
        pipe = self.start_ahead()
        if self._is_ready:
            return
        try:
            pipe.receive(time.monotonic() + _START_S)
        except (TimeoutError, EOFError):
            raise PluginStop(f"the plugin host did not start ({self._end()})") from None
        except BaseException:
            self._end()
            raise
        self._is_ready = True

    def start_ahead(self) -> LinePipe:
        """Let a host come up in the background, unless one runs; the next `start` waits for the rest."""
        if self._pipe is not None and self._process is not None and self._process.poll() is None:
            return self._pipe
        self._end()
        self.generation += 1
        self._folder = tempfile.TemporaryDirectory(prefix="detente-frames-", ignore_cleanup_errors=True)
        try:
            self._pipe = self._spawn(self._folder.name)
        except BaseException:
            self._end()
            raise
        return self._pipe

    def ask(self, request: Mapping[str, object]) -> Any:
        """The running host's answer to one request.

        Raises: PluginFault with what the plugin did wrong; PluginStop after a hang or a crash.
        """
        if self._pipe is None:
            raise PluginFault("the plugin host is not running")
        deadline = time.monotonic() + self._timeout_s
        try:
            self._pipe.send(orjson.dumps(request), deadline)
            reply = orjson.loads(self._pipe.receive(deadline))
        except TimeoutError:
            self._end()
            raise PluginStop(f"took longer than {self._timeout_s:g} s and was stopped") from None
        except EOFError:
            raise PluginStop(f"ended the plugin host ({self._end()})") from None
        except BaseException:
            # A reply that nobody waited for would be taken for the next one's.
            self._end()
            raise
        if "fault" in reply:
            raise PluginFault(reply["fault"])
        return reply["ok"]

    def path_of(self, frame: PortfolioFrame) -> str:
        """The file in which the host finds `frame`; written once for calls that follow each other."""
        if self._last_frame is not None and self._last_frame[0]() is frame and self._last_frame[1].exists():
            return str(self._last_frame[1])
        if self._last_frame is not None:
            self._last_frame[1].unlink(missing_ok=True)
        self._frames += 1
        path = self._place(f"frame-{self._frames}.arrow")
        frame.frame.write_ipc(path)
        self._last_frame = (weakref.ref(frame), path)
        return str(path)

    def points(self, plugin: str, criterion: str, frame: PortfolioFrame) -> pl.Series:
        """Points that the host computes for one criterion.

        Raises: PluginFault as `ask` does.
        """
        into = self._place("points.arrow")
        request = {"do": "points", "plugin": plugin, "criterion": criterion, "into": str(into)}
        self.ask({**request, "frame": self.path_of(frame)})
        try:
            return pl.read_ipc(into)["points"]
        finally:
            into.unlink()

    def close(self) -> None:
        """End the host and remove its files."""
        with self.lock:
            self._end()

    def _place(self, name: str) -> Path:
        if self._folder is None:
            raise PluginFault("the plugin host is not running")
        return Path(self._folder.name) / name

    def _spawn(self, folder: str) -> LinePipe:
        their_requests, our_requests = os.pipe()
        our_answers, their_answers = os.pipe()
        words = [sys.executable, "-P", "-m", "detente.engine.plugins.host"]
        try:
            self._process = subprocess.Popen(
                [*words, str(their_requests), str(their_answers), folder],
                stdin=subprocess.DEVNULL,
                # What plugins print goes to standard error, so that `--json` stays JSON.
                stdout=2,
                pass_fds=(their_requests, their_answers),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                # A group of its own: killed with everything it started, and Ctrl-C stays Detente's.
                start_new_session=True,
            )
        finally:
            os.close(their_requests)
            os.close(their_answers)
        return LinePipe(our_requests, our_answers)

    def _end(self) -> str:
        """Stop the host, if there is one, with everything it started; says how it ended."""
        process, pipe, folder = self._process, self._pipe, self._folder
        self._process = self._pipe = self._folder = self._last_frame = None
        self._is_ready = False
        ending = _stopped(process) if process is not None else "not running"
        if pipe is not None:
            pipe.close()
        if folder is not None:
            folder.cleanup()
        return ending


def _stopped(process: subprocess.Popen[bytes]) -> str:
    if process.returncode is None:
        # One that ended by itself keeps its exit code: a signal that comes later does not change it.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    code = process.returncode
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
