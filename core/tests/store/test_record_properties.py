"""Whatever a connector reads, keeping it twice changes nothing, and it comes back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from detente.store.database import Store
from detente.store.records import records_frame, update_held, upsert_records
from detente_contracts import Account, Kind, Ref
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
INSTANT = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
KEY = st.from_regex(r"[a-z]{1,4}_c", fullmatch=True)
CUSTOM = st.dictionaries(KEY, st.none() | TEXT | NUMBER | st.booleans() | INSTANT, max_size=5)
HELD = st.dictionaries(KEY, st.none() | TEXT, max_size=4)
INTEGER = st.none() | st.integers(-(2**63), 2**63 - 1)


unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    return Account(
        Ref("hub", draw(st.sampled_from(["company", "Account"])), draw(TEXT)),
        draw(INSTANT),
        name=draw(st.none() | TEXT),
        employees=draw(INTEGER),
        renewal_at=draw(st.none() | INSTANT),
        custom=draw(CUSTOM),
        held=draw(HELD),
    )


@pytest.fixture(scope="module")
def shared() -> Iterator[Store]:
    with TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'detente.sqlite'}")
        yield store
        store.close()


class _Undone(Exception):
    """Leaves a transaction without keeping anything."""


@unhurried
@given(batch=st.lists(accounts(), max_size=6))
def test_same_batch_kept_twice_rewrites_nothing(shared: Store, batch: list[Account]) -> None:
    with pytest.raises(_Undone), shared.transaction() as connection:
        first = upsert_records(connection, Kind.ACCOUNT, batch)
        again = upsert_records(connection, Kind.ACCOUNT, batch)
        kept = {account.ref for account in batch}

        assert (first.new, first.refused) == (len(kept), ())
        assert (again.new, again.changed, again.same) == (0, 0, len(kept))
        raise _Undone


@unhurried
@given(account=accounts())
def test_every_value_comes_back_as_it_was(shared: Store, account: Account) -> None:
    with pytest.raises(_Undone), shared.transaction() as connection:
        upsert_records(connection, Kind.ACCOUNT, [account])
        (row,) = records_frame(connection, Kind.ACCOUNT, ["hub"]).to_dicts()

        for name in ("name", "employees", "renewal_at", "modified_at"):
            assert row[name] == getattr(account, name)
        known = {key: value for key, value in account.custom.items() if value is not None}
        assert {key: row[key] for key in known} == known
        raise _Undone


@unhurried
@given(account=accounts(), written=HELD)
def test_record_read_after_our_write_is_no_change(
    shared: Store, account: Account, written: dict[str, str | None]
) -> None:
    with pytest.raises(_Undone), shared.transaction() as connection:
        upsert_records(connection, Kind.ACCOUNT, [account])
        update_held(connection, {account.ref: written})
        values = {name: getattr(account, name) for name in account.__dataclass_fields__}
        echo = Account(**{**values, "held": {**account.held, **written}})

        assert upsert_records(connection, Kind.ACCOUNT, [echo]).same == 1
        raise _Undone
