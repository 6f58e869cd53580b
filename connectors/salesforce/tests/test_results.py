"""Pages of bulk results, as CSV really comes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from detente_contracts import UnavailableError
from detente_salesforce.bulk import csv_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CELLS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


def test_newlines_quotes_and_nul_stay_inside_their_value(tmp_path: Path) -> None:
    file = tmp_path / "page.csv"
    file.write_bytes(b'"Id","Name","IsWon"\n"1","two\nlines, a ""quote"" and N\0UL","true"\n"2","",""\n')

    assert list(csv_rows(file)) == [
        {"Id": "1", "Name": 'two\nlines, a "quote" and NUL', "IsWon": "true"},
        {"Id": "2", "Name": "", "IsWon": ""},
    ]


def test_a_value_as_long_as_salesforces_longest_field_is_read(tmp_path: Path) -> None:
    file = tmp_path / "page.csv"
    file.write_text('"Id","Note"\n"1","' + "x" * 200_000 + '"\n', encoding="utf-8")

    assert [len(row["Note"]) for row in csv_rows(file)] == [200_000]


def test_a_row_that_broke_off_is_a_fault_and_no_record(tmp_path: Path) -> None:
    file = tmp_path / "page.csv"
    file.write_text('"Id","Name"\n"1","Acme"\n"2"\n', encoding="utf-8")

    with pytest.raises(UnavailableError, match="broken page"):
        list(csv_rows(file))


def test_an_empty_page_has_no_row(tmp_path: Path) -> None:
    file = tmp_path / "page.csv"
    file.write_bytes(b"")

    assert list(csv_rows(file)) == []


@given(cells=st.lists(st.tuples(CELLS, CELLS), max_size=5))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_csv_writer_wrote_is_read_as_it_was(tmp_path: Path, cells: list[tuple[str, str]]) -> None:
    file = tmp_path / "page.csv"
    with file.open("w", encoding="utf-8", newline="") as written:
        writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([("Id", "Name"), *cells])

    assert [(row["Id"], row["Name"]) for row in csv_rows(file)] == cells
