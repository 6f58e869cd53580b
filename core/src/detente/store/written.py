"""What we last wrote to each record: a held value that differs from it is somebody else's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from detente_contracts import FieldText, Ref
from sqlalchemy import Connection

from detente.store.bulk import put_rows, raw_chunks, rows_by_ref
from detente.store.columns import canonical, field_texts, micros, without_empty
from detente.store.tables import written


def written_of(connection: Connection, refs: Iterable[Ref]) -> dict[Ref, Mapping[str, FieldText]]:
    """What we last wrote to records, empty fields left out; records never written to are absent."""
    rows = rows_by_ref(connection, written, ("values",), refs)
    return {ref: field_texts(str(text)) for ref, (text,) in rows}


def written_all(connection: Connection) -> Iterator[tuple[Ref, Mapping[str, FieldText]]]:
    """What we last wrote to every record that we wrote to, empty fields left out; no order."""
    for rows in raw_chunks(connection, 'SELECT connector, object, id, "values" FROM written'):
        for connector, vendor_object, record_id, text in rows:
            yield Ref(str(connector), str(vendor_object), str(record_id)), field_texts(str(text))


def save_written(
    connection: Connection, rows: Mapping[Ref, Mapping[str, FieldText]], run: str, at: datetime
) -> None:
    """Merge what we wrote just now into what we last wrote; None empties a field."""
    stood = written_of(connection, rows)
    columns = ("connector", "object", "id", "values", "run", "at")
    merged = ((ref, {**stood.get(ref, {}), **values}) for ref, values in rows.items())
    values = (
        (ref.connector, ref.object, ref.id, canonical(without_empty(texts)), run, micros(at))
        for ref, texts in merged
    )
    put_rows(connection, written, columns, values)
