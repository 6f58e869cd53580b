"""The anchor: heads of the audit chain in an append-only text file outside the database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, select

from detente.private_folder import make_private_file
from detente.store.audit_chain import START, Head, Problem
from detente.store.tables import audit_link


def anchor(path: Path, newest: Head | None) -> None:
    """Append the head to the anchor file, unless its last line says the same; without a head, nothing.

    Keep the file where whoever can write the database cannot: a cut tail is found by it only.
    """
    if newest is None:
        return
    anchored = read_anchor(path)
    if anchored and anchored[-1] == newest:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    make_private_file(path)
    with path.open("a+b") as file:
        # A kill may have cut the last line: it must not swallow this one.
        whole = not path.stat().st_size or _last_byte(file) == b"\n"
        file.write(b"" if whole else b"\n")
        file.write(f"{newest.seq} {newest.hash}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def _last_byte(file: BinaryIO) -> bytes:
    file.seek(-1, os.SEEK_END)
    return file.read(1)


def read_anchor(path: Path) -> list[Head]:
    """The heads that were anchored, oldest first; empty without a file. A line cut by a kill is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="ascii", errors="replace").split("\n")[:-1]
    parts = [line.split(" ") for line in lines]
    return [Head(int(seq), digest) for seq, digest in (part for part in parts if _is_anchor(part))]


def _is_anchor(part: list[str]) -> bool:
    return len(part) == 2 and part[0].isascii() and part[0].isdigit() and len(part[1]) == len(START)


def check_anchor(path: Path, connection: Connection) -> list[str]:
    """What the anchored heads say against the chain; empty when it holds every one of them."""
    return [problem.message for problem in anchor_problems(path, connection)]


def anchor_problems(path: Path, connection: Connection) -> Iterator[Problem]:
    """As `check_anchor`, with the link's number."""
    anchored = read_anchor(path)
    stood = dict(connection.execute(select(audit_link.c.seq, audit_link.c.hash)).all())
    last, end = max((item.seq for item in anchored), default=0), max(stood, default=0)
    if end < last:
        yield Problem(last, f"the audit trail was cut: it ends at link {end}, link {last} was anchored")
    for item in anchored:
        if stood.get(item.seq, item.hash) != item.hash:
            yield Problem(item.seq, f"audit link {item.seq} is not the one that was anchored")
