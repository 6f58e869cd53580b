"""A folder of files as a connector: what changed in them becomes records, our fields become CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
from detente_connector_kit import restarted_cursor
from detente_contracts import (
    Batch,
    ConfigurationError,
    Connector,
    ConnectorContext,
    ContractModel,
    FieldText,
    FieldWrite,
    Finding,
    Kind,
    Outcome,
    ProvisionStep,
    Ref,
    Result,
    UnavailableError,
)

from detente_files.changes import Memory
from detente_files.checking import check_folder, check_out, refuse_writing_into_sources
from detente_files.cursor import NO_CONTENT, Cursor
from detente_files.folder import Folder
from detente_files.gathering import Gathered
from detente_files.mapping import check_constants
from detente_files.settings import FilesSettings, Source
from detente_files.writing import ID_COLUMN, OutFile

_AT_FIRST_WRITE = "the file is made at the first write"
_WRITABLE = (Kind.ACCOUNT, Kind.DEAL, Kind.TICKET)


def build_connector(settings: ContractModel, context: ConnectorContext) -> Connector:
    """The connector that the settings describe.

    Raises: ConfigurationError when a constant is of the wrong type, or an output would replace a source.
    """
    if not isinstance(settings, FilesSettings):
        raise ConfigurationError("a `files` connector needs its own settings")
    for source in settings.sources:
        check_constants(source)
    return FilesConnector(settings, context)


class FilesConnector(Connector):
    """Reads each source whole when its content changed, and tells only the rows that differ."""

    write_batch = 10_000

    def __init__(self, settings: FilesSettings, context: ConnectorContext) -> None:
        home = Path(context.home)
        self._settings, self._context = settings, context
        self._folder = Folder(home / settings.folder, Memory(home / settings.memory / context.instance))
        self._sources = {source.name: source for source in settings.sources}
        kinds = {source.kind for source in settings.sources}
        self.reads = tuple(kind for kind in Kind if kind in kinds)
        self.writes = tuple(kind for kind in _WRITABLE if kind in kinds) if settings.writes else ()
        self._out = {name: self._out_file(home, source) for name, source in self._sources.items()}
        refuse_writing_into_sources(self._folder.path, settings.sources, [out.path for out in self._outs()])

    def check(self) -> Sequence[Finding]:
        """Whether folder, files, columns and the place to write to are there."""
        found = check_folder(self._folder.path, self._settings.sources)
        return [*found, *(finding for out in self._outs() for finding in check_out(out))]

    def require_rights(self, *, writing: bool) -> None:
        """The folder is there and can be read; whether `out` can be written shows when it is written."""
        self._folder.require()

    def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
        """Rows that differ from the last whole reading; a file that cannot be read is named in `refused`."""
        self._folder.require()
        sources = [source for source in self._settings.sources if source.kind is kind]
        gathered, at = Gathered(limit), Cursor.parse(cursor)
        done = True
        for place, source in enumerate(sources[self._first(sources, at) :], start=self._first(sources, at)):
            at = self._read_source(source, at, gathered)
            if at.under is not None or not gathered.room:
                following = self._next_changed(sources[place + 1 :], at) if at.under is None else None
                at = at.going_on(following, NO_CONTENT, 0) if following else at
                done = at.under is None
                break
        return gathered.batch(str(at), self._hidden(sources), done=done)

    def restarted(self, kind: Kind, cursor: str) -> str | None:
        """The cursor with what it knows of deletions, and nothing else."""
        return restarted_cursor(cursor)

    def held(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Mapping[str, FieldText]]:
        """What stands in the CSV of the refs' object; records that its source lacks are absent."""
        there = self._there(refs)
        if not there:
            return {}
        out = self._out[there[0].object]
        asked = pl.Series(ID_COLUMN, [ref.id for ref in there], dtype=pl.String)
        frame = out.held().filter(pl.col(ID_COLUMN).is_in(asked.implode())) if out else pl.DataFrame()
        rows = {str(row[ID_COLUMN]): row for row in frame.iter_rows(named=True)}
        return {ref: {key: rows.get(ref.id, {}).get(key) for key in keys} for ref in there}

    def write(self, rows: Sequence[FieldWrite]) -> Sequence[Outcome]:
        """Put the values into the CSV of the rows' object."""
        there = set(self._there([row.ref for row in rows]))
        outcomes = [self._outcome(row, there) for row in rows]
        taken = [row for row, outcome in zip(rows, outcomes, strict=True) if outcome.result is Result.APPLIED]
        out = self._out[taken[0].ref.object] if taken else None
        if out is not None:
            out.write(taken)
        return outcomes

    def missing_fields(self) -> Sequence[str]:
        """None ever: a file gets its columns when it is written."""
        return ()

    def provision(self, *, apply: bool) -> Sequence[ProvisionStep]:
        """Nothing is to be made beforehand."""
        return [
            ProvisionStep(out.path.stem, out.path.name, "standing", _AT_FIRST_WRITE) for out in self._outs()
        ]

    def close(self) -> None:
        """Remove the tables that were made for reading."""
        self._folder.close()

    def _outs(self) -> list[OutFile]:
        return [out for out in self._out.values() if out is not None]

    def _out_file(self, home: Path, source: Source) -> OutFile | None:
        if source.kind not in self.writes:
            return None
        fields = [spec for spec in self._context.fields if source.kind in spec.kinds]
        return OutFile(home / self._settings.out / f"{source.name}.csv", fields)

    def _first(self, sources: Sequence[Source], at: Cursor) -> int:
        """Where in the sources reading goes on."""
        names = [source.name for source in sources]
        return names.index(at.under.object) if at.under and at.under.object in names else 0

    def _read_source(self, source: Source, at: Cursor, gathered: Gathered) -> Cursor:
        """The cursor behind what there was room for; it stays where it was when the source cannot be read."""
        try:
            changes = self._folder.changes(source, at, self._out[source.name])
        except UnavailableError as error:
            gathered.refused.append((source.file, str(error)))
            return at.resting()
        if changes is None:
            return at.resting()
        offset = at.offset_in(source.name, changes.content)
        rows = changes.slice(offset, gathered.room)
        if not offset:
            gathered.refused.extend((source.file, note) for note in changes.notes)
        gathered.take(rows, source, changes, self._context.instance)
        if offset + rows.height < changes.height:
            return at.going_on(source.name, changes.content, offset + rows.height)
        return at.finished(source.name, changes.content)

    def _next_changed(self, sources: Sequence[Source], at: Cursor) -> str | None:
        """The first of the sources that a further call would bring something of, or name as unreadable."""
        for source in sources:
            try:
                content = self._folder.content(source, self._out[source.name])
            except UnavailableError:
                return source.name
            if not at.stands_at(source.name, content):
                return source.name
        return None

    def _hidden(self, sources: Sequence[Source]) -> frozenset[str]:
        """Told with every batch, for an unchanged file still lacks what it lacked."""
        return frozenset(name for source in sources for name in self._folder.hidden(source))

    def _there(self, refs: Sequence[Ref]) -> list[Ref]:
        source = self._sources.get(refs[0].object) if refs else None
        if source is None:
            return []
        self._folder.require()
        asked = pl.Series([ref.id for ref in refs], dtype=pl.String)
        known = asked.is_in(self._folder.table(source).ids().implode())
        return [ref for ref, is_there in zip(refs, known, strict=True) if is_there]

    def _outcome(self, row: FieldWrite, there: set[Ref]) -> Outcome:
        if row.ref not in there:
            return Outcome(row.ref, Result.GONE, "its row is not in the file any more")
        out = self._out[row.ref.object]
        unknown = [key for key in row.values if out is None or key not in {spec.key for spec in out.fields}]
        if unknown:
            return Outcome(
                row.ref, Result.REJECTED, f"no field {unknown[0]!r} is written to {row.ref.object}"
            )
        return Outcome(row.ref, Result.APPLIED)
