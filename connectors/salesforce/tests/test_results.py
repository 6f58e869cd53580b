"""Pages of bulk results, as CSV really comes."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import pytest
from detente_contracts import UnavailableError
from detente_salesforce.bulk import csv_rows
from hypothesis import given
from hypothesis import strategies as st

CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def test_newlines_quotes_and_nul_stay_inside_their_value() -> None:
    file = BytesIO(b'"Id","Name","IsWon"\n"1","two\nlines, a ""quote"" and N\0UL","true"\n"2","",""\n')

    assert list(csv_rows(file)) == [
        {"Id": "1", "Name": 'two\nlines, a "quote" and N\0UL', "IsWon": "true"},
        {"Id": "2", "Name": "", "IsWon": ""},
    ]


def test_a_value_as_long_as_salesforces_longest_field_is_read() -> None:
    file = BytesIO(b'"Id","Note"\n"1","' + b"x" * 200_000 + b'"\n')

    assert [len(row["Note"]) for row in csv_rows(file)] == [200_000]


def test_a_row_that_broke_off_is_a_fault_and_no_record() -> None:
    file = BytesIO(b'"Id","Name"\n"1","Acme"\n"2"\n')

    with pytest.raises(UnavailableError, match="broken page"):
        list(csv_rows(file))


def test_an_empty_page_has_no_row() -> None:
    file = BytesIO(b"")

    assert list(csv_rows(file)) == []


@given(cells=st.lists(st.tuples(CELLS, CELLS), max_size=5))
def test_what_a_csv_writer_wrote_is_read_as_it_was(cells: list[tuple[str, str]]) -> None:
    written = StringIO(newline="")
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("Id", "Name"), *cells])
    file = BytesIO(written.getvalue().encode())

    assert [(row["Id"], row["Name"]) for row in csv_rows(file)] == cells
