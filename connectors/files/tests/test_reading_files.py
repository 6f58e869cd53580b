"""What comes of files: every row a record, a named refusal, or left out by the settings' own rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from detente_contracts import Account, Batch, Connector, Deal, Kind, Ref, Severity, Ticket
from detente_files.reading import unique_names
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

Connect = Callable[..., Connector]
Put = Callable[..., None]
Read = Callable[..., list[Batch]]

ACCOUNTS = {"kind": "account", "file": "a.csv", "id": "id", "columns": {"name": "name"}}
TICKETS = {"kind": "ticket", "file": "t.csv", "id": "id", "columns": {"subject": "text", "reopened": "n"}}


def records(batches: Sequence[Batch]) -> list[object]:
    return [record for batch in batches for record in batch.records]


def refused(batches: Sequence[Batch]) -> list[tuple[str, str]]:
    return [row for batch in batches for row in batch.refused]


def ids(batches: Sequence[Batch]) -> list[str]:
    return [record.ref.id for batch in batches for record in batch.records]


def test_a_row_becomes_a_record_with_typed_fields(put: Put, connect: Connect, read: Read) -> None:
    put(
        "d.csv",
        [["no", "sum", "cur", "won", "at", "tier"], ["7", "1200.505", "usd", "yes", "2026-11-03", "2"]],
    )
    columns = {"amount": "sum", "amount_currency": "cur", "is_won": "won", "close_at": "at"}
    source = {"kind": "deal", "file": "d.csv", "id": "no", "columns": columns}
    deal = records(
        read(connect({**source, "custom": {"tier": {"column": "tier", "type": "number"}}}), Kind.DEAL)
    )[0]

    assert isinstance(deal, Deal)
    assert (deal.ref, deal.amount_minor, deal.amount_currency) == (Ref("crm", "deal", "7"), 120050, "USD")
    assert (deal.is_won, deal.close_at) == (True, datetime(2026, 11, 3, tzinfo=UTC))
    assert deal.custom == {"tier": 2.0}


def test_money_has_the_minor_units_of_its_currency(put: Put, connect: Connect, read: Read) -> None:
    put("d.csv", [["no", "sum", "cur"], ["1", "12", "JPY"], ["2", "12", "EUR"], ["3", "12", "KWD"]])
    columns = {"amount": "sum", "amount_currency": "cur"}
    found = records(
        read(connect({"kind": "deal", "file": "d.csv", "id": "no", "columns": columns}), Kind.DEAL)
    )

    assert [deal.amount_minor for deal in found if isinstance(deal, Deal)] == [12, 1200, 12000]


@pytest.mark.parametrize("text", ["3", "3 - Moderate", "medium", "Normal"])
def test_a_priority_is_understood_as_digit_label_or_word(
    put: Put, connect: Connect, read: Read, text: str
) -> None:
    put("t.csv", [["id", "prio"], ["1", text]])
    source = {"kind": "ticket", "file": "t.csv", "id": "id", "columns": {"priority": "prio"}}
    ticket = records(read(connect(source), Kind.TICKET))[0]

    assert isinstance(ticket, Ticket)
    assert ticket.priority == "normal"


def test_what_a_text_means_is_looked_up_and_the_rest_takes_the_default(
    put: Put, connect: Connect, read: Read
) -> None:
    put("t.csv", [["id", "state"], ["1", "Closed"], ["2", "On hold"], ["3", ""]])
    cell = {"column": "state", "values": {"Closed": False}, "default": True}
    found = records(read(connect({**TICKETS, "columns": {"is_open": cell}}), Kind.TICKET))

    assert [ticket.is_open for ticket in found if isinstance(ticket, Ticket)] == [False, True, True]


def test_the_second_column_of_a_name_is_its_own_column(put: Put, connect: Connect, read: Read) -> None:
    put("a.csv", [["id", "category", "category"], ["1", "first", "second"]])
    account = records(read(connect({**ACCOUNTS, "columns": {"name": "category_1"}}), Kind.ACCOUNT))[0]

    assert isinstance(account, Account)
    assert account.name == "second"


@given(st.lists(st.sampled_from(["a", "a_1", "a_2", "b", " a", ""]), min_size=1))
def test_column_names_are_unique_and_the_first_of_each_keeps_its_name(names: list[str]) -> None:
    unique = unique_names(names)

    assert len(set(unique)) == len(names)
    assert all(name in unique for name in {name.strip() for name in names})


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(b"2,x", "2 cells where the header has 3", id="too few cells"),
        pytest.param(b"2,x,1,9", "4 cells where the header has 3", id="too many cells"),
        pytest.param(b'2,"x"y,1', "not CSV", id="text behind a quotation"),
        pytest.param(b"2,x,many", "reopened: column 'n' does not hold a whole number", id="not a number"),
        pytest.param(b",x,1", "no id", id="no id"),
        pytest.param(b"1,x,1", "its id is already in t.csv row 2", id="doubled id"),
        pytest.param(b"2,\xff\xfe,1", "'text' holds bytes that are not in the file's encoding", id="bytes"),
        pytest.param(b"2," + b"x" * 131_073 + b",1", "field larger than field limit", id="endless cell"),
    ],
)
def test_a_bad_row_is_named_and_the_others_come(
    put: Put, connect: Connect, read: Read, row: bytes, reason: str
) -> None:
    put("t.csv", b"id,text,n\n1,a,1\n" + row + b"\n3,c,\n")
    batches = read(connect(TICKETS), Kind.TICKET)

    assert ids(batches) == ["1", "3"]
    [(place, why)] = refused(batches)
    assert place == "t.csv row 3"
    assert reason in why


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        pytest.param({"opened_at": "n"}, "an instant in ISO 8601; `format` says otherwise", id="a date"),
        pytest.param(
            {"opened_at": {"column": "n", "format": "%d.%m.%Y"}}, "an instant as %d.%m.%Y", id="format"
        ),
        pytest.param(
            {"is_open": {"column": "n", "values": {"open": True, "closed": False}}},
            "a text listed in `values`: open, closed",
            id="a word",
        ),
    ],
)
def test_a_cell_that_cannot_be_understood_is_told_with_what_the_settings_expect(
    put: Put, connect: Connect, read: Read, cell: dict[str, object], reason: str
) -> None:
    put("t.csv", [["id", "n"], ["1", "31/12/2026"]])
    [(_, why)] = refused(read(connect({**TICKETS, "columns": cell}), Kind.TICKET))

    assert why.endswith(f"column 'n' does not hold {reason}")


def test_a_refusal_does_not_repeat_what_the_row_says(put: Put, connect: Connect, read: Read) -> None:
    put("t.csv", [["id", "text", "n"], ["1", "private", "secret"], ["2", "private", "1", "private"]])

    assert "private" not in str(refused(read(connect(TICKETS), Kind.TICKET)))
    assert "secret" not in str(refused(read(connect(TICKETS), Kind.TICKET)))


def test_an_open_quotation_mark_takes_no_record_as_gone(put: Put, connect: Connect, read: Read) -> None:
    put("t.csv", b"id,text,n\n1,a,1\n2,b,1\n3,c,1\n")
    connector = connect(TICKETS)
    cursor = read(connector, Kind.TICKET)[-1].cursor
    put("t.csv", b'id,text,n\n1,a,1\n2,"b,1\n3,c,1\n')
    batches = read(connector, Kind.TICKET, cursor)

    assert not [ref for batch in batches for ref in batch.gone]
    assert [place for place, _ in refused(batches)] == ["t.csv", "t.csv row 3"]
    put("t.csv", b"id,text,n\n1,a,1\n3,c,1\n")
    assert [ref.id for batch in read(connector, Kind.TICKET, batches[-1].cursor) for ref in batch.gone] == [
        "2"
    ]


text_cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00\x1c\x1d\x1e\x1f"), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(st.tuples(text_cells, st.sampled_from(["", "1", "x"])), max_size=20), st.integers(1, 7))
@example([('say "hi"\r\n=1+1', "1"), ("\ufeffé;\t", ""), ("'", "x")], 2)
def test_every_row_of_a_file_is_a_record_or_a_refusal(
    put: Put, connect: Connect, read: Read, rows: list[tuple[str, str]], limit: int
) -> None:
    put("t.csv", [["id", "text", "n"], *([f"k{n}", *row] for n, row in enumerate(rows))])
    batches = read(connect(TICKETS), Kind.TICKET, None, limit)

    told = {ticket.ref.id: ticket.subject for ticket in records(batches) if isinstance(ticket, Ticket)}
    assert told == {f"k{n}": text.strip() or None for n, (text, number) in enumerate(rows) if number != "x"}
    assert len(told) + len(refused(batches)) == len(rows)
    assert all(len(batch.records) + len(batch.refused) <= limit for batch in batches)


def test_reading_goes_on_in_another_process_where_it_stopped(put: Put, connect: Connect, read: Read) -> None:
    put("a.csv", [["id", "name"], *([f"{n}", "x"] for n in range(20))])
    first = connect(ACCOUNTS).read(Kind.ACCOUNT, None, 7)
    rest = read(connect(ACCOUNTS), Kind.ACCOUNT, first.cursor, 7)

    assert ids([first, *rest]) == [str(n) for n in range(20)]


def test_a_file_that_changes_half_way_is_told_as_it_was_and_then_as_it_is(
    put: Put, connect: Connect, read: Read
) -> None:
    put("a.csv", [["id", "name"], *([f"{n}", "old"] for n in range(6))])
    connector = connect(ACCOUNTS)
    first = connector.read(Kind.ACCOUNT, None, 4)
    put("a.csv", [["id", "name"], *([f"{n}", "old" if n != 1 else "new"] for n in range(6))])
    rest = read(connector, Kind.ACCOUNT, first.cursor, 4)

    assert ids([first, *rest]) == ["0", "1", "2", "3", "4", "5"]
    assert ids(read(connector, Kind.ACCOUNT, rest[-1].cursor)) == ["1"]


def test_only_rows_that_differ_are_told_again(put: Put, connect: Connect, read: Read) -> None:
    put("a.csv", [["id", "name"], *([f"{n}", "old"] for n in range(9))])
    cursor = read(connect(ACCOUNTS), Kind.ACCOUNT)[-1].cursor
    put(
        "a.csv",
        [["id", "name"], ["4", "new"], *([f"{n}", "old"] for n in range(8) if n != 4), ["10", "more"]],
    )
    batches = read(connect(ACCOUNTS), Kind.ACCOUNT, cursor, 2)

    assert ids(batches) == ["4", "10"]
    assert [ref for batch in batches for ref in batch.gone] == [Ref("crm", "account", "8")]


def test_a_touched_file_with_the_same_content_brings_nothing(
    put: Put, connect: Connect, read: Read, exports: Path
) -> None:
    put("a.csv", [["id", "name"], ["1", "x"]])
    before = read(connect(ACCOUNTS), Kind.ACCOUNT)[-1].cursor
    (exports / "a.csv").touch()
    [batch] = read(connect(ACCOUNTS), Kind.ACCOUNT, before)

    assert (batch.records, batch.cursor, batch.done) == ([], before, True)


def test_another_mapping_reads_every_row_again(put: Put, connect: Connect, read: Read) -> None:
    put("a.csv", [["id", "name"], ["1", "x"], ["2", "y"]])
    cursor = read(connect(ACCOUNTS), Kind.ACCOUNT)[-1].cursor
    named = {**ACCOUNTS, "columns": {"name": {"column": "name", "prefix": "Firm "}}}

    assert ids(read(connect(named), Kind.ACCOUNT, cursor)) == ["1", "2"]


@pytest.mark.parametrize("content", [b"", b"id,name\n", None], ids=["no byte", "header alone", "no file"])
def test_an_empty_or_missing_file_is_named_and_nothing_is_gone(
    put: Put, connect: Connect, read: Read, exports: Path, content: bytes | None
) -> None:
    put("a.csv", [["id", "name"], ["1", "x"]])
    cursor = read(connect(ACCOUNTS), Kind.ACCOUNT)[-1].cursor
    (exports / "a.csv").unlink()
    if content is not None:
        put("a.csv", content)
    [batch] = read(connect(ACCOUNTS), Kind.ACCOUNT, cursor)

    assert not batch.gone
    assert (batch.done, batch.cursor) == (True, cursor)
    assert [name for name, _ in batch.refused] == ["a.csv"]


def test_a_header_alone_is_no_fault_before_anything_was_read(put: Put, connect: Connect, read: Read) -> None:
    put("a.csv", b"id,name\n")
    [batch] = read(connect(ACCOUNTS), Kind.ACCOUNT)

    assert not batch.refused


def test_a_source_that_cannot_be_read_does_not_stop_the_next(put: Put, connect: Connect, read: Read) -> None:
    put("a.csv", b"PK\x03\x04 not a table")
    put("b.csv", [["id", "name"], ["1", "x"]])
    other = {**ACCOUNTS, "file": "b.csv", "object": "customer"}
    batches = read(connect(ACCOUNTS, other), Kind.ACCOUNT)

    assert [record.ref for batch in batches for record in batch.records] == [Ref("crm", "customer", "1")]
    assert [name for name, _ in refused(batches)] == ["a.csv"]


def test_lost_memory_reads_all_again_and_says_that_nothing_can_be_gone(
    put: Put, connect: Connect, read: Read, tmp_path: Path
) -> None:
    put("a.csv", [["id", "name"], ["1", "x"], ["2", "y"]])
    cursor = read(connect(ACCOUNTS), Kind.ACCOUNT)[-1].cursor
    for path in (tmp_path / "state" / "files" / "crm").iterdir():
        path.unlink()
    put("a.csv", [["id", "name"], ["1", "x"]])
    batches = read(connect(ACCOUNTS), Kind.ACCOUNT, cursor)

    assert ids(batches) == ["1"]
    assert not batches[0].gone
    assert "not remembered" in refused(batches)[0][1]


def test_a_column_that_lacks_makes_its_field_hidden_for_as_long_as_it_lacks(
    put: Put, connect: Connect, read: Read
) -> None:
    put("a.csv", [["id", "nmae"], ["1", "x"]])
    connector = connect({**ACCOUNTS, "custom": {"tier": "tier"}})
    first = read(connector, Kind.ACCOUNT)
    [again] = read(connector, Kind.ACCOUNT, first[-1].cursor)

    assert first[0].hidden == again.hidden == {"name", "custom.tier"}
    assert "did you mean 'nmae'" in refused(first)[0][1]


@pytest.mark.parametrize("source", [{"id": "idd"}, {"where": {"stat": ["x"]}}], ids=["id", "where"])
def test_a_column_that_lacks_and_chooses_rows_leaves_the_source_unread(
    put: Put, connect: Connect, read: Read, source: dict[str, object]
) -> None:
    put("a.csv", [["id", "name", "status"], ["1", "x", "live"]])
    batches = read(connect({**ACCOUNTS, **source}), Kind.ACCOUNT)

    assert not records(batches)
    assert "did you mean" in refused(batches)[0][1]


def test_check_names_folder_file_and_column_with_the_nearest(put: Put, connect: Connect) -> None:
    put("a.csv", [["id", "nmae"], ["1", "x"]])
    messages = [f.message for f in connect(ACCOUNTS, TICKETS).check() if f.severity is Severity.ERROR]

    assert "did you mean 'nmae'" in messages[0]
    assert "no file matches 't.csv'" in messages[1]
    assert "cannot be read" in connect(ACCOUNTS, folder="elsewhere").check()[0].message


def test_only_rows_that_hold_the_asked_texts_are_taken(put: Put, connect: Connect, read: Read) -> None:
    put("a.csv", [["id", "name", "status"], ["1", "x", "live"], ["2", "y", "dead"], ["3", "z", "trial"]])
    source = {**ACCOUNTS, "where": {"status": ["live", "trial"]}}

    assert ids(read(connect(source), Kind.ACCOUNT)) == ["1", "3"]


EVENTS = [
    ["id", "at", "text", "place", "closed"],
    ["1", "03/11/2026 10:00", "later", "b", "04/11/2026 09:00"],
    ["1", "03/11/2026 09:00", "first", "a", "04/11/2026 09:00"],
    ["2", "03/11/2026 11:00", "second", "?", ""],
    ["3", "?", "when", "c", ""],
    ["1", "05/11/2026 09:00", "last", "b", "04/11/2026 09:00"],
]
AT = {"column": "at", "format": "%d/%m/%Y %H:%M"}
LOG = {**TICKETS, "null_values": ["?"], "latest_by": AT, "as_of": "2026-11-03T12:00:00Z"}


def test_a_log_shows_each_record_as_it_stood(put: Put, connect: Connect, read: Read) -> None:
    put("t.csv", EVENTS)
    columns = {"subject": "text", "closed_at": {**AT, "column": "closed"}}
    batches = read(connect({**LOG, "columns": columns}), Kind.TICKET)

    shown = {t.ref.id: (t.subject, t.closed_at) for t in records(batches) if isinstance(t, Ticket)}
    assert shown == {"1": ("later", None), "2": ("second", None)}
    assert refused(batches) == [("t.csv row 5", "column 'at' holds no instant, and rows are chosen by it")]


def test_accounts_can_be_derived_from_a_column_of_a_log(put: Put, connect: Connect, read: Read) -> None:
    put("t.csv", EVENTS)
    source = {"kind": "account", "file": "t.csv", "id": "place", "distinct": True, "null_values": ["?"]}
    batches = read(connect({**source, "columns": {"name": "place"}}), Kind.ACCOUNT)

    assert ids(batches) == ["b", "a", "c"]
    assert not refused(batches)


def test_parquet_is_read_by_its_own_types(exports: Path, connect: Connect, read: Read) -> None:
    wall = datetime.fromisoformat("2026-11-03T09:00:00.000005")
    frame = {"id": [1, 2], "text": ["a", None], "n": [2.0, 2.5], "day": [date(2026, 11, 3), None]}
    pl.DataFrame({**frame, "at": [wall] * 2}).write_parquet(exports / "t.parquet")
    columns = {"subject": "text", "reopened": "n", "resolve_due_at": "day"}
    opened = {"column": "at", "format": "%d.%m.%Y", "zone": "Europe/Berlin"}
    source = {"kind": "ticket", "file": "*.parquet", "id": "id", "columns": {**columns, "opened_at": opened}}
    batches = read(connect(source), Kind.TICKET)

    [ticket] = [record for record in records(batches) if isinstance(record, Ticket)]
    assert (ticket.subject, ticket.reopened) == ("a", 2)
    assert ticket.resolve_due_at == datetime(2026, 11, 3, tzinfo=UTC)
    assert ticket.opened_at == datetime(2026, 11, 3, 8, 0, 0, 5, tzinfo=UTC)
    assert refused(batches) == [("t.parquet row 3", "reopened: column 'n' does not hold a whole number")]


def test_files_of_a_glob_are_one_table(put: Put, connect: Connect, read: Read) -> None:
    put("a1.csv", [["id", "name"], ["1", "x"]])
    put("a2.csv", [["name", "id"], ["y", "2"], ["z", "1"]])
    batches = read(connect({**ACCOUNTS, "file": "a*.csv"}), Kind.ACCOUNT)

    assert ids(batches) == ["1", "2"]
    assert refused(batches) == [("a2.csv row 3", "its id is already in a1.csv row 2")]


def test_other_signs_and_encodings_are_read(put: Put, connect: Connect, read: Read) -> None:
    put("a.csv", "id;name\n1;Zürich\n".encode("cp1252"))
    put("b.csv", "id\tname\n1\tMalmö\n".encode("utf-16"))
    western = {**ACCOUNTS, "encoding": "cp1252", "delimiter": ";"}
    wide = {**ACCOUNTS, "file": "b.csv", "object": "b", "encoding": "utf-16", "delimiter": "\t"}
    found = records(read(connect(western, wide), Kind.ACCOUNT))

    assert [account.name for account in found if isinstance(account, Account)] == ["Zürich", "Malmö"]


def test_a_record_without_its_own_time_carries_that_of_the_file(
    put: Put, connect: Connect, read: Read, exports: Path
) -> None:
    put("a.csv", [["id", "name"], ["1", "x"]])
    account = records(read(connect(ACCOUNTS), Kind.ACCOUNT))[0]

    assert isinstance(account, Account)
    assert abs(account.modified_at.timestamp() - (exports / "a.csv").stat().st_mtime) < 1e-3
