"""Lines over a pipe, each by a deadline."""

from __future__ import annotations

import os
import select
import time

_PIECE = 1 << 16


class LinePipe:
    """Writes a line to one descriptor and reads the reply from another. Both are closed with it.

    Deadlines are in seconds of `time.monotonic`. Raises TimeoutError when one passes, and EOFError when the
    other side has gone.
    """

    def __init__(self, write_fd: int, read_fd: int) -> None:
        self._write_fd = write_fd
        self._read_fd = read_fd

    def send(self, line: bytes, deadline: float) -> None:
        """Write all of `line`, which holds no line break, and end it."""
        rest = memoryview(line + b"\n")
        while rest:
            _wait(self._write_fd, select.POLLOUT, deadline)
            try:
                # A pipe that is ready has room for this much, so that the write does not block.
                rest = rest[os.write(self._write_fd, rest[: select.PIPE_BUF]) :]
            except BrokenPipeError:
                raise EOFError from None

    def receive(self, deadline: float) -> bytes:
        """The next line, without its end."""
        pieces: list[bytes] = []
        while not (pieces and pieces[-1].endswith(b"\n")):
            _wait(self._read_fd, select.POLLIN, deadline)
            piece = os.read(self._read_fd, _PIECE)
            if not piece:
                raise EOFError
            pieces.append(piece)
        return b"".join(pieces)[:-1]

    def close(self) -> None:
        """Close both ends of ours; the other side reads an end of file."""
        os.close(self._write_fd)
        os.close(self._read_fd)


def _wait(descriptor: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    left_ms = max(0.0, deadline - time.monotonic()) * 1000
    if not poll.poll(left_ms):
        raise TimeoutError
