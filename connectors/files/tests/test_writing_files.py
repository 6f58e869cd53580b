"""Detente's fields as CSV that people may edit, and that no spreadsheet computes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from detente_contracts import (
    STANDARD_FIELDS,
    Account,
    Batch,
    ConfigurationError,
    Connector,
    FieldWrite,
    Kind,
    Ref,
    Result,
    Severity,
    UnavailableError,
)
from detente_files.writing import OutFile, escaped, unescaped
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

Connect = Callable[..., Connector]
Put = Callable[..., None]
Read = Callable[..., list[Batch]]

ACCOUNTS = {"kind": "account", "file": "a.csv", "id": "id", "columns": {"name": "name"}}
ROWS = [["id", "name"], ["1", "x"], ["2", "y"], ["3", "z"]]
SCORE, REASON = "detente_score", "detente_reason"

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
hostile = st.builds(
    str.__add__, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "''="]), texts
)


def ref(id_: str) -> Ref:
    return Ref("crm", "account", id_)


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@given(st.lists(texts | hostile))
def test_escaping_is_undone_by_reading_and_leaves_no_cell_to_compute(values: list[str]) -> None:
    frame = pl.DataFrame({"x": pl.Series(values, dtype=pl.String)}).select(x=escaped(pl.col("x")))

    assert frame.select(x=unescaped(pl.col("x")))["x"].to_list() == values
    assert not [cell for cell in frame["x"] if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(st.dictionaries(texts | hostile, st.none() | texts | hostile, min_size=1, max_size=8))
@example({"=1+1": '=HYPERLINK("x")\r\n', "a,b": '"', "'": "'", " ": None})
def test_any_text_comes_back_from_the_file_as_it_was_written(
    tmp_path: Path, values: dict[str, str | None]
) -> None:
    out = OutFile(tmp_path / "account.csv", STANDARD_FIELDS)
    out.path.unlink(missing_ok=True)
    out.write([FieldWrite(ref(id_), {REASON: text}) for id_, text in values.items()])

    frame = out.held()
    assert dict(zip(frame["id"], frame[REASON], strict=True)) == values


def test_a_reason_that_looks_like_a_formula_stands_as_text(
    put: Put, connect: Connect, tmp_path: Path
) -> None:
    put("a.csv", ROWS)
    connector = connect(ACCOUNTS, writes=True)
    connector.write([FieldWrite(ref("1"), {REASON: '=cmd|"/c calc"!A1'})])

    assert cells(tmp_path / "out" / "account.csv")[0][REASON] == '\'=cmd|"/c calc"!A1'
    assert connector.held([ref("1")], [REASON]) == {ref("1"): {REASON: '=cmd|"/c calc"!A1'}}


def test_writing_one_field_leaves_the_others_and_what_people_added(
    put: Put, connect: Connect, tmp_path: Path
) -> None:
    put("a.csv", ROWS)
    connector = connect(ACCOUNTS, writes=True)
    connector.write(
        [FieldWrite(ref("1"), {SCORE: "50.0", REASON: "old"}), FieldWrite(ref("2"), {SCORE: "40.0"})]
    )
    path = tmp_path / "out" / "account.csv"
    path.write_text(path.read_text("utf-8-sig").replace("id,", "note,id,", 1).replace("\n1,", "\nmine,1,"))
    path.write_text(path.read_text().replace("\n2,", "\n,2,"))
    connector.write([FieldWrite(ref("1"), {SCORE: "60.0"})])

    first, second = cells(path)
    assert (first["note"], first[SCORE], first[REASON]) == ("mine", "60.0", "old")
    assert second[SCORE] == "40.0"


def test_an_edit_in_the_file_is_held_and_read_with_its_record(
    put: Put, connect: Connect, read: Read, tmp_path: Path
) -> None:
    put("a.csv", ROWS)
    connector = connect(ACCOUNTS, writes=True)
    connector.write([FieldWrite(ref(id_), {SCORE: "50.0"}) for id_ in "123"])
    cursor = read(connector, Kind.ACCOUNT)[-1].cursor
    path = tmp_path / "out" / "account.csv"
    path.write_text(path.read_text("utf-8-sig").replace(",", ";").replace("2;;50.0", "2;;99"), "utf-8")
    [batch] = read(connect(ACCOUNTS, writes=True), Kind.ACCOUNT, cursor)

    assert connector.held([ref("2")], [SCORE]) == {ref("2"): {SCORE: "99.0"}}
    [account] = batch.records
    assert isinstance(account, Account)
    assert (account.ref, account.held[SCORE]) == (ref("2"), "99.0")


def test_a_number_that_a_spreadsheet_shortened_is_no_edit(
    put: Put, connect: Connect, read: Read, tmp_path: Path
) -> None:
    put("a.csv", ROWS)
    connector = connect(ACCOUNTS, writes=True)
    connector.write([FieldWrite(ref("1"), {SCORE: "50.0"})])
    cursor = read(connector, Kind.ACCOUNT)[-1].cursor
    path = tmp_path / "out" / "account.csv"
    path.write_text(path.read_text("utf-8-sig").replace("50.0", "50"))

    assert not read(connector, Kind.ACCOUNT, cursor)[0].records


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"name,score\n1,2\n", "no column 'id'", id="no id"),
        pytest.param(b"id,detente_score\n1,50,3\n", "row 2: 3 cells", id="broken row"),
        pytest.param(b"id,detente_score\n1,50\n1,60\n", "row 3: its id is there twice", id="doubled id"),
        pytest.param("id,detente_reason\n1,Zürich\n".encode("cp1252"), "encoding", id="another encoding"),
    ],
)
def test_a_file_that_cannot_be_understood_is_never_written_over(
    put: Put, connect: Connect, tmp_path: Path, content: bytes, why: str
) -> None:
    put("a.csv", ROWS)
    connector = connect(ACCOUNTS, writes=True)
    path = tmp_path / "out" / "account.csv"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(UnavailableError, match=why):
        connector.write([FieldWrite(ref("1"), {SCORE: "50.0"})])

    assert path.read_bytes() == content
    assert Severity.ERROR in {finding.severity for finding in connector.check()}


def test_a_field_that_the_object_does_not_have_is_rejected_by_name(put: Put, connect: Connect) -> None:
    put("a.csv", ROWS)
    first, second = connect(ACCOUNTS, writes=True).write(
        [FieldWrite(ref("1"), {"other_field": "x"}), FieldWrite(ref("2"), {SCORE: "1.0"})]
    )

    assert (first.result, second.result) == (Result.REJECTED, Result.APPLIED)
    assert "other_field" in first.detail


def test_an_output_that_would_replace_a_source_is_refused(connect: Connect) -> None:
    source = {**ACCOUNTS, "file": "*.csv"}
    with pytest.raises(ConfigurationError, match=r"account\.csv"):
        connect(source, writes=True, out="exports")

    connect(source, writes=True, out="exports/priorities")


def test_without_writes_nothing_is_written_or_checked_for_writing(put: Put, connect: Connect) -> None:
    put("a.csv", ROWS)
    connector = connect(ACCOUNTS)

    assert connector.writes == ()
    assert connector.write([FieldWrite(ref("1"), {SCORE: "1.0"})])[0].result is Result.REJECTED
    assert [finding.severity for finding in connector.check()] == [Severity.OK]
