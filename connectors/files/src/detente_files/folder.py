"""A folder of sources: their contents, tables and changes, kept on disk while the connector is open."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from detente_contracts import AccessError, UnavailableError

from detente_files.changes import Changes, Memory, Told, find_changes
from detente_files.cursor import Content, Cursor
from detente_files.mapping import HELD, hidden_fields
from detente_files.reading import SourceFile, content_digest, files_of, header, lacking
from detente_files.settings import Source
from detente_files.table import Table, make_table
from detente_files.writing import ID_COLUMN, OutFile

Stamps = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Opened:
    """The table of a source, for the files as they stood."""

    stamps: Stamps
    table: Table
    home: tempfile.TemporaryDirectory[str]


class Folder:
    """Sources below `path`. What it keeps on disk is removed by `close`, and made again when asked for."""

    def __init__(self, path: Path, memory: Memory) -> None:
        self.path = path
        self._memory = memory
        self._tables: dict[str, _Opened] = {}
        self._changes: dict[str, Changes] = {}

    def require(self) -> None:
        """Raises: AccessError when the folder cannot be entered."""
        try:
            next(self.path.iterdir(), None)
        except OSError as error:
            raise AccessError(
                f"the folder {self.path.name!r} cannot be read: {error.strerror or type(error).__name__}",
                hint="Mount or create it, give this user the right to read it, or correct `folder`",
            ) from None

    def files(self, source: Source) -> list[SourceFile]:
        """The files of `source`, at least one.

        Raises: UnavailableError.
        """
        files = files_of(self.path, source)
        if not files:
            raise UnavailableError(
                f"no file matches {source.file!r} in {self.path.name!r}",
                hint="Export it again; what was read before stands",
            )
        return files

    def content(self, source: Source, out: OutFile | None) -> Content:
        """What the source and the file of our fields hold now.

        Raises: UnavailableError.
        """
        both = content_digest(self.files(source)) + (out.digest() if out else "")
        return Content.of(source, hashlib.sha256(both.encode()).hexdigest())

    def hidden(self, source: Source) -> frozenset[str]:
        """Fields of which a file lacks the column; none while the files cannot be read."""
        try:
            return hidden_fields(source, _lacking(self.files(source), source))
        except UnavailableError:
            return frozenset()

    def table(self, source: Source) -> Table:
        """The source as one table; made again when a file was replaced or written to.

        Raises: UnavailableError.
        """
        files = self.files(source)
        stamps = tuple(file.stamp() for file in files)
        opened = self._tables.get(source.name)
        if opened is not None and opened.stamps == stamps:
            return opened.table
        self._drop_table(source.name)
        with ExitStack() as until_made:
            home = tempfile.TemporaryDirectory(prefix="detente-files-")
            until_made.callback(home.cleanup)
            table = make_table(files, source, Path(home.name))
            until_made.pop_all()
        self._tables[source.name] = _Opened(stamps, table, home)
        return table

    def changes(self, source: Source, at: Cursor, out: OutFile | None) -> Changes | None:
        """What differs from what was told so far; None when nothing does.

        A reading under way goes on in the tables as they were made, whatever becomes of the files meanwhile.

        Raises: UnavailableError.
        """
        under = self._changes.get(source.name)
        if under is not None and at.offset_in(source.name, under.content):
            return under
        content = self.content(source, out)
        if at.stands_at(source.name, content):
            return None
        self._drop_table(source.name)
        with _own_files():
            changes = self._find(source, content, at, out)
        self._changes[source.name] = changes
        return changes

    def close(self) -> None:
        """Remove every table."""
        for name in list(self._tables):
            self._drop_table(name)

    def _find(self, source: Source, content: Content, at: Cursor, out: OutFile | None) -> Changes:
        table = self.table(source)
        told = Told(at.read.get(source.name), at.begun(source.name, content))
        if told.contents and not table.height:
            raise UnavailableError(
                f"{source.file} holds no row any more, and empty is never taken as all deleted",
                hint="Export it again; if all records are to go, remove the source from the settings",
            )
        held = _held(out) if out else None
        self._memory.keep_only(source.name, [content, *told.contents])
        return find_changes(table, held, self._memory, source.name, content, told)

    def _drop_table(self, name: str) -> None:
        opened = self._tables.pop(name, None)
        self._changes.pop(name, None)
        if opened is not None:
            opened.home.cleanup()


@contextmanager
def _own_files() -> Iterator[None]:
    """Raises: UnavailableError when what we keep ourselves cannot be written."""
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"the tables for reading cannot be kept: {error.strerror or type(error).__name__}",
            hint="Make room, and give this user the right to write `memory` and the temporary folder",
        ) from None


def _lacking(files: Sequence[SourceFile], source: Source) -> dict[str, str]:
    return {
        column: message
        for file in files
        for column, message in lacking(file, source, header(file, source)).items()
    }


def _held(out: OutFile) -> pl.DataFrame:
    frame = out.held()
    return frame.rename({key: HELD + key for key in frame.columns if key != ID_COLUMN})
